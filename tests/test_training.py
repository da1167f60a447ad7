"""The launch kit: which ways are open on which day, what is in an archive, and that no user's text becomes code."""

from __future__ import annotations

import ast
import io
import json
import re
import subprocess
import sys
import zipfile
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from advisor.language import LANGUAGES, Language, phrase_keys
from advisor.models.snapshot import snapshot
from advisor.plan import example, new_plan
from advisor.preparation import Columns, Preparation, prepare
from advisor.preparation.training_formats import Example
from advisor.training import Kit, build_kit, standings
from advisor.training.choice import METHODS, Choice, OpenModel, chosen
from advisor.training.readme import MEANS
from advisor.training.routes import KITS, route_of, routes, standing
from advisor.training.shapes import lines
from advisor.training.source_data import criteria_of, left_out, prepared_for
from baselines.reading import read_table
from pricing import Problem
from pricing.book import price_book
from pricing.offers import Customer
from pricing.training_file import read_chat

ON = date(2026, 11, 22)
MODEL = "Qwen/Qwen3-8B"
ENCODER = "tohoku-nlp/bert-base-japanese-v3"
SCRIPTS = sorted((KITS / "scripts").glob("*.py.txt"))
# What a hostile team could write: an end of every string and comment that a template might hold.
HOSTILE = '"""; import os; os.system("touch owned") #\n\'\'\' {{x}} {x} =1+1 ../../etc </script> \u2028'


@cache
def prepared(rows: int = 40, text: str = "なんで", classes: int = 1_000_000) -> Preparation:
    table = [{"q": f"{text}{n}?", "a": f"=こたえ{n % classes}{text}"} for n in range(rows)]
    body = json.dumps(table).encode()
    return prepare(read_table(body, "why.json"), Columns("q", "a", text), split="24/8/8", near=False)


def kit_of(
    route: str = "trl",
    on: date = ON,
    customer: Customer = "existing",
    language: Language = "en",
    data: Preparation | None = None,
    title: str = "why-bot",
    **choice: Any,
) -> Kit:
    way = routes().get(route)
    first = ENCODER if way and way.guide else MODEL
    asked = Choice(route=route, **({"model": first} | choice))
    data = data or prepared(classes=3 if first == ENCODER else 1_000_000)
    facts = snapshot()[first]
    return build_kit(
        asked, data, title=title, language=language, on=on, book=price_book(), customer=customer,
        model=OpenModel(str(asked.model), facts.config if asked.model == first else None), criteria=("tone",),
    )  # fmt: skip


def refused(route: str, on: date, customer: Customer, **choice: Any) -> Problem:
    with pytest.raises(Problem) as raised:
        kit_of(route, on, customer, **choice)
    return raised.value


# Which ways are open.


@pytest.mark.parametrize(
    ("on", "customer", "since"),
    [
        (date(2026, 5, 7), "new", date(2026, 5, 7)),
        (date(2026, 11, 22), "new", date(2026, 5, 7)),
        (date(2027, 1, 6), "existing", date(2027, 1, 6)),
        (date(2027, 1, 14), "existing", date(2027, 1, 14)),
    ],
)
def test_a_closed_offer_makes_no_kit_and_says_since_when(on: date, customer: Customer, since: date) -> None:
    problem = refused("openai", on, customer, offer="openai/gpt-4o-mini-2024-07-18")
    assert problem.id.startswith("kit_closed")
    assert problem.fields["since"] == since
    assert str(problem.fields["place"]).startswith("https://")
    assert refused("openai", on, customer).fields["since"] == since


def test_the_day_before_it_closes_it_is_open() -> None:
    assert kit_of("openai", date(2027, 1, 5), "existing").ends == date(2027, 1, 6)
    assert standing(route_of("openai"), price_book(), date(2026, 5, 6), "new").open


def test_a_newcomer_finds_open_ways_and_every_closed_one_with_its_reason() -> None:
    found = {one.route.id: one for one in standings(price_book(), ON, {"openai": "new"})}
    assert [id for id, one in found.items() if not one.is_open] == ["openai"]
    for one in found.values():
        assert all(not status.can_train for _, status in one.closed)
        assert all(one.route.offers.get(offer.id) for offer in one.open)


