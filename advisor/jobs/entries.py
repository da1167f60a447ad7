"""The work that jobs may be asked for: each takes params, files and a way to report, and gives JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from baselines.dataset import LabelledTexts
    from baselines.table import Table

Params = Mapping[str, Any]
Files = Mapping[str, Path]
Report = Callable[[dict[str, Any]], None]


def baseline(params: Params, files: Files, report: Report) -> dict[str, Any]:
    """Climb the ladder of baselines on file `table`, and on `test` where there is one.

    Params: `text`, `label`, `text2`, `group` (column names), `merge` (label -> label), `reading` and
    `test_reading` (name, encoding, delimiter, sheet), `label2` (a second person's labels), `task`, `metric` and
    `target`, `hold_out` (a share), `rungs`, `llm_cost_per_request`, `error_cost` and `cpu_hour` (decimal strings),
    `seed`. Predictions and the fitted model are left in the job's folder; `saved` names them.
    """
    from advisor.answers.baseline import Baseline
    from baselines.money import CPU_HOUR
    from baselines.run import run_baseline
    from baselines.verdict import Target

    target = params.get("target")
    test = _labelled(params, files["test"], "test_reading") if "test" in files else None
    found = run_baseline(
        _labelled(params, files["table"], "reading"),
        task=params.get("task"),
        target=None if target is None else Target(params.get("metric") or "macro_f1", float(target)),
        test=test,
        hold_out=params.get("hold_out"),
        rungs=params.get("rungs", "quick"),
        llm_cost_per_request=_decimal(params.get("llm_cost_per_request")),
        error_cost=_decimal(params.get("error_cost")),
        cpu_hour=_decimal(params.get("cpu_hour")) or CPU_HOUR,
        seed=int(params.get("seed", 42)),
        report=report,
    )
    saved = found.takeaway.write(files["table"].parent.parent) if found.takeaway else []
    return Baseline.of(found, saved=saved).as_json()


def describe(params: Params, files: Files, report: Report) -> dict[str, Any]:
    """`evidence` (the plan's `dataset`) and `examples` of file `table`.

    Params: `text`, `label`, `text2`, `model`, `near`, `reading`.
    """
    from advisor.dataset import MODEL
    from advisor.dataset import describe as described

    found = described(
        _table(params, files["table"], "reading"),
        params["text"],
        params.get("label"),
        params.get("text2"),
        params.get("model", MODEL),
        near=bool(params.get("near")),
        progress=report,
    )
    return {"evidence": found.dataset.as_json(), "examples": found.examples}


def look_up(params: Params, files: Files, report: Report) -> dict[str, Any]:
    """Look many models up on the Hub, without a token, and leave what was found in the Hub cache.

    Params: `ids`, `on`, `endpoint`, `offline`, `cache` (a folder). Result: `models` (answers of the command `model`) and
    `troubles` (id -> why nothing is known).
    """
    from datetime import date
    from functools import partial

    from advisor import hub
    from advisor.answers.model import Model
    from advisor.models.bulk import look_up_all

    ask = partial(
        hub.report,
        on=date.fromisoformat(params["on"]),
        cache=Path(params["cache"]),
        endpoint=params.get("endpoint"),
    )
    alone = partial(ask, offline=True)
    found = look_up_all(params["ids"], alone if params.get("offline") else ask, alone, report)
    models = [Model.of(one).as_json() for one in found.reports.values()]
    return {"models": models, "troubles": {id: one.model_dump() for id, one in found.troubles.items()}}


def prepare(params: Params, files: Files, report: Report) -> dict[str, Any]:
    """Training files of file `table`, left as `training_files.zip` in the job's folder; the first line as `preview`.

    Params: `columns` (as `preparation.Columns`), `format`, `split`, `seed`, `drop`, `model`, `token_limit`,
    `doubt_labels`, `reading`.
    """
    from advisor.answers.preparation import Preparation
    from advisor.preparation import ARCHIVE, Columns
    from advisor.preparation import prepare as prepared

    asked = {
        name: params[name] for name in ("format", "split", "seed", "drop", "model", "token_limit", "doubt_labels")
        if name in params
    }  # fmt: skip
    report({"step": "reading", "share": 0.0})
    table = _table(params, files["table"], "reading")
    columns = Columns(**params["columns"])
    made = prepared(
        table, columns, progress=lambda step, share: report({"step": step, "share": share}), **asked
    )
    report({"step": "writing", "share": 0.0})
    (files["table"].parent.parent / ARCHIVE).write_bytes(made.zipped())
    return {"evidence": Preparation.of(made).as_json(), "preview": made.preview}


def read(params: Params, files: Files, report: Report) -> dict[str, Any]:
    """Read file `table` within `limits` and leave it as `table.json` in the job's folder."""
    from advisor.jobs.folder import write_json
    from baselines.reading import read_table
    from baselines.table import Limits

    limits = Limits(**params["limits"])
    table = read_table(files["table"], params["name"], sheet=params.get("sheet"), limits=limits)
    write_json(files["table"].parent.parent / "table.json", table.as_json())
    return {"rows": table.rows}


def score_answers(params: Params, files: Files, report: Report) -> dict[str, Any]:
    """What an LLM's answers in file `answers` prove on the rows of file `table`, beside the small model.

    Params: `text`, `label`, `reading`, `answers_reading`, `id` (a column of both, perhaps), `metric`, `target`,
    `worth` (a share), `seed`, `on`, `file` (name and sha256 of the table).
    """
    from datetime import date

    from advisor.trial.importing import Asked, read_answers
    from advisor.trial.scoring import score

    report({"step": "reading"})
    table = _table(params, files["table"], "reading")
    rows = _rows_of(params, table)
    id = params.get("id")
    asked = Asked(rows.texts, sorted(set(rows.labels)), table.column(id) if id else None)
    answers = _table(params, files["answers"], "answers_reading")
    found = read_answers(answers, asked, text=params["text"], id=id or "id")
    report({"step": "measuring"})
    more = {
        name: params[name] for name in ("metric", "target", "worth", "seed") if params.get(name) is not None
    }
    answer = score(
        found.answers, rows, on=date.fromisoformat(params["on"]), file=params.get("file") or {}, **more
    )
    return {"evidence": answer.as_json(), "texts_differ": found.texts_differ}


def trial(params: Params, files: Files, report: Report, key: str) -> dict[str, Any]:
    """Ask an LLM about rows of file `table`, or what the file `journal` of an earlier job does not answer yet.

    Params: `order` (as `trial.order.Order`), `text`, `label`, `text2`, `reading`, `target`, `metric`, `worth`, `on`,
    `prices`. The journal and `answers.csv` are left in the job's folder. Result: `trial` (the answer of the command,
    None where the run stopped), `stopped` (why), `requests`.
    """
    import os
    import shutil
    from dataclasses import replace
    from datetime import date

    from advisor.trial import written
    from advisor.trial.addresses import proxy_of
    from advisor.trial.journal import FILE
    from advisor.trial.order import Order, prepared
    from advisor.trial.report import report_of
    from pricing.book import price_book

    folder, on = files["table"].parent.parent, date.fromisoformat(params["on"])
    if "journal" in files:
        shutil.copyfile(files["journal"], folder / FILE)
    data = _labelled(params, files["table"], "reading")
    book = price_book(Path(params["prices"]) if params.get("prices") else None)
    order = Order.of(params["order"])
    order = replace(order, policy=replace(order.policy, proxy=proxy_of(os.environ)))
    ready = prepared(order, data, book, on)
    outcome = ready.conduct(key or None, folder, report)
    (folder / "answers.csv").write_text(written(outcome.answers), encoding="utf-8")
    asked = {
        name: params[name] for name in ("target", "metric", "worth", "file") if params.get(name) is not None
    }
    stopped = outcome.stopped
    return {
        "trial": None if stopped else report_of(outcome, ready, data, on=on, **asked).as_json(),
        "stopped": {"id": stopped.id, "fields": stopped.fields} if stopped else None,
        "requests": outcome.requests,
    }


def _labelled(params: Params, file: Path, reading: str) -> LabelledTexts:
    return _rows_of(params, _table(params, file, reading))


def _rows_of(params: Params, table: Table) -> LabelledTexts:
    from baselines.dataset import LabelledTexts

    more = (params.get(name) for name in ("text2", "group", "label2"))
    data = LabelledTexts.from_table(table, params["text"], params["label"], *more)
    return data.with_labels_merged(params.get("merge") or {})


def _table(params: Params, file: Path, reading: str) -> Table:
    from baselines.reading import read_table

    how = dict(params.get(reading) or {})
    return read_table(file, how.pop("name", ""), **how)


def _decimal(value: Any) -> Decimal | None:
    return None if value is None else Decimal(str(value))
