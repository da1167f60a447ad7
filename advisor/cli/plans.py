"""`plan new|list|show|export|import|delete`, `plan trial add`: the plans kept in the store that the browser uses too."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from advisor.cli import screen
from advisor.cli.asked import FILE, Asked, SpokenGroup, command, option
from advisor.cli.files import read_plan, write_bytes
from advisor.language import Text, day
from pricing import Problem

if TYPE_CHECKING:
    from advisor.plan import Plan
    from advisor.store import Saved, Store


def add_to(group: click.Group) -> None:
    """Add this module's commands."""
    plan = SpokenGroup("plan", help="cli.help.plan")
    group.add_command(plan)
    for name, function in (
        ("new", new),
        ("list", list_plans),
        ("show", show),
        ("export", export),
        ("import", take),
        ("delete", delete),
    ):
        command(plan, name)(function)
    trial = SpokenGroup("plan.trial", help="cli.help.plan.trial")
    plan.add_command(trial, "trial")
    command(trial, "add")(add_trial)


@contextmanager
def _open_store(asked: Asked) -> Iterator[Store]:
    from advisor.store import Store

    store = Store(asked.settings.database_url)
    try:
        yield store
    finally:
        store.close()


@option("--title", metavar="TEXT", help="plan_title")
@option("--example", metavar="NAME", help="plan_example")
@option("--template", metavar="NAME", help="plan_template")
def new(asked: Asked, title: str | None, example: str | None, template: str | None) -> None:
    """Start empty, from a worked example or from a template."""
    plan = _start(asked, example, template)
    if title:
        plan = replace(plan, title=Text(ja=title, en=title))
    with _open_store(asked) as store:
        _told_saved(asked, store.create(plan, now=asked.now))


def _start(asked: Asked, example: str | None, template: str | None) -> Plan:
    from advisor import plan as plans

    for kind, name in (("example", example), ("template", template)):
        known = [id for shipped, id in plans.starts() if shipped == kind]
        if name is not None and name not in known:
            raise Problem("plan_start_unknown", name=name, known=known)
        if name is not None:
            return plans.start(kind, name, asked.on)
    return plans.new_plan(asked.on, asked.language)


def list_plans(asked: Asked) -> None:
    """The last saved plan comes first."""
    with _open_store(asked) as store:
        entries = store.plans()
    rows = [
        {"id": entry.id, "title": {"ja": entry.title_ja, "en": entry.title_en}, "version": entry.version,
         "saved_at": entry.saved_at.isoformat()}
        for entry in entries
    ]  # fmt: skip
    lines = [
        [
            entry.id,
            getattr(entry, f"title_{asked.language}"),
            str(entry.version),
            _moment(asked, entry.saved_at),
        ]
        for entry in entries
    ]
    heads = [asked.say(f"cli.plan.{name}") for name in ("id", "title", "version", "saved_at")]
    asked.answer({"plans": rows}, screen.table(heads, lines, [2]) if lines else asked.say("cli.plan.none"))


def _moment(asked: Asked, at: datetime) -> str:
    local = at.astimezone(asked.now.tzinfo)
    return f"{day(local.date(), asked.language)} {local:%H:%M}"


@click.argument("id")
@option("--version", type=int, help="plan_version")
def show(asked: Asked, id: str, version: int | None) -> None:
    """A plan as JSON, or its title, answers and history for people."""
    with _open_store(asked) as store:
        saved, history = store.load(id, version), store.history(id)
    versions = [
        {"version": one.number, "what": one.what, "saved_at": one.saved_at.isoformat()} for one in history
    ]
    answer: dict[str, Any] = {**_saved_row(saved), "plan": saved.plan.to_json(), "history": versions}
    plan = saved.plan
    rows = [
        (asked.say("cli.plan.title"), plan.title.say(asked.language)),
        (asked.say("cli.plan.on"), day(plan.on, asked.language)),
        (asked.say("cli.plan.version"), str(saved.version)),
        (asked.say("cli.plan.saved_at"), _moment(asked, saved.saved_at)),
        (asked.say("cli.plan.evidence"), ", ".join(plan.evidence) or "—"),
    ]
    heads = [asked.say(f"cli.plan.{name}") for name in ("version", "saved_at", "what")]
    lines = [[str(one.number), _moment(asked, one.saved_at), one.what] for one in history]
    asked.answer(
        answer,
        screen.facts(rows),
        screen.facts(sorted(plan.answers.items())),
        screen.table(heads, lines, [0]),
    )


