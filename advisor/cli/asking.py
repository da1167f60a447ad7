"""`trial check`, `trial run` and `trial script`: an LLM asked about the team's own rows, from here or from elsewhere."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from advisor.cli import screen
from advisor.cli.asked import FILE, Asked, Refused, command, option
from advisor.cli.data import calm_threads
from advisor.cli.files import open_table, read_text, write_bytes
from advisor.language import duration, problem
from pricing import Problem

if TYPE_CHECKING:
    from advisor.trial.addresses import Address, Policy
    from advisor.trial.order import Order, Prepared
    from advisor.trial.run import Outcome
    from baselines.dataset import LabelledTexts

BELOW_TARGET = 10
ARMS = {"zero": "zero_shot", "few": "few_shot"}
TOLD = 10  # lines about a long run


def add_to(group: click.Group) -> None:
    """Add this module's commands to the group `trial`."""
    command(group, "check")(check)
    command(group, "run")(run)
    command(group, "script")(script)


def _endpoint(function: Any) -> Any:
    """Who is asked, and where the key is."""
    for one in (
        option("--key-env", metavar="NAME", help="trial_key_env"),
        option("--model", metavar="MODEL", required=True, help="trial_model"),
        option("--endpoint", metavar="NAME|URL", required=True, help="trial_endpoint"),
    ):
        function = one(function)
    return function


def _prompts(function: Any) -> Any:
    """What is asked about which rows."""
    for one in (
        option("--seed", type=int, default=42, show_default=True, help="baseline_seed"),
        option("--keep-personal-data", is_flag=True, help="trial_keep"),
        option(
            "--reasoning", type=click.Choice(["none", "low", "medium", "high"]), help="trial_reasoning"
        ),
        option("--labels", type=FILE, help="trial_labels"),
        option("--instruction", type=FILE, help="trial_instruction"),
        option(
            "--shots-by", type=click.Choice(["class", "random", "similar"]), default="class",
            show_default=True, help="trial_shots_by",
        ),
        option("--shots", metavar="N|per-class", default="per-class", show_default=True, help="trial_shots"),
        option("--arms", metavar="LIST", default="zero,few", show_default=True, help="trial_arms"),
        option("--rows", metavar="N|all", default="200", show_default=True, help="trial_rows"),
        option("--label", metavar="COL", required=True, help="baseline_label"),
        option("--text", metavar="COL", required=True, help="baseline_text"),
    ):  # fmt: skip
        function = one(function)
    return click.argument("file", type=FILE)(function)


@_endpoint
@option("--timeout", type=float, default=60.0, show_default=True, help="trial_timeout")
def check(asked: Asked, /, endpoint: str, model: str, key_env: str | None, timeout: float) -> None:
    """Send one made-up text and say who answered."""
    from advisor.masking import hide
    from advisor.trial.check import check as checked
    from advisor.trial.endpoint import Endpoint

    policy = _policy(asked)
    address = policy.address(endpoint)
    key = _key(asked, address, key_env)
    hide(key)
    found = checked(Endpoint(address, policy.model(address, model), key, timeout))
    say, yes = asked.say, {True: "yes", False: "no", None: "unknown"}
    facts = [
        (say("trial.ask.check.model"), found.model_answered or "—"),
        (say("trial.ask.check.dropped"), ", ".join(found.dropped) or say("trial.ask.check.none")),
        (say("trial.ask.check.enforced"), say(f"trial.ask.check.{yes[found.labels_enforced]}")),
        (say("trial.ask.check.usage"), say(f"trial.ask.check.{yes[found.usage_reported]}")),
        (say("trial.ask.check.seconds"), duration(found.seconds, asked.language)),
    ]
    title = say("trial.ask.check.title", host=found.host)
    asked.answer(found.as_json(), title, screen.facts(facts), say("trial.ask.check.sent"))


