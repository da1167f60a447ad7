"""What the pages keep of a plan, as people call it: each entry of `inputs` by its page and label, and its value."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from advisor.language import Language, phrase, phrase_keys

# Where a page keeps the labels of its widgets, the likeliest place first.
LABELS = ("{page}.form.{name}", "{page}.field.{name}", "{page}.rate.{name}", "{page}.page.{name}", "{page}.{name}",
          "{page}.memory_{name}", "{page}.need_{name}", "{page}.choose.{name}", "{page}.{name}.label",
          "{page}.size.{name}", "{page}.judges.{name}", "{page}.results.{name}", "{page}.sheets.{name}",
          "{whole}.{page}.{name}")  # fmt: skip
# Entries that are called otherwise than they are kept.
NAMED: Mapping[str, str] = {
    "annotation.sheet": "preparation.annotation.upload",
    "baseline.llm_cost_per_request": "baseline.page.llm_cost",
    "cost.arms": "cost.arms.heading",
    "data.file": "history.inputs.file",
    "evaluation.answers": "evaluation.sheets.upload",
    "evaluation.judges": "evaluation.judges.models",
    "evaluation.pairwise": "evaluation.pairwise.upload",
    "evaluation.results_target": "evaluation.results.target",
    "evaluation.scores": "evaluation.results.upload",
    "improve.losses": "improve.losses_upload",
    "improve.rounds": "improve.rounds_title",
    "models.chosen": "history.inputs.chosen",
    "models.typed": "history.inputs.typed",
    "preparation.left_out": "history.inputs.left_out",
}
# Values that are kept by an id, and where it is put into words.
SAID: Mapping[str, str] = {
    "baseline.metric": "baseline.metric",
    "baseline.rungs": "baseline.page",
    "baseline.task": "baseline.task",
    "cost.preset": "cost.preset",
    "models.language": "models.language_name",
}
# Pages of the plan's inputs that are a part of another page.
PART_OF = {"annotation": "preparation"}


def input_called(rest: str, language: Language) -> str:
    """What the entry `inputs.<rest>` is called.

    >>> input_called("cost.today.requests_per_month", "en"), input_called("models_rank", "en")
    ('Cost: Requests a month', 'Models: Rank (LoRA family)')
    """
    page, name = _parts(rest)
    label, said = _label(page, name), page_called(PART_OF.get(page, page), language)
    if label is None:
        return phrase("history.typed", language, page=said)
    return phrase("history.input", language, page=said, label=phrase(label, language))


def input_shown(rest: str, value: str, language: Language) -> str:
    """A value of the entry `inputs.<rest>`, in words where it is an id that we know.

    >>> input_shown("baseline.ran.metric", "macro_f1", "en")
    'Macro-F1'
    """
    key = f"{SAID.get('.'.join(_parts(rest)))}.{value}"
    return phrase(key, language) if key in phrase_keys() else value


def page_called(page: str, language: Language) -> str:
    """A page's name; its id where an older or foreign file holds one that is not known here."""
    key = f"common.pages.{page}"
    return phrase(key, language) if key in phrase_keys() else page


def _parts(rest: str) -> tuple[str, str]:
    """The page, and the entry's own name: `models_rank` and `cost.today.months` are kept under both forms."""
    page, *others = rest.split(".")
    if others:
        return page, others[-1]
    page, _, name = rest.partition("_")
    return page, name


@cache
def _label(page: str, name: str) -> str | None:
    """The phrase that a page's own widget is labelled with; none with a gap to fill."""
    whole = PART_OF.get(page, page)
    forms = (form.format(whole=whole, page=page, name=name) for form in LABELS)
    keys = (NAMED.get(f"{page}.{name}", ""), *forms)
    return next((key for key in keys if key in phrase_keys() and "{" not in phrase(key, "ja")), None)
