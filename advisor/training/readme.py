"""The kit in words: what is in it, what it is expected to take, why each setting is as it is, and the commands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from advisor.answers.memory import card_name
from advisor.language import Language, day, duration, money, number, phrase, problem
from advisor.report.markdown import escape
from advisor.training.expected import Expected
from advisor.training.settings import Setting
from pricing.sources import Source

if TYPE_CHECKING:
    from advisor.training import Kit


def readme(kit: Kit) -> str:
    """`README.md` of a kit in its language; what a team wrote is shown literally."""
    language = kit.language

    def say(key: str, **values: object) -> str:
        return phrase(f"training.readme.{key}", language, **values)

    where = escape(kit.model)
    rows = {part: number(count, language) for part, count in kit.rows.items()}
    blocks = [
        f"# {say('title', title=escape(kit.title))}",
        say("purpose", route=escape(kit.route.name.say(language)), model=where, day=day(kit.on, language)),
        f"## {say('expected_title')}",
        "\n".join(f"- {escape(line)}" for line in expected_lines(kit.expected, language)),
        *([say("price_source", source=cited(kit.expected.source, language))] if kit.expected.source else []),
        *([say("ends", day=day(kit.ends, language))] if kit.ends else []),
        f"## {say('files_title')}",
        say("files", **rows),
        f"## {say('settings_title')}",
        settings_table(kit.settings, language),
        f"## {say('steps_title')}",
        _steps(kit),
        f"## {say('after_title')}",
        "\n".join([*([say("after_labels")] if kit.route.guide else []), say("after")]),
        f"## {say('safety_title')}",
        say("safety"),
    ]
    return "\n\n".join(blocks) + "\n"


def expected_lines(expected: Expected, language: Language) -> list[str]:
    """Tokens, money, hours and memory, one line each; what is not known is said to be."""

    def say(key: str, **values: object) -> str:
        return phrase(f"training.expected.{key}", language, **values)

    tokens = {
        "tokens": number(expected.tokens, language),
        "per_epoch": number(expected.tokens_per_epoch, language),
        "epochs": number(expected.epochs, language),
    }
    lines = [
        say("tokens_exact" if expected.exact else "tokens_estimated", **tokens),
        money_line(expected, language),
    ]
    if expected.memory_gib is None:
        return lines if expected.hosting_hour is None else [*lines, hosting_line(expected, language)]
    sizes = {
        "gib": number(expected.memory_gib or 0, language, 1),
        "upper": number(expected.memory_upper_gib or 0, language, 1),
    }
    lines.append(say("memory", **sizes))
    if expected.card and expected.hours:
        said = {name: duration(hours * 3600, language) for name, hours in vars(expected.hours).items()}
        lines.append(say("hours", card=card_name(expected.card), **said))
    else:
        lines.append(say("hours_unknown"))
    return lines


def money_line(expected: Expected, language: Language) -> str:
    """What the training is expected to cost, or why that is not known."""
    if expected.money is None:
        reason = problem(expected.unknown, language) if expected.unknown else "—"
        return phrase("training.expected.money_unknown", language, reason=reason)
    if expected.money_low is not None and expected.money_high is not None:
        said = {
            "typical": money(expected.money, language),
            "low": money(expected.money_low, language),
            "high": money(expected.money_high, language),
        }
        return phrase("training.expected.rent", language, **said)
    return phrase("training.expected.money", language, amount=money(expected.money, language))


def hosting_line(expected: Expected, language: Language) -> str:
    """What serving costs by the hour."""
    if not expected.hosting_hour:
        known = expected.hosting_hour is not None
        return phrase(f"training.expected.{'no_hosting' if known else 'hosting_unknown'}", language)
    return phrase("training.expected.hosting", language, amount=money(expected.hosting_hour, language))


def settings_table(settings: Sequence[Setting], language: Language) -> str:
    """Every setting with its value, why, and where that comes from."""
    heads = [phrase(f"training.column.{name}", language) for name in ("setting", "value", "why", "source")]
    lines = ["| " + " | ".join(heads) + " |", "|---|---|---|---|"]
    for setting in settings:
        source = cited(setting.source, language) if setting.source else "—"
        cells = (f"`{setting.id}`", f"`{written(setting)}`", escape(why(setting, language)), source)
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def written(setting: Setting) -> str:
    """The value as configuration files write it."""
    value = setting.value
    return (
        str(value).lower()
        if isinstance(value, bool)
        else f"{value:g}"
        if isinstance(value, float)
        else str(value)
    )


def why(setting: Setting, language: Language) -> str:
    """What the setting does, and what its value rests on."""
    does = phrase(f"training.why.{MEANS.get(setting.id, setting.id)}", language)
    return does + phrase(f"training.basis.{setting.basis}", language)


# Providers call the same thing by different names.
MEANS = {
    "n_epochs": "epochs",
    "epochCount": "epochs",
    "epoch_count": "epochs",
    "learningRate": "learning_rate",
    "lora_r": "rank",
    "lora_rank": "rank",
    "adapter_size": "rank",
    "lora_alpha": "alpha",
    "lora_trainable_modules": "targets",
    "batchSize": "batch_size",
    "learningRateWarmupSteps": "warmup",
}


def cited(source: Source, language: Language) -> str:
    """Place, kind and day of a source, in one line of Markdown."""
    kind = phrase(f"common.kinds.{source.kind}", language)
    note = f" — {escape(source.note)}" if source.note and language == "en" else ""  # notes are in English
    return f"<{source.url}> ({kind}, {day(source.checked, language)}){note}"


def _steps(kit: Kit) -> str:
    language = kit.language
    run = "python run.py"
    install = "python -m venv .venv && . .venv/bin/activate\npip install -r requirements.txt"
    variables = "\n".join(f"export {name}=..." for name in kit.route.needs)
    steps = [("install", install)]
    if variables:
        steps.append(("variables", variables))
    steps += [("dry_run", f"{run} start --dry-run"), ("start", f"{run} start --yes")]
    steps.append(("follow", f"{run} {'wait' if kit.route.is_hosted else 'status'}"))
    if kit.serves:
        steps.append(("serve", f"{run} serve --yes"))
    steps.append(("infer", f"{run} infer{' --model NAME' if kit.names_deployment else ''}"))
    if kit.serves:
        steps.append(("unserve", f"{run} unserve"))
    said = [
        f"{at}. {phrase(f'training.step.{name}', language)}\n\n   ```sh\n{_indented(code)}\n   ```"
        for at, (name, code) in enumerate(steps, 1)
    ]
    notes = [phrase(f"training.serving.{kit.route.id}", language)] if kit.names_deployment else []
    return "\n\n".join([*said, *notes])


def _indented(code: str) -> str:
    return "\n".join(f"   {line}" for line in code.split("\n"))
