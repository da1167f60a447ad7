"""Licences: every Hub id is read, every condition explained, and the strictest of several wins."""

from __future__ import annotations

import pytest

from advisor.models.licences import (
    QUESTIONS,
    STRICTNESS,
    Licence,
    licence_book,
    strictest,
    strictest_permissions,
)

BOOK = licence_book()
ALL = (*BOOK.licences.values(), *BOOK.named)


def test_every_licence_id_of_the_hub_is_known() -> None:
    assert len(BOOK.licences) == 83
    assert len(BOOK.named) >= 24


@pytest.mark.parametrize("licence", ALL, ids=lambda licence: licence.id)
def test_every_licence_says_what_it_asks_and_where_it_can_be_read(licence: Licence) -> None:
    assert licence.conditions
    assert licence.source.url.startswith("https://")


@pytest.mark.parametrize("licence", ALL, ids=lambda licence: licence.id)
def test_no_permission_is_laxer_than_the_use_it_needs(licence: Licence) -> None:
    """What may not be used commercially may not be fine-tuned, shared or distilled commercially either."""
    if licence.permissions.use == "no":
        assert all(licence.permissions.answer(question) == "no" for question in QUESTIONS)
    assert STRICTNESS[licence.permissions.share] >= STRICTNESS[licence.permissions.use]


def test_conditions_are_written_in_both_languages_and_all_used() -> None:
    used = {condition for licence in ALL for condition in licence.conditions}
    about_the_chain = {
        "no_licence", "unlisted", "parent_unchecked", "data_limits", "declared_from_memory", "text_from_memory",
    }  # fmt: skip
    assert used | about_the_chain == set(BOOK.conditions)
    for text in BOOK.conditions.values():
        assert text.ja.endswith("。")
        assert text.en.endswith((".", "”."))


@pytest.mark.parametrize(
    ("declared", "name", "found", "use"),
    [
        ("Apache 2.0", None, "apache-2.0", "yes"),
        ("CC_BY_NC-4.0", None, "cc-by-nc-4.0", "no"),
        ("other", "qwen-research", "qwen-research", "no"),
        ("other", "qwen", "qwen", "conditional"),
        ("other", "tongyi-qianwen-license-agreement", "tongyi-qianwen", "conditional"),
        ("other", "llama4", "llama4", "conditional"),
        ("other", "mrl", "mrl", "no"),
        ("other", "Mistral AI Non-Production License", "mnpl", "no"),
        ("other", "falcon-180b-license", "falcon-180b", "conditional"),
        ("other", "stabilityai-nc-research-community", "stabilityai-nc", "no"),
        ("other", "stabilityai-ai-community", "stability-ai-community", "conditional"),
        ("other", "sarashina-model-noncommercial-license", "sarashina-non-commercial", "no"),
        ("other", "fugaku-llm-tou", "fugaku-llm", "conditional"),
        ("other", "karakuri", "karakuri", "no"),
        ("other", None, "other", "unknown"),
        ("other", "a-licence-of-our-own", None, None),
        ("my-own-terms", None, None, None),
    ],
)
def test_a_declared_licence_is_recognised(
    declared: str, name: str | None, found: str | None, use: str | None
) -> None:
    licence = BOOK.find(declared, name)
    assert (licence.id if licence else None) == found
    assert (licence.permissions.use if licence else None) == use


def outputs(declared: str, name: str | None = None) -> str:
    licence = BOOK.find(declared, name)
    assert licence
    return licence.permissions.train_on_outputs


def test_outputs_of_llama_2_and_3_may_not_train_other_models_and_those_of_3_1_may() -> None:
    assert outputs("llama2") == outputs("llama3") == outputs("grok2-community") == "no"
    assert outputs("llama3.1") == outputs("gemma") == "conditional"
    assert outputs("apache-2.0") == "yes"


def test_outputs_of_the_first_qwen_may_not_train_other_models_and_those_of_the_later_licence_may() -> None:
    assert outputs("other", "tongyi-qianwen-license-agreement") == "no"
    assert outputs("other", "qwen") == "conditional"
    assert outputs("other", "stabilityai-ai-community") == "no"


def test_a_text_that_nobody_re_read_is_never_held_with_high_confidence_unless_it_is_a_family() -> None:
    families = {"openrail", "bsd", "gpl", "lgpl", "cc"}
    doubtful = [one for one in ALL if one.source.kind == "judgement" and one.id not in families]
    assert doubtful
    assert [one.id for one in doubtful if one.confidence == "high"] == []
    assert [one.id for one in ALL if one.source.kind == "judgement" and not one.source.note] == []


def test_the_strictest_answer_wins() -> None:
    assert strictest(["yes", "conditional"]) == "conditional"
    assert strictest(["unknown", "conditional"]) == "unknown"
    assert strictest(["no", "unknown"]) == "no"
    both = strictest_permissions([BOOK.licences["llama3"].permissions, BOOK.licences["gemma"].permissions])
    assert (both.use, both.train_on_outputs) == ("conditional", "no")


def test_data_made_with_another_companys_model_carries_its_terms() -> None:
    terms = next(one for one in BOOK.named if one.id == "openai-terms")
    assert terms.covers_data("tatsu-lab/alpaca")
    assert not terms.covers_data("databricks/databricks-dolly-15k")
