"""The evidence of the worked examples, measured on the data that ships with them.

    python -m tests.refresh_examples

Writes it into advisor/data/examples/plans. Each part is what a visitor gets who opens the plan and works through the
pages, priced and looked up on the plan's own day, without a network; tests/test_examples.py holds the files to it.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from math import ceil
from pathlib import Path
from typing import Any

from advisor.answers.baseline import Baseline
from advisor.answers.cost import Cost
from advisor.answers.dataset import Dataset
from advisor.answers.memory import Memory
from advisor.answers.model import Model
from advisor.answers.preparation import Preparation
from advisor.dataset import MODEL, columns_of, describe, example_file
from advisor.evaluation import Targets, evaluate
from advisor.evaluation.scoresheets import EXAMPLES as SHEETS
from advisor.evaluation.scoresheets import read_score_sheet
from advisor.memory import Method, Setup
from advisor.memory.cards import card
from advisor.models.comparison import text_lengths
from advisor.models.snapshot import from_snapshot
from advisor.plan import EXAMPLES, Plan, example, example_names
from advisor.preparation import Columns, prepare
from advisor.preparation.splits import DEFAULT_SPLIT
from baselines.dataset import LabelledTexts
from baselines.money import CPU_HOUR
from baselines.reading import read_table
from baselines.run import run_baseline
from baselines.table import Table
from baselines.tasks import has_target, likely_task, usual_metric
from baselines.verdict import Target
from pricing.book import price_book
from pricing.scenario import Scenario, compare_costs

ROOT = Path(__file__).parents[1]
SEED = 42
SECONDS = 120
# Parts of a baseline answer that quote rows: they are for the screen and for the job's folder.
QUOTING = ("mistakes",)
# The Models page's own settings for a card, a method and a run.
CARD = "l4"
STEP = 128
EPOCHS = 3

Answer = dict[str, Any]


def table_of(plan: Plan) -> tuple[str, bytes, Table]:
    """Name, content and table of the example file that the plan works on."""
    name, body = example_file(plan.inputs["data.file"]["example"])
    return name, body, read_table(body, name)


def dataset(plan: Plan) -> Answer:
    """As the Data page keeps it."""
    name, body, table = table_of(plan)
    found = describe(table, model=plan.inputs.get("data.model", MODEL), **columns_of(table))  # type: ignore[arg-type]
    file = {"name": name, "sha256": hashlib.sha256(body).hexdigest()}
    return {**found.dataset.as_json(), "file": file}


def cost(plan: Plan) -> Answer:
    """The comparison that the Cost page draws for the plan, at the prices of the plan's day."""
    scenario = Scenario.parse(scenario_on_page(plan))
    return Cost.of(compare_costs(scenario, price_book(), plan.on)).as_json()


def scenario_on_page(plan: Plan) -> Answer:
    """The scenario that the plan's form on the Cost page comes to."""
    from streamlit.testing.v1 import AppTest

    from advisor.pages import on_screen

    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=SECONDS).run()
    app.session_state["open_plan"] = on_screen.OnScreen(plan, epoch=1)
    app.switch_page("advisor/pages/cost.py").run()
    if app.exception or app.error:
        raise RuntimeError([found.value for found in (*app.exception, *app.error)])
    answer: Answer = app.session_state["open_plan"].plan.evidence["cost"].as_json()["scenario"]
    return answer


def asked_of_baseline(plan: Plan) -> Answer:
    """What the form of the Baseline page asks for when the plan is opened on it."""
    name, body, table = table_of(plan)
    columns = columns_of(table)
    rows = LabelledTexts.from_table(table, str(columns["text"]), str(columns["label"]), columns["text2"])
    task = plan.inputs.get("baseline.task", likely_task(rows))
    prompts = [
        arm["per_request"] for arm in plan.evidence.get("cost", {}).get("arms", ()) if arm["kind"] == "prompt"
    ]
    return {
        **columns,
        "reading": {"name": name, "encoding": None, "delimiter": None, "sheet": None},
        "test": None,
        "hold_out": None,
        "label2": None,
        "task": task,
        "metric": plan.inputs.get("baseline.metric", usual_metric(task)),
        "target": float(plan.answers["target_score"]) if has_target(task) else None,
        "rungs": plan.inputs.get("baseline.rungs", "quick"),
        "llm_cost_per_request": min(prompts, key=Decimal, default=None),
        "error_cost": None,
        "cpu_hour": str(CPU_HOUR),
        "file": hashlib.sha256(body).hexdigest(),
    }