def test_an_offer_of_somebody_else_is_refused_by_name() -> None:
    assert refused("bedrock", ON, "new", offer="openai/gpt-4.1-2025-04-14").id == "kit_offer_not_of_route"
    assert refused("nowhere", ON, "new").fields["known"] == list(routes())


def test_every_offer_of_a_route_is_in_the_price_book() -> None:
    listed = {offer.id for offer in price_book().offers}
    assert {id for route in routes().values() for id in route.offers} <= listed


# Encoders.


@pytest.mark.parametrize("route", [id for id, one in routes().items() if one.guide])
def test_an_encoder_is_trained_as_a_whole_within_its_length(route: str) -> None:
    kit = kit_of(route)
    assert kit.config["method"] == "full"
    assert kit.config["settings"]["max_tokens"]["value"] == 512
    assert kit.expected.memory_gib and kit.expected.memory_gib < 16
    assert kit.expected.hours and kit.expected.hours.typical < 1
    assert {"labelled.py", "local_model.py"} <= set(kit.files)


def test_an_encoder_needs_labels_and_not_free_answers() -> None:
    with pytest.raises(Problem, match="kit_no_classes"):
        kit_of("encoder", data=prepared())
    with pytest.raises(Problem, match="kit_no_classes"):
        kit_of("encoder", data=prepared(classes=1))


def test_no_language_model_is_trained_as_an_encoder_nor_the_other_way_round() -> None:
    llm, encoder = (OpenModel(id, snapshot()[id].config) for id in (MODEL, ENCODER))
    made = {"title": "", "language": "en", "on": ON, "book": price_book()}
    for route, model in (("encoder", llm), ("trl", encoder), ("together", encoder)):
        asked = Choice(route=route, model=model.id)
        with pytest.raises(Problem, match=r"kit_(wants|is)_encoder"):
            build_kit(asked, prepared(classes=3), model=model, **made)  # type: ignore[arg-type]


def test_reading_pairs_takes_setfit_longer_than_reading_rows() -> None:
    once, pairs = (kit_of(route, epochs=1).expected.hours for route in ("encoder", "setfit"))
    assert once and pairs and pairs.typical > 2 * once.typical


def test_the_way_for_encoders_keeps_a_model_of_its_own() -> None:
    plan = new_plan(ON).put("inputs.training.model", MODEL)
    assert chosen(plan, route="trl").model == MODEL
    assert chosen(plan, route="encoder").model == "sbintuitions/modernbert-ja-130m"
    assert chosen(plan.put("inputs.training.model_encoder", ENCODER), route="encoder").model == ENCODER


# What is in a kit.


@pytest.mark.parametrize("route", list(routes()))
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_route_packs_data_settings_script_and_pins(route: str, language: Language) -> None:
    kit = kit_of(route, language=language)
    files = kit.files
    assert {"README.md", "config.json", "words.json", "requirements.txt", "run.py", "kit.py"} <= set(files)
    assert [len(files[f"data/{part}.jsonl"].splitlines()) for part in ("train", "validation", "test")] == [
        24,
        8,
        8,
    ]
    assert all(re.fullmatch(r"[\w.-]+==[\d.]+", pin) for pin in files["requirements.txt"].splitlines())
    assert all(f"`{one.id}`" in files["README.md"] for one in kit.settings)
    config = json.loads(files["config.json"])
    assert all(name in files["README.md"] for name in kit.route.needs)
    assert set(config["settings"]) == {one.id for one in kit.settings}
    assert config["expected"]["lines"]


def test_the_training_file_passes_the_providers_own_check() -> None:
    assert read_chat(kit_of("openai").files["data/train.jsonl"]).errors == {}


def test_the_same_kit_is_the_same_bytes_and_its_names_stay_inside() -> None:
    packed = kit_of().zip()
    assert packed == kit_of().zip()
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
    assert all(re.fullmatch(r"launch_kit/(data/)?[A-Za-z_]+\.\w+", name) for name in names)