@_prompts
@_endpoint
@option("--target", type=float, help="baseline_target")
@option("--metric", metavar="METRIC", default="macro_f1", show_default=True, help="baseline_metric")
@option("--max-usd", metavar="USD", default="1.00", show_default=True, help="trial_max_usd")
@option("--max-requests", type=int, help="trial_max_requests")
@option("--yes-send", metavar="HOST", help="trial_yes_send")
@option("--data-may-leave", type=click.Choice(["freely", "under_contract", "not_at_all"]), help="trial_leave")
@option("--concurrency", type=click.IntRange(1, 8), default=4, show_default=True, help="trial_concurrency")
@option("--timeout", type=float, default=60.0, show_default=True, help="trial_timeout")
@option("--dry-run", is_flag=True, help="trial_dry_run")
@option("--resume", metavar="DIR", type=FILE, help="trial_resume")
@option("--save", metavar="DIR", type=FILE, help="trial_save")
def run(asked: Asked, /, file: Path, text: str, label: str, **choices: Any) -> None:
    """Ask about a sample of the rows, and say what the answers prove."""
    calm_threads()
    from advisor.trial import written
    from advisor.trial.report import report_of

    target = choices["target"]
    if target is not None and not 0 < target <= 1:
        raise Problem("target_out_of_range", value=target)
    data, ready = _prepared(asked, file, text, label, choices)
    key = None if choices["dry_run"] else _key(asked, ready.address, choices["key_env"])
    if choices["dry_run"]:
        asked.answer(_leaving(ready), *_said(asked, ready), asked.say("trial.ask.dry_run"))
        return
    _agree(asked, ready)
    folder = _folder(asked, file, choices)
    outcome = _conducted(asked, ready, key, folder)
    write_bytes(folder / "answers.csv", written(outcome.answers).encode())
    if outcome.stopped:
        raise _stopped(asked, outcome.stopped, len(outcome.entries), folder)
    about = {"name": file.name, "sha256": hashlib.sha256(file.read_bytes()).hexdigest()}
    answer = report_of(outcome, ready, data, on=asked.on, target=target, metric=choices["metric"], file=about)
    screen.told(asked, answer)
    if not asked.as_json:
        click.echo(asked.say("trial.ask.kept", file=str(folder / "answers.csv")), err=True)
    if answer.target and answer.target.position == "below":
        raise Refused(BELOW_TARGET)


@_prompts
@_endpoint
def script(asked: Asked, /, file: Path, text: str, label: str, **choices: Any) -> None:
    """Print a script on the openai package that asks the same questions elsewhere."""
    calm_threads()
    from advisor.trial.script import script_of

    _, ready = _prepared(asked, file, text, label, choices)
    click.echo(script_of(ready, file.name, choices["key_env"] or ready.address.key), nl=False)


def _prepared(
    asked: Asked, file: Path, text: str, label: str, choices: Mapping[str, Any]
) -> tuple[LabelledTexts, Prepared]:
    from advisor.trial.order import prepared
    from baselines.dataset import LabelledTexts
    from pricing.book import price_book

    data = LabelledTexts.from_table(open_table(file), text, label)
    book = price_book(asked.settings.prices)
    return data, prepared(_order(asked, choices), data, book, asked.on)


def _order(asked: Asked, choices: Mapping[str, Any]) -> Order:
    from advisor.trial.order import USUAL_CAP, Order
    from advisor.trial.sending import Wish
    from pricing import typed

    instruction = choices["instruction"]
    wish = Wish(
        rows=None if choices["rows"] == "all" else typed.whole(choices["rows"], "--rows", most=10**6, least=2),
        arms=tuple(ARMS.get(one.strip(), one.strip()) for one in choices["arms"].split(",")),
        shots=None if choices["shots"] == "per-class" else typed.whole(choices["shots"], "--shots", most=32, least=1),
        shots_by=choices["shots_by"],
        instruction=read_text(instruction) if instruction else None,
        descriptions=_descriptions(choices["labels"]),
        reasoning=choices["reasoning"],
        keep_personal_data=choices["keep_personal_data"],
        seed=choices["seed"],
    )  # fmt: skip
    cap = choices.get("max_usd")
    return Order(
        choices["endpoint"],
        choices["model"],
        wish,
        _policy(asked, choices.get("data_may_leave")),
        USUAL_CAP if cap is None else typed.amount(cap, "--max-usd"),
        choices.get("max_requests"),
        choices.get("yes_send"),
        choices.get("concurrency", 4),
        choices.get("timeout", 60.0),
    )


def _policy(asked: Asked, data_may_leave: str | None = None) -> Policy:
    from advisor.trial.addresses import Policy, only_the_list, proxy_of, read_listed

    only = only_the_list(asked.settings.sign_in, None)
    return Policy(read_listed(asked.settings.llm_endpoints), only, data_may_leave, proxy_of(asked.environ))


def _key(asked: Asked, address: Address, named: str | None) -> str | None:
    """The key from the variable that was named, or from the endpoint's usual one; a server of one's own may need none."""
    name = named or address.key
    key = asked.environ.get(name, "").strip() if name else ""
    if name and not key:
        raise Problem("trial_key_missing", name=name)
    return key or None


