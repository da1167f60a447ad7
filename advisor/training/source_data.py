"""The plan's table as prepared data: columns, split and rows left out as the plan says, else the likely ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from advisor.dataset import columns_of
from advisor.evaluation.judges import rubric_for, rubrics
from advisor.language import Language
from advisor.plan import Plan
from advisor.preparation import Columns, Preparation, prepare
from advisor.preparation.splits import DEFAULT_SPLIT
from pricing import Problem

if TYPE_CHECKING:
    from baselines.table import Table

SEED = 42


def prepared_for(plan: Plan, table: Table, *, near: bool = True, **given: Any) -> Preparation:
    """The plan's table split as on the page Training files; `given` columns stand above the plan's."""

    def kept(name: str) -> Any:
        return plan.get(f"inputs.preparation.{name}")

    def known(name: str) -> str | None:
        asked = kept(name)
        return asked if asked in table.columns else None

    likely = columns_of(table)
    asked = given.get("input") or known("input") or plan_column(plan, table, "text") or likely["text"]
    answered = given.get("output") or known("output") or plan_column(plan, table, "label") or likely["label"]
    if not asked or not answered or asked == answered:
        raise Problem("kit_columns_needed", found=list(table.columns))
    system = str(kept("system") or "").strip()
    columns = Columns(asked, answered, system, None, known("group"), known("stratify"))
    return prepare(
        table,
        columns,
        split=str(kept("split") or DEFAULT_SPLIT),
        seed=int(kept("seed") or SEED),
        drop=left_out(plan),
        model=kept("model") or None,
        token_limit=int(kept("token_limit") or 0) or None,
        near=near,
        doubt_labels=bool(kept("doubt")),
    )


def left_out(plan: Plan) -> tuple[str, ...]:
    """The findings whose rows the plan leaves out."""
    ticked = "preparation.left_out"
    nested = plan.inputs.get(ticked)
    named = dict(nested) if isinstance(nested, Mapping) else {}
    named |= {
        name.removeprefix(f"{ticked}."): out
        for name, out in plan.inputs.items()
        if name.startswith(f"{ticked}.")
    }
    return tuple(sorted(id for id, out in named.items() if out))


def plan_column(plan: Plan, table: Table, role: str) -> str | None:
    """The column that the Data page names for a role, where this table has it."""
    name = plan.get(f"inputs.data.{role}")
    return name if name in table.columns else None


def criteria_of(plan: Plan, language: Language) -> tuple[str, ...]:
    """Names of the plan's rubric, for the columns of a score sheet."""
    known = rubrics()
    id = str(plan.get("inputs.evaluation.rubric") or rubric_for(plan.get("answers.task")).id)
    rubric = known[id] if id in known else next(iter(known.values()))
    written = plan.get(f"inputs.evaluation.criteria_{rubric.id}_{language}")
    if not written:
        return tuple(one.name.say(language) for one in rubric.criteria)
    lines = (line.replace("：", ":").partition(":")[0].strip() for line in str(written).splitlines())
    return tuple(name for name in lines if name)