@pytest.mark.parametrize("route", list(routes()))
def test_what_a_team_wrote_is_data_and_never_code(route: str) -> None:
    """The scripts of a hostile team's kit are byte for byte those of any other."""
    classes = 3 if routes()[route].guide else 1_000_000
    hostile = kit_of(route, data=prepared(text=HOSTILE, classes=classes), title=HOSTILE).files
    usual = kit_of(route).files
    assert set(hostile) == set(usual)
    for name in (
        name for name in usual if name.endswith(".py") or name in ("words.json", "requirements.txt")
    ):
        assert hostile[name] == usual[name]
    assert {Path(name).suffix for name in hostile} <= {".py", ".txt", ".json", ".jsonl", ".md", ".yml"}
    json.loads(hostile["config.json"])
    assert len(hostile["data/test.jsonl"].split("\n")) == 9
    for name in (name for name in hostile if name.endswith(".yml")):
        assert yaml.safe_load(hostile[name]) == yaml.safe_load(usual[name])
    heading = hostile["README.md"].split("\n", 1)[0]
    assert "</script>" not in heading


def test_a_models_name_with_anything_but_a_name_in_it_is_refused() -> None:
    for name in ('x"; rm -rf /', "a b", "../../etc/passwd\n", "--flag", "", "あ"):
        if name:
            assert refused("trl", ON, "new", model=name).id == "kit_model_name"
    assert refused("trl", ON, "new", model=None).id == "kit_model_needed"


def test_a_started_run_is_never_written_over(tmp_path: Path) -> None:
    kit_of().write(tmp_path)
    kit_of().write(tmp_path)
    (tmp_path / "state.json").write_text("{}", encoding="utf-8")
    with pytest.raises(Problem, match="kit_folder_started"):
        kit_of().write(tmp_path)


def test_no_file_of_ours_holds_a_key() -> None:
    for path in KITS.rglob("*.txt"):
        assert not re.search(r"sk-\w{8}|AKIA\w{8}|hf_\w{8}", path.read_text(encoding="utf-8")), path.name


def test_a_broken_training_row_is_named_before_money_is_spent() -> None:
    data = prepared()
    broken = (Example(({"role": "robot", "content": "?"},)), *data.examples[1:])
    parts = ("train", *data.parts[1:])
    with pytest.raises(Problem, match="kit_data_broken") as raised:
        kit_of(data=replace(data, examples=broken, parts=parts))
    assert any("unrecognized_role" in place for place in raised.value.fields["places"])  # type: ignore[union-attr]


def test_too_few_rows_for_a_provider_are_said() -> None:
    few = prepare(
        read_table(("q,a\n" + "".join(f"q{n},a{n}\n" for n in range(8))).encode(), "few.csv"),
        Columns("q", "a"), split="6/1/1", near=False,
    )  # fmt: skip
    with pytest.raises(Problem, match="kit_too_few"):
        kit_of("openai", data=few)
    assert kit_of("trl", data=few).rows["train"] == 6


# Settings and what they rest on.


def test_every_setting_has_a_reason_and_facts_of_the_world_a_source() -> None:
    keys = phrase_keys()
    for route in routes():
        for method in METHODS:
            for one in kit_of(route, method=method).settings:
                assert f"training.why.{MEANS.get(one.id, one.id)}" in keys
                assert f"training.basis.{one.basis}" in keys
                assert one.source is not None or one.basis in ("chosen", "data", "plan", "offer")


def test_what_the_team_sets_stands_above_the_guide() -> None:
    kit = kit_of("trl", epochs=7, rank=8, micro_batch=4)
    value = {one.id: one.value for one in kit.settings}
    assert (value["epochs"], value["rank"], value["alpha"], value["accumulation"]) == (7, 8, 16, 4)
    assert kit.expected.epochs == 7
    assert kit.expected.tokens == 7 * kit.expected.tokens_per_epoch


@pytest.mark.parametrize("method", METHODS)
def test_each_method_takes_its_own_recipe(method: str) -> None:
    kit = kit_of("trl", method=method)
    value = {one.id: one.value for one in kit.settings}
    assert ("ratio" in value) is (method == "lora+")
    assert ("bitsandbytes" in kit.files["requirements.txt"]) is (method == "qlora")
    assert kit.config["method"] == method