def baseline(plan: Plan) -> Answer:
    """What a run of the Baseline page answers, without the rows that it quotes."""
    asked = asked_of_baseline(plan)
    table = table_of(plan)[2]
    llm_cost = asked["llm_cost_per_request"]
    found = run_baseline(
        LabelledTexts.from_table(table, asked["text"], asked["label"], asked["text2"]),
        task=asked["task"],
        target=None if asked["target"] is None else Target(asked["metric"], asked["target"]),
        rungs=asked["rungs"],
        llm_cost_per_request=None if llm_cost is None else Decimal(llm_cost),
        cpu_hour=Decimal(asked["cpu_hour"]),
        seed=SEED,
    )
    return {name: value for name, value in Baseline.of(found).as_json().items() if name not in QUOTING}


def model(plan: Plan) -> Answer:
    """The model that the plan adopts, as the shipped facts know it, against the plan's own texts."""
    report = from_snapshot(plan.inputs["models.adopt"])
    if report is None:
        raise LookupError(plan.inputs["models.adopt"])
    return Model.of(report.with_lengths(text_lengths(plan.answer(Dataset)))).as_json()


def memory(plan: Plan) -> Answer:
    """What training that model takes on the plan's card: LoRA where it fits, else QLoRA."""
    report, lengths = from_snapshot(plan.inputs["models.adopt"]), text_lengths(plan.answer(Dataset))
    if report is None or lengths is None:
        raise LookupError(plan.inputs["models.adopt"])
    on_card = card(plan.inputs.get("models.card", CARD))

    def need(method: Method) -> Memory:
        return Memory.estimated(
            report.facts.config or {},
            Setup(method=method, seq=ceil((lengths.p99 + lengths.output) / STEP) * STEP),
            model=report.facts.id,
            parameters=report.facts.parameters,
            card=on_card,
            tokens=plan.evidence["dataset"].tokens.total,
            epochs=EPOCHS,
            gpus=price_book().gpus,
            on=plan.on,
        )

    found = need("lora")
    found = found if found.fits[on_card.id] == "fits" else need("qlora")
    return found.of_its_card().as_json()


def preparation(plan: Plan) -> Answer:
    """The split into training, validation and test files that the Preparation page makes on opening."""
    table = table_of(plan)[2]
    columns = columns_of(table)
    split = plan.inputs.get("preparation.split", DEFAULT_SPLIT)
    meant = Columns(input=str(columns["text"]), output=str(columns["label"]))
    return Preparation.of(prepare(table, meant, format="chat", split=split, seed=SEED)).as_json()


def evaluation(plan: Plan) -> Answer:
    """What the score sheet of the plan proves of the system it is about."""
    name = plan.inputs["evaluation.scores"]["name"]
    sheet = read_score_sheet(read_table((SHEETS / name).read_bytes(), name))
    targets = Targets.parse(plan.inputs["evaluation.results_target"])
    found = evaluate(sheet, targets=targets, system=plan.inputs["evaluation.system"], margin=0.05)
    return found.as_json()


# In the order in which one rests on another: the cost on the tokens, the verdict's money on the cost.
PARTS: Mapping[str, Callable[[Plan], Answer]] = {
    "dataset": dataset,
    "cost": cost,
    "baseline": baseline,
    "model": model,
    "memory": memory,
    "preparation": preparation,
    "evaluation": evaluation,
}


def refreshed(plan: Plan) -> Plan:
    """The plan with every part of its evidence made anew; which parts it has stays as it is."""
    found = replace(plan, evidence={})
    for part, measure in PARTS.items():
        if part in plan.evidence:
            found = found.put(f"evidence.{part}", json.loads(json.dumps(measure(found))))
    if "baseline" in found.evidence:
        found = found.put("inputs.baseline.ran", asked_of_baseline(found))
    return replace(found, evidence={part: found.evidence[part] for part in plan.evidence})


def main(asked: list[str]) -> int:
    """Refresh the examples named, or all of them."""
    with tempfile.TemporaryDirectory() as home:
        os.environ |= {"ADVISOR_HOME": home, "HF_HUB_OFFLINE": "1"}
        for name in asked or example_names():
            text = refreshed(example(name)).to_yaml()
            (EXAMPLES / f"{name}.yaml").write_text(text, encoding="utf-8")
            sys.stdout.write(f"{name}: {len(text.encode()):,} bytes\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