@click.argument("id")
@option("--version", type=int, help="plan_version")
@option("--out", type=FILE, help="plan_out")
def export(asked: Asked, id: str, version: int | None, out: Path | None) -> None:
    """The YAML that `import`, `advise` and `report` read; with `--out FILE.zip` everything that is kept of the plan."""
    with _open_store(asked) as store:
        saved = store.load(id, version)
        if out is not None:
            is_archive = out.suffix == ".zip"
            write_bytes(out, _packed(asked, store, saved) if is_archive else saved.plan.to_yaml().encode())
    if out is not None:
        asked.answer({"file": str(out)}, asked.say("cli.report.written", file=str(out)))
    elif asked.as_json:
        asked.answer(saved.plan.to_json())
    else:
        click.echo(saved.plan.to_yaml(), nl=False)


def _packed(asked: Asked, store: Store, saved: Saved) -> bytes:
    from advisor.access import Access
    from advisor.archive import pack_saved

    return pack_saved(Access(store), saved, saved.plan, on=asked.on)


@click.argument("id")
@option("--yes", is_flag=True, help="plan_yes")
def delete(asked: Asked, id: str, yes: bool) -> None:
    """Delete a plan for good, with every version, its share links, its uploads and what its jobs left."""
    from advisor.access import Access

    with _open_store(asked) as store:
        title = store.load(id).plan.title.say(asked.language)
        if not yes:
            raise Problem("plan_delete_unsure", title=title, versions=len(store.history(id)))
        Access(store).delete(id, asked.settings.jobs)
    asked.answer({"deleted": id}, asked.say("cli.plan.deleted", title=title))


@click.argument("id")
@option("--approach", metavar="ID", required=True, help="trial_approach")
@option("--reaches", type=click.Choice(["yes", "no", "unclear"]), help="trial_reaches")
@option("--option", "used", metavar="MODEL", help="trial_option")
@option("--metric", metavar="METRIC", help="trial_metric")
@option("--n", type=int, help="trial_n")
@option("--mean", metavar="SCORE", help="trial_mean")
@option("--low", metavar="SCORE", help="trial_low")
@option("--high", metavar="SCORE", help="trial_high")
def add_trial(asked: Asked, /, id: str, approach: str, used: str | None, **said: Any) -> None:
    """What was tried becomes a part of the plan, and the path moves on."""
    from advisor.recommend.rules import rule_book
    from pricing.typed import amount

    if approach not in rule_book().commitment:
        raise Problem("trial_unknown_approach", found=approach, known=list(rule_book().commitment))
    scores = {
        name: amount(said[name], name, most=1) for name in ("mean", "low", "high") if said[name] is not None
    }
    if said["reaches"] is None and len(scores) < 3:
        raise Problem("trial_says_nothing")
    with _open_store(asked) as store:
        saved = store.load(id)
        trial = saved.plan.trial({**said, **scores, "approach": approach, "option": used}, asked.on)
        plan = saved.plan.stating(trials=(*saved.plan.trials, trial))
        _told_saved(asked, store.save(id, plan, based_on=saved.version, now=asked.now, what="trials"))


@click.argument("file", type=FILE)
def take(asked: Asked, file: Path) -> None:
    """A plan file becomes a new plan in the store."""
    plan = read_plan(file)
    with _open_store(asked) as store:
        _told_saved(asked, store.create(plan, now=asked.now, what="imported"))


def _told_saved(asked: Asked, saved: Saved) -> None:
    asked.answer(
        _saved_row(saved),
        asked.say("cli.plan.saved", id=saved.id, title=saved.plan.title.say(asked.language)),
    )


def _saved_row(saved: Saved) -> dict[str, Any]:
    title = {"ja": saved.plan.title.ja, "en": saved.plan.title.en}
    return {"id": saved.id, "title": title, "version": saved.version, "saved_at": saved.saved_at.isoformat()}
