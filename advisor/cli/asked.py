"""What every command is asked with: the reader's language, the day, and whether JSON is wanted."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, cast

import click

from advisor.language import LANGUAGES, Language, phrase
from advisor.settings import Settings
from advisor.show.blocks import shown
from advisor.show.voice import Speech

P = ParamSpec("P")


class Refused(Exception):
    """The command ran and its answer is no: exit code 1, or `code`, with the answer printed."""

    def __init__(self, code: int = 1) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Surroundings:
    """What the shell decides before a command is read."""

    language: Language
    settings: Settings
    now: datetime
    ascii_only: bool = False
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Asked(Speech):
    """One call of one command."""

    on_given: bool
    as_json: bool
    settings: Settings = field(repr=False)
    now: datetime
    ascii_only: bool
    environ: Mapping[str, str] = field(repr=False)

    def answer(self, shape: dict[str, Any], *paragraphs: str) -> None:
        """Print the answer: as JSON when asked so, else as paragraphs with a blank line between."""
        if self.as_json:
            click.echo(json.dumps(shape, ensure_ascii=self.ascii_only, indent=2, allow_nan=False))
        else:
            click.echo(shown("\n\n".join(paragraph for paragraph in paragraphs if paragraph)))


class Spoken(click.Command):
    """A command whose help is a phrase, so that it speaks the reader's language."""

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text(self.said(ctx))

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        option = super().get_help_option(ctx)
        if option is not None:
            option.help = phrase("cli.option.help", _language(ctx))
        return option

    def said(self, ctx: click.Context) -> str:
        """What the command does, in the reader's language."""
        return phrase(self.help or "", _language(ctx))


class SpokenGroup(Spoken, click.Group):
    """The same for a command that holds commands, listed in the order they were added."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(
                [(name, one.said(ctx)) for name, one in self.commands.items() if isinstance(one, Spoken)]
            )


class SpokenOption(click.Option):
    """An option whose help is a phrase."""

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        record = super().get_help_record(ctx)
        return (record[0], phrase(self.help, _language(ctx))) if record and self.help else record


def _language(ctx: click.Context) -> Language:
    surroundings = ctx.find_object(Surroundings)
    return surroundings.language if surroundings else "en"


def option(*names: str, help: str, **settings: Any) -> Callable[[Callable[P, None]], Callable[P, None]]:
    """A `click.option` whose help is the phrase `cli.option.<help>`."""
    return click.option(*names, cls=SpokenOption, help=f"cli.option.{help}", **settings)


def command(
    group: click.Group, name: str
) -> Callable[[Callable[Concatenate[Asked, P], None]], Callable[Concatenate[Asked, P], None]]:
    """Add a function to `group` as command `name`; it gets an `Asked` first, and `--json --lang --on` come along."""

    def add(function: Callable[Concatenate[Asked, P], None]) -> Callable[Concatenate[Asked, P], None]:
        @functools.wraps(function)
        def run(json: bool, lang: Language | None, on: datetime | None, **values: Any) -> None:
            around = cast(Surroundings, click.get_current_context().find_object(Surroundings))
            asked = Asked(
                language=lang or around.language,
                on=on.date() if on else around.now.date(),
                on_given=on is not None,
                as_json=json,
                settings=around.settings,
                now=around.now,
                ascii_only=around.ascii_only,
                environ=around.environ,
            )
            cast(Callable[..., None], function)(asked, **values)

        key = ".".join(part for part in (group.name if group.name != "advisor" else None, name) if part)
        with_options = _json(_lang(_on(run)))
        group.add_command(click.command(name, cls=Spoken, help=f"cli.help.{key}")(with_options))
        return function

    return add


_json = option("--json", "json", is_flag=True, help="json")
_lang = option("--lang", type=click.Choice(LANGUAGES), help="lang")
_on = option("--on", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="on")

# Existence is checked where the file is read, so that there is one sentence for a missing file.
FILE = click.Path(path_type=Path)