def _descriptions(file: Path | None) -> dict[str, str]:
    from pricing.sources import parse_yaml

    told = parse_yaml(read_text(file)) if file else {}
    if not isinstance(told, dict) or not all(isinstance(one, str) for one in told.values()):
        raise Problem("trial_labels_unreadable", file=str(file))
    return told


def _agree(asked: Asked, ready: Prepared) -> None:
    """What would leave is said before the refusal, so that consent can be given to something."""
    try:
        ready.check_cap()
        ready.check_consent()
    except Problem:
        for line in _said(asked, ready):
            click.echo(line, err=True)
        raise


def _said(asked: Asked, ready: Prepared) -> list[str]:
    """What would leave, what stays, and what it costs."""
    voice, sent = asked.voice, ready.sending
    again = sum(one.turn == 2 for one in sent.questions)
    numbers = {"texts": ready.texts, "requests": len(sent.questions), "again": again}
    leaves = {name: voice.number(value) for name, value in numbers.items()}
    left = {name: voice.number(value) for name, value in sent.left_out.items()}
    lines = [
        asked.say("trial.ask.leaves", host=sent.host, **leaves),
        asked.say("trial.ask.left_out", **left),
    ]
    expected, most, cap = sent.expected_usd, sent.most_usd, ready.cap_usd
    if expected is None or most is None or cap is None:
        cap_said = voice.number(ready.cap_requests)
        return [*lines, asked.say("trial.ask.costs_unknown", model=ready.order.model, cap=cap_said)]
    costs = {"expected": voice.money(expected), "most": voice.money(most), "cap": voice.money(cap)}
    return [*lines, asked.say("trial.ask.costs", **costs)]


def _leaving(ready: Prepared) -> dict[str, Any]:
    sent = ready.sending

    def plain(amount: Decimal | None) -> str | None:
        return None if amount is None else str(amount)

    return {
        "host": sent.host,
        "place": ready.address.place,
        "model": ready.order.model,
        "texts": ready.texts,
        "requests": len(sent.questions),
        "labels": list(sent.labels),
        "arms": [{"id": one.arm, "shots": one.shots, "prompt_sha256": one.sha256} for one in sent.prompts],
        "left_out": dict(sent.left_out),
        "money": {
            "estimate_usd": plain(sent.expected_usd),
            "most_usd": plain(sent.most_usd),
            "cap_usd": plain(ready.cap_usd),
            "cap_requests": ready.cap_requests,
        },
    }


def _folder(asked: Asked, file: Path, choices: Mapping[str, Any]) -> Path:
    """Where the answers are kept: the folder named, else one of its own beside the plans."""
    from advisor.trial.journal import FILE as JOURNAL

    save, resume = choices["save"], choices["resume"]
    if resume is not None:
        if not (resume / JOURNAL).is_file():
            raise Problem("trial_nothing_to_resume", folder=str(resume))
        return Path(resume)
    if save is not None and save.exists() and (not save.is_dir() or any(save.iterdir())):
        raise Problem("trial_folder_not_empty", folder=str(save))
    name = re.sub(r"[^\w.-]+", "_", f"{asked.now:%Y%m%d-%H%M%S}-{file.stem}-{choices['model']}")
    folder = Path(save or asked.settings.home / "trials" / name)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _conducted(asked: Asked, ready: Prepared, key: str | None, folder: Path) -> Outcome:
    try:
        return ready.conduct(key, folder, _progress(asked))
    except KeyboardInterrupt:
        from advisor.trial.journal import Journal

        done = asked.voice.number(len(Journal(folder).over()))
        click.echo(asked.say("trial.ask.resume", done=done, folder=str(folder)), err=True)
        raise


def _stopped(asked: Asked, stopped: Problem, done: int, folder: Path) -> Problem:
    return Problem("trial_stopped", why=problem(stopped, asked.language), done=done, folder=str(folder))


def _progress(asked: Asked) -> Callable[[dict[str, Any]], None]:
    """Says on standard error how far the run is, at every tenth and in every pause; never how well it goes."""
    before = (0, False)

    def tell(step: dict[str, Any]) -> None:
        nonlocal before
        now = (TOLD * step["done"] // max(step["total"], 1), step["waiting"])
        if now == before or (now[0] == before[0] and not now[1]):
            return
        before = now
        names = ("done", "total", "answered", "unusable", "errors")
        line = asked.say("trial.ask.progress", **{name: asked.voice.number(step[name]) for name in names})
        click.echo(f"{line} ({asked.say('trial.ask.waiting')})" if step["waiting"] else line, err=True)

    return tell