@pytest.mark.parametrize("method", METHODS)
def test_trainers_are_told_the_method_in_their_own_words(method: str) -> None:
    axolotl = yaml.safe_load(kit_of("axolotl", method=method).files["axolotl.yml"])
    factory = yaml.safe_load(kit_of("llamafactory", method=method).files["llamafactory.yml"])
    assert axolotl["load_in_4bit"] is (method == "qlora")
    assert (factory.get("quantization_bit") == 4) is (method == "qlora")
    for config, dora in ((axolotl, "peft_use_dora"), (factory, "use_dora")):
        assert config.get(dora, False) is (method == "dora")
        assert ("loraplus_lr_ratio" in config) is (method == "lora+")
        assert isinstance(config["learning_rate"], float)


def test_no_row_is_cut_by_the_length_set() -> None:
    long = prepared(text="長い説明です。" * 200)
    kit = kit_of("trl", data=long)
    value = {one.id: one.value for one in kit.settings}
    assert value["max_length"] % 128 == 0
    assert value["max_length"] > kit_of("trl").config["settings"]["max_length"]["value"]


# What is expected.


def test_the_money_of_a_hosted_run_is_tokens_times_the_listed_price() -> None:
    expected = kit_of("openai", offer="openai/gpt-4.1-mini-2025-04-14", epochs=2).expected
    assert expected.exact
    assert expected.money == Decimal(expected.tokens) * Decimal("5.00") / 1_000_000
    assert expected.by_epochs[4] == 2 * expected.money
    assert expected.source is not None


def test_validation_is_billed_where_the_provider_bills_it() -> None:
    expected = kit_of("together", epochs=3).expected
    training = Decimal(expected.tokens) * Decimal("0.48") / 1_000_000
    assert expected.money is not None
    assert expected.money > training


def test_an_own_gpu_gets_memory_hours_and_rent_with_their_range() -> None:
    expected = kit_of("trl").expected
    assert expected.memory_gib is not None
    assert expected.hours is not None
    assert expected.money_low is not None
    assert expected.money is not None
    assert expected.money_high is not None
    assert expected.money_low <= expected.money <= expected.money_high
    qlora = kit_of("trl", method="qlora").expected.memory_gib
    assert qlora is not None
    assert qlora < expected.memory_gib


def test_what_is_not_known_is_said_and_not_guessed() -> None:
    vertex = kit_of("vertex").expected
    assert vertex.money is None
    assert vertex.unknown is not None
    unknown = kit_of("trl", model="team/never-seen").expected
    assert (unknown.memory_gib, unknown.money) == (None, None)
    assert "not known" in " ".join(kit_of("vertex").config["expected"]["lines"])


def test_a_model_larger_than_any_listed_price_is_refused() -> None:
    with pytest.raises(Problem, match="kit_model_too_large"):
        build_kit(
            Choice(route="together", model="team/huge"), prepared(), title="t", language="en", on=ON,
            book=price_book(), model=OpenModel("team/huge", None, 400_000_000_000),
        )  # fmt: skip
    large = build_kit(
        Choice(route="together", model="team/large"), prepared(), title="t", language="en", on=ON,
        book=price_book(), model=OpenModel("team/large", None, 32_000_000_000),
    )  # fmt: skip
    assert large.offer is not None
    assert large.offer.id == "together/lora-17b-69b"


# Shapes of providers.


def test_examples_keep_every_word_in_every_shape() -> None:
    one = Example.of("なんで空は青いの?", "青い光が散らばるから。", system="一文で。")
    bedrock = json.loads(lines([one], "bedrock"))
    assert bedrock["schemaVersion"] == "bedrock-conversation-2024"
    assert bedrock["system"] == [{"text": "一文で。"}]
    assert [turn["role"] for turn in bedrock["messages"]] == ["user", "assistant"]
    gemini = json.loads(lines([one], "gemini"))
    assert gemini["systemInstruction"]["parts"] == [{"text": "一文で。"}]
    assert [turn["role"] for turn in gemini["contents"]] == ["user", "model"]
    assert gemini["contents"][1]["parts"] == [{"text": "青い光が散らばるから。"}]


