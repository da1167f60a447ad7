"""The command line: what click cannot read, what the user got wrong and what went wrong, each in one line.

Exit codes: 0 done; 1 the answer is no; 2 bad input, with nothing on stdout; 10 a trial stayed below its target.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime

import click

from advisor.cli import check, data, decisions, kit, memory, models, money, plans, sheets, trial
from advisor.cli.asked import Refused, SpokenGroup, Surroundings, option
from advisor.language import LANGUAGES, Language, language_of, listing, phrase, problem
from advisor.masking import guard_logs
from advisor.settings import Settings
from advisor.show.blocks import shown
from pricing import Problem

INTERRUPTED = 130


@click.group("advisor", cls=SpokenGroup, help="cli.help.advisor")
@option("--lang", type=click.Choice(LANGUAGES), help="lang")
def advisor(lang: Language | None) -> None:
    """Commands are added by the modules below; `--lang` has been read by `main` already."""


for part in (money, models, memory, data, trial, sheets, decisions, check, kit, plans):
    part.add_to(advisor)


def main(argv: Sequence[str] | None = None, environ: Mapping[str, str] = os.environ) -> int:
    """Run one command and return its exit code."""
    guard_logs()
    arguments = list(sys.argv[1:] if argv is None else argv)
    language = _language(arguments, environ)
    around = Surroundings(
        language, Settings.from_environment(environ), datetime.now().astimezone(), _ascii_only(), environ
    )
    try:
        advisor.main(arguments, prog_name="advisor", standalone_mode=False, obj=around)
    except Refused as refused:
        return refused.code
    except (KeyboardInterrupt, click.Abort):
        return INTERRUPTED
    except BrokenPipeError:
        # The reader (`| head`) has seen enough; what is still in the buffer goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.ctx.get_help() if error.ctx else "", err=True)
        return 2
    except click.ClickException as error:
        return _complain(_usage(error, language))
    except Exception as error:
        if sys.flags.dev_mode:
            raise
        return _complain(problem(_as_problem(error), language))
    return 0


def _complain(sentence: str) -> int:
    click.echo(shown(" ".join(sentence.split())), err=True)
    return 2


def _as_problem(error: Exception) -> Exception:
    if isinstance(error, OSError) and error.filename is not None:
        missing = isinstance(error, FileNotFoundError)
        return Problem("file_not_found" if missing else "file_unreadable", file=str(error.filename))
    return error


def _language(arguments: Sequence[str], environ: Mapping[str, str]) -> Language:
    """The language asked for, even in a line that click cannot read; else that of the locale."""
    asked = [text.removeprefix("--lang=") for text in arguments if text.startswith("--lang=")]
    with contextlib.suppress(ValueError, IndexError):
        asked.append(arguments[arguments.index("--lang") + 1])
    known = next((language for language in LANGUAGES if language in asked), None)
    locale = next((environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environ.get(name)), None)
    return known or language_of(locale)


def _ascii_only() -> bool:
    return not (sys.stdout.encoding or "").lower().startswith("utf")


def _usage(error: click.ClickException, language: Language) -> str:
    """Click's complaint in the reader's language."""
    match error:
        case click.NoSuchOption():
            return phrase("cli.usage.no_such_option", language, option=error.option_name)
        case click.exceptions.NoSuchCommand():
            known = listing(tuple(advisor.commands), language)
            return phrase("cli.usage.no_such_command", language, name=error.command_name, known=known)
        case click.MissingParameter():
            return phrase("cli.usage.missing", language, name=_named(error))
        case click.BadParameter():
            return phrase(
                "cli.usage.bad_value", language, name=_named(error), wanted=_wanted(error, language)
            )
        case _:
            return phrase("cli.usage.other", language, reason=error.format_message().rstrip("."))


def _named(error: click.BadParameter) -> str:
    if error.param is None:
        return error.param_hint if isinstance(error.param_hint, str) else "?"
    return error.param.opts[0] if isinstance(error.param, click.Option) else error.param.human_readable_name


def _wanted(error: click.BadParameter, language: Language) -> str:
    """What the parameter would take."""
    kind = error.param.type if error.param else None
    if isinstance(kind, click.Choice):
        return phrase(
            "cli.usage.wanted.choice", language, known=listing([str(one) for one in kind.choices], language)
        )
    names = {click.DateTime: "day", click.types.FloatParamType: "number", click.types.IntParamType: "whole"}
    name = next(
        (said for known, said in names.items() if kind is not None and isinstance(kind, known)), "other"
    )
    return phrase(f"cli.usage.wanted.{name}", language)
