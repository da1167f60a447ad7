"""`tokens`, `cost` and `prices`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from advisor.cli import screen
from advisor.cli.asked import FILE, Asked, command, option
from advisor.cli.files import open_table, read_text
from pricing import Problem

if TYPE_CHECKING:
    from pricing.training_file import TokenReport

DEFAULT_MODEL = "openai/gpt-4o-mini-2024-07-18"


def add_to(group: click.Group) -> None:
    """Add this module's commands."""
    command(group, "tokens")(tokens)
    command(group, "cost")(cost)
    command(group, "prices")(prices)


@click.argument("file", type=FILE)
@option("--model", default=DEFAULT_MODEL, show_default=True, help="tokens_model")
@option("--text", metavar="COL", help="tokens_text")
@option("--epochs", type=int, help="tokens_epochs")
@option("--lengths", is_flag=True, help="tokens_lengths")
@option("--beside", metavar="MODEL", multiple=True, help="tokens_beside")
def tokens(
    asked: Asked,
    file: Path,
    model: str,
    text: str | None,
    epochs: int | None,
    lengths: bool,
    beside: tuple[str, ...],
) -> None:
    """Count tokens of a chat file or of one column of a table."""
    from advisor.answers.tokens import Tokens
    from pricing.book import price_book
    from pricing.per_text import cost_per_text

    report = _report(file, text, model, epochs)
    counts = {name: _report(file, text, name, None).count for name in beside}
    book, compared = price_book(asked.settings.prices), {model: report.count} | counts if beside else {}
    costs = [cost_per_text(count, name, book, asked.on) for name, count in compared.items()]
    screen.told(asked, Tokens.of(report, costs, lengths=lengths))


def _report(file: Path, text: str | None, model: str, epochs: int | None) -> TokenReport:
    from pricing.training_file import looks_like_chat, read_chat, token_report

    with file.open("rb") as lines:
        chat = text is None and looks_like_chat(next((line for line in lines if line.strip()), b""))
        lines.seek(0)
        return token_report(read_chat(lines) if chat else _texts(file, text), model, n_epochs=epochs)


def _texts(file: Path, column: str | None) -> list[str]:
    table = open_table(file)
    if column is None:
        raise Problem("text_column_needed", found=list(table.columns))
    return table.column(column)


@click.argument("scenario", type=FILE)
def cost(asked: Asked, scenario: Path) -> None:
    """Price every arm of a scenario file; `--on` wins over the day that the file names."""
    from advisor.answers.cost import Cost
    from advisor.answers.cost.blocks import cost_blocks
    from advisor.answers.cost.words import ids_of
    from advisor.show.voice import Voice
    from pricing.book import price_book
    from pricing.scenario import Scenario, compare_costs
    from pricing.sources import parse_yaml

    wanted = Scenario.parse(parse_yaml(read_text(scenario)))
    on = asked.on if asked.on_given or wanted.on is None else wanted.on
    found = Cost.of(compare_costs(wanted, price_book(asked.settings.prices), on))
    voice = Voice(asked.language, on)
    said = cost_blocks(found, voice, ids_of(found.arms, voice))
    asked.answer(found.as_json(), *([] if asked.as_json else screen.blocks(said, voice)))


@option("--provider", metavar="NAME", help="prices_provider")
@option("--gpus", is_flag=True, help="prices_gpus")
def prices(asked: Asked, provider: str | None, gpus: bool) -> None:
    """List fine-tuning offers (and one provider's models), or GPUs, as they stand on the day."""
    from pricing.book import price_book

    book = price_book(asked.settings.prices)
    if gpus:
        rows = book.gpu_listing(asked.on, provider)
        if provider and not rows:
            known = sorted({gpu.provider for gpu in book.gpus})
            raise Problem("unknown_provider", provider=provider, near=known)
        groups = {"gpus": rows}
    else:
        models = book.inference_listing(asked.on, provider) if provider and _has_models(provider) else []
        groups = {"offers": book.listing(asked.on, provider), "models": models}
    shape = {"on": asked.on.isoformat(), **groups, "added": list(book.added)}
    asked.answer(shape, *_listing(asked, groups), _from_file(asked, book.added))


def _from_file(asked: Asked, added: Iterable[str]) -> str:
    from advisor.language import listing

    ids = list(added)
    file = asked.settings.prices
    return (
        asked.say("cost.listing.from_file", file=file.name, ids=listing(ids, asked.language))
        if file and ids
        else ""
    )


def _has_models(provider: str) -> bool:
    from pricing.inference import listed_models

    return bool(listed_models(provider))


SHOWN = {
    "offers": ("train_mtok", "train_hour", "input_mtok", "output_mtok", "hosting_hour", "storage_month"),
    "models": ("input_mtok", "cached_input_mtok", "output_mtok"),
    "gpus": ("gpu_hour",),
}


HEADS = {"age": "cost.listing", "remarks": "cost.listing"}


def _listing(asked: Asked, groups: Mapping[str, list[dict[str, Any]]]) -> Iterable[str]:
    for name, rows in groups.items():
        if rows:
            rates = [rate for rate in SHOWN[name] if any((row["prices"] or {}).get(rate) for row in rows)]
            standing = ["new", "existing"] if name == "offers" else []
            columns = ["id", *rates, *standing, "checked", "age", "remarks"]
            heads = [asked.say(f"{HEADS.get(column, 'cli.prices')}.{column}") for column in columns]
            body = [[_cell(asked, row, column) for column in columns] for row in rows]
            figures = (*range(1, 1 + len(rates)), columns.index("age"))
            yield f"{asked.say(f'cli.prices.caption_{name}')}\n{screen.table(heads, body, figures)}"
            yield _counted(asked, rows)
    yield asked.say("cli.prices.explained")


def _counted(asked: Asked, rows: list[dict[str, Any]]) -> str:
    from advisor.language import number

    stale = sum(1 for row in rows if row.get("stale"))
    figures = {"rows": number(len(rows), asked.language), "stale": number(stale, asked.language)}
    return asked.say("cost.listing.counted", **figures) if stale else ""


def _cell(asked: Asked, row: Mapping[str, Any], column: str) -> str:

    voice = asked.voice
    if column == "id":
        return f"{row['id']} ({row['gpu']})" if "gpu" in row else str(row["id"])
    if column in {"new", "existing"}:
        return voice.name("cost.status", row[column]["status"])
    if column == "remarks":
        return " / ".join(asked.say(f"cost.listing.{id}") for id in _remarks(row))
    if row["prices"] is None:
        known = row["known_from"] and asked.say("cli.prices.from", day=voice.day(row["known_from"]))
        return known or "—" if column == "checked" else "—"
    if column == "checked":
        return voice.day(row["source"]["checked"])
    if column == "age":
        return voice.number(row["age_days"])
    rate = row["prices"].get(column)
    return "—" if rate is None else voice.money(rate)


def _remarks(row: Mapping[str, Any]) -> Iterable[str]:
    """What should make a reader careful about a row."""
    if row.get("stale"):
        yield "stale"
    if row.get("confidence") == "low":
        yield "low_confidence"
    if row.get("added") or row.get("lifecycle_added"):
        yield "added"
