"""`trial`: what an LLM's answers on the team's own rows prove, beside the small model."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import click

from advisor.cli import asking, labelled, screen
from advisor.cli.asked import FILE, Asked, Refused, SpokenGroup, command, option
from advisor.cli.data import calm_threads
from advisor.cli.files import open_table
from pricing import Problem


def add_to(group: click.Group) -> None:
    """Add this module's commands."""
    trial = SpokenGroup("trial", help="cli.help.trial")
    group.add_command(trial)
    command(trial, "score")(score)
    asking.add_to(trial)


@click.argument("answers", type=FILE)
@option("--data", type=FILE, required=True, help="trial_data")
@option("--text", metavar="COL", required=True, help="baseline_text")
@option("--label", metavar="COL", required=True, help="baseline_label")
@option("--id", metavar="COL", help="trial_id")
@option("--prediction", metavar="COL", help="trial_prediction")
@option("--test", type=FILE, help="trial_test")
@option("--train", type=FILE, help="trial_train")
@option("--target", type=float, help="baseline_target")
@option("--metric", metavar="METRIC", default="macro_f1", show_default=True, help="baseline_metric")
@option("--worth", metavar="POINTS", type=float, default=2.0, show_default=True, help="trial_worth")
@option("--seed", type=int, default=42, show_default=True, help="baseline_seed")
def score(asked: Asked, /, answers: Path, data: Path, text: str, label: str, **choices: Any) -> None:
    """Score answers made anywhere; exit 10 when the best option's whole range lies below the target."""
    calm_threads()
    from advisor.trial.importing import Asked as Rows
    from advisor.trial.importing import read_answers
    from advisor.trial.scoring import score as judge
    from baselines.dataset import LabelledTexts

    target, worth = choices["target"], choices["worth"]
    if target is not None and not 0 < target <= 1:
        raise Problem("target_out_of_range", value=target)
    if not 0 < worth <= 100:
        raise Problem("worth_out_of_range", value=worth)
    about, train = _files(data, choices["test"], choices["train"])
    table = open_table(about)
    rows = LabelledTexts.from_table(table, text, label)
    learned = labelled.rows(labelled.matching(train), text, label) if train else None
    id = choices["id"]
    known = sorted({*rows.labels, *(learned.labels if learned else ())})
    given = Rows(rows.texts, known, table.column(id) if id else None)
    found = read_answers(
        open_table(answers), given, text=text, id=id or "id", prediction=choices["prediction"]
    )
    answer = judge(
        found.answers,
        rows,
        train=learned,
        metric=choices["metric"],
        target=target,
        worth=worth / 100,
        seed=choices["seed"],
        on=asked.on,
        file={"name": about.name, "sha256": hashlib.sha256(about.read_bytes()).hexdigest()},
    )
    screen.told(asked, answer, _note(asked, found.texts_differ))
    if answer.target and answer.target.position == "below":
        raise Refused(asking.BELOW_TARGET)


def _files(data: Path, test: Path | None, train: Path | None) -> tuple[Path, Path | None]:
    """The rows that were asked about, and those that the small model learns from."""
    if test is not None and train is not None:
        raise Problem("trial_test_and_train")
    return (test, data) if test is not None else (data, train)


def _note(asked: Asked, differ: int) -> str:
    return asked.say("trial.texts_differ", rows=asked.voice.number(differ)) if differ else ""