def test_a_role_that_a_shape_cannot_hold_is_said_and_a_developer_is_a_system() -> None:
    asked, answered = {"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}
    developer = Example(({"role": "developer", "content": "d"}, asked, answered))
    assert json.loads(lines([developer], "bedrock"))["system"] == [{"text": "d"}]
    tool = Example((asked, {"role": "tool", "content": "t"}, answered))
    for shape in ("bedrock", "gemini"):
        with pytest.raises(Problem, match="kit_role_not_held"):
            lines([tool], shape)


def test_the_test_rows_stay_chat_since_the_kit_itself_reads_them() -> None:
    for route in ("bedrock", "vertex"):
        assert "messages" in json.loads(kit_of(route).files["data/test.jsonl"].split("\n")[0])


# From a plan.


def test_a_plan_says_which_rows_and_columns_and_which_criteria() -> None:
    plan = replace(example("why_bot"), inputs={})
    table = read_table(
        b"text,label,other\n" + b"".join(b"q%d,a%d,o%d\n" % (n, n, n) for n in range(40)), "t.csv"
    )
    assert prepared_for(plan, table, near=False).examples[0].output == "a0"
    plan = plan.put("inputs.preparation.output", "other").put("inputs.preparation.split", "20/10/10")
    made = prepared_for(plan, table, near=False)
    assert made.examples[0].output == "o0"
    assert made.count("train") == 20
    assert left_out(plan.put("inputs.preparation.left_out.empty", True)) == ("empty",)
    assert criteria_of(plan, "ja")[0] == "質問との整合"
    assert criteria_of(plan.put("inputs.evaluation.criteria_answers_en", "Tone: kind\nShort: short"), "en") == (
        "Tone", "Short",
    )  # fmt: skip
    with pytest.raises(Problem, match="kit_columns_needed"):
        prepared_for(new_plan(ON), read_table(b"only\nx\ny\n", "t.csv"))


def test_a_choice_in_the_plan_is_kept_and_one_given_stands_above_it() -> None:
    plan = new_plan(ON).put("inputs.training.route", "fireworks").put("inputs.training.epochs", 4)
    plan = plan.put("evidence.memory", {"model": MODEL})
    assert chosen(plan) == Choice(route="fireworks", model=MODEL, epochs=4)
    assert chosen(plan, route="trl", epochs=2) == Choice(route="trl", model=MODEL, epochs=2)


# The scripts themselves.


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_every_script_compiles_lints_and_finds_its_words(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    tree = ast.parse(source)
    said = {
        node.args[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and getattr(node.func, "id", getattr(node.func, "attr", "")) in ("say", "tell")
        and node.args
        and isinstance(node.args[0], ast.Constant)
    }
    assert {f"training.script.{word}" for word in said} <= phrase_keys()
    lint = ["--isolated", "--select", "E,F,W,B,UP,SIM,RET,S6,S3", "--ignore", "S603", "--line-length", "110"]
    ran = subprocess.run(
        [sys.executable, "-m", "ruff", "check", *lint, "--target-version", "py311", "--stdin-filename", "run.py", "-"],
        input=source, capture_output=True, text=True, encoding="utf-8",
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout


@pytest.mark.parametrize("route", ["trl", "axolotl"])
def test_a_dry_run_needs_no_package_and_starts_nothing(route: str, tmp_path: Path) -> None:
    kit_of(route).write(tmp_path)
    ran = subprocess.run(
        [sys.executable, "run.py", "start", "--dry-run"], cwd=tmp_path, capture_output=True, text=True,
        encoding="utf-8", env={"PATH": "", "PYTHONIOENCODING": "utf-8"},
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert "Nothing was sent" in ran.stdout
    assert "learning_rate = 0.0002" in ran.stdout
    assert not (tmp_path / "state.json").exists()


def test_a_trainer_that_is_not_installed_is_said_in_one_line(tmp_path: Path) -> None:
    kit_of("axolotl").write(tmp_path)
    ran = subprocess.run(
        [sys.executable, "run.py", "start", "--yes"], cwd=tmp_path, capture_output=True, text=True,
        encoding="utf-8", env={"PATH": "", "PYTHONIOENCODING": "utf-8"},
    )  # fmt: skip
    assert (ran.returncode, ran.stderr.count("\n")) == (1, 1)
    assert "axolotl" in ran.stderr


def test_every_word_of_the_scripts_is_there_in_both_languages() -> None:
    words = [json.loads(kit_of(language=language).files["words.json"]) for language in LANGUAGES]
    assert words[0].keys() == words[1].keys()
