"""What follows from a model's facts: the licence through its whole chain, the fit of the plan's own texts."""

from __future__ import annotations

from datetime import date

import pytest

from advisor.answers.model import Model
from advisor.language import _area
from advisor.models import ModelFacts, ModelReport, Parent, TextLengths, assess, fit_texts, manual
from advisor.models.context import ContextLength
from advisor.models.licences import STRICTNESS
from advisor.models.snapshot import FOLDER, Snapshot, Wanted, search_shipped, shipped, snapshot
from pricing.sources import Kind, Source, read_yaml

ON = date(2026, 11, 22)
KEYS = {
    "licence", "permissions", "commercial", "conditions", "lineage", "context_length", "context_basis", "context_notes",
    "parameters", "languages", "gated", "source", "checked", "kind_of_source", "kind_of_verdict", "licence_source",
    "from_memory", "figures_source",
}  # fmt: skip


def facts(name: str, licence: str | None, *parents: str, datasets: tuple[str, ...] = ()) -> ModelFacts:
    return ModelFacts(
        id=name,
        licences=(licence,) if licence else (),
        parents=tuple(Parent(id=parent) for parent in parents),
        datasets=datasets,
        source=Source(url=f"https://example.org/{name}", checked=ON, kind="official"),
    )


def report(model: ModelFacts, *others: ModelFacts) -> ModelReport:
    known = {other.id: other for other in others}
    return assess(model, lambda name: known.get(name.removeprefix("datasets/")))


def conditions(found: ModelReport) -> set[tuple[str, str]]:
    return {(condition.id, condition.of) for condition in found.conditions}


def test_a_free_child_of_a_bound_parent_is_bound() -> None:
    found = report(facts("me/child", "apache-2.0", "meta/llama"), facts("meta/llama", "llama3"))
    assert found.permissions.use == "conditional"
    assert found.permissions.train_on_outputs == "no"
    assert ("name_llama3", "meta/llama") in conditions(found)


def test_a_free_grandchild_of_a_non_commercial_model_may_not_be_used() -> None:
    found = report(
        facts("me/child", "mit", "you/middle"),
        facts("you/middle", "apache-2.0", "lab/root"),
        facts("lab/root", "cc-by-nc-4.0"),
    )
    assert found.permissions.use == "no"
    assert [(one.id, one.licence) for one in found.lineage] == [
        ("you/middle", "apache-2.0"),
        ("lab/root", "cc-by-nc-4.0"),
    ]


def test_no_licence_is_no_permission() -> None:
    found = report(facts("me/model", None))
    assert found.permissions.use == "unknown"
    assert conditions(found) == {("no_licence", "me/model")}


def test_a_parent_that_could_not_be_checked_leaves_the_verdict_open() -> None:
    found = report(facts("me/child", "apache-2.0", "gone/parent"))
    assert found.permissions.use == "unknown"
    assert ("parent_unchecked", "gone/parent") in conditions(found)


def test_an_unlisted_licence_is_unknown_and_says_so() -> None:
    found = report(facts("me/model", "house-rules-1.0"))
    assert found.permissions.use == "unknown"
    assert conditions(found) == {("unlisted", "me/model")}


def test_several_licences_all_bind() -> None:
    model = facts("swallow/instruct", None).model_copy(update={"licences": ("llama3.1", "gemma")})
    found = report(model)
    assert Model.of(found).as_json()["licence"] == "llama3.1 + gemma"
    assert {"outputs_name_llama", "gemma_outputs"} <= {name for name, _ in conditions(found)}


def test_restrictive_training_data_makes_a_free_licence_conditional() -> None:
    model = facts("me/model", "apache-2.0", datasets=("lab/nc-data",))
    found = report(model, facts("lab/nc-data", "cc-by-nc-4.0"))
    assert found.permissions.use == "conditional"
    assert ("data_limits", "lab/nc-data") in conditions(found)
    assert found.lineage[0].relation == "dataset"


def test_free_training_data_changes_nothing() -> None:
    model = facts("me/model", "apache-2.0", datasets=("lab/free",))
    assert report(model, facts("lab/free", "cc0-1.0")).permissions.use == "yes"


def test_parents_in_a_circle_end() -> None:
    found = report(facts("a/a", "mit", "b/b"), facts("b/b", "apache-2.0", "a/a"))
    assert [one.id for one in found.lineage] == ["b/b"]
    assert found.permissions.use == "yes"


def test_gated_is_not_a_licence() -> None:
    gated = facts("me/model", "apache-2.0").model_copy(update={"gated": "manual"})
    assert report(gated).permissions.use == "yes"


@pytest.mark.parametrize(
    ("lengths", "expected"),
    [
        (TextLengths(p99=1000, longest=3000, output=500), "fits"),
        (TextLengths(p99=3000, longest=5000, output=500), "longest_cut"),
        (TextLengths(p99=4000, longest=5000, output=500), "no"),
        (None, "unknown"),
    ],
)
def test_the_plans_texts_are_held_against_the_context(lengths: TextLengths | None, expected: str) -> None:
    assert fit_texts(ContextLength(4096, "hard"), lengths) == expected


def test_everything_fits_a_model_without_end_and_nothing_is_said_of_an_unknown_one() -> None:
    lengths = TextLengths(p99=10**6, longest=10**7)
    assert fit_texts(ContextLength(None, "unbounded"), lengths) == "fits"
    assert fit_texts(ContextLength(None, "unknown"), lengths) == "unknown"


def test_the_answer_has_the_promised_keys_in_both_languages() -> None:
    found = shipped("Qwen/Qwen2.5-7B-Instruct")
    assert found
    answer = Model.of(assess(found, shipped)).as_json()
    assert answer.keys() >= KEYS
    assert answer["context_length"] == 32768
    assert [note["id"] for note in answer["context_notes"]] == ["needs_yarn"]
    assert "131,072" in answer["context_notes"][0]["ja"]
    assert answer["source"] == "snapshot"
    assert all({"ja", "en", "url"} <= condition.keys() for condition in answer["conditions"])


def test_figures_typed_by_hand_are_marked_as_such() -> None:
    typed = manual("our/model", on=ON, licence="mit", context_tokens=2048, parameters=7_000_000_000)
    answer = Model.of(assess(typed)).as_json()
    assert (answer["source"], answer["context_length"], answer["commercial"]) == ("manual", 2048, "yes")


def test_the_snapshot_is_large_enough_and_a_quarter_japanese() -> None:
    models = [one for one in snapshot().values() if one.kind == "model"]
    japanese = [one for one in models if "ja" in one.languages]
    assert len(models) >= 80
    assert len(japanese) * 4 >= len(models)


@pytest.mark.parametrize("model", snapshot().values(), ids=lambda model: model.id)
def test_every_shipped_model_names_its_source_and_only_shipped_parents(model: ModelFacts) -> None:
    assert model.source.url.startswith("https://")
    assert model.source.note
    assert all(shipped(parent.id) for parent in model.parents)
    found = assess(model, lambda name: shipped(name.removeprefix("datasets/")))
    assert all(one.found for one in found.lineage)
    assert STRICTNESS[found.permissions.use] >= STRICTNESS[found.own.permissions.use]


@pytest.mark.parametrize(
    ("name", "use"),
    [
        ("Qwen/Qwen2.5-3B-Instruct", "no"),
        ("Qwen/Qwen2.5-7B-Instruct", "yes"),
        ("Qwen/Qwen2.5-72B-Instruct", "conditional"),
        ("deepseek-ai/DeepSeek-R1-Distill-Llama-8B", "conditional"),
        ("deepseek-ai/DeepSeek-R1-Distill-Qwen-7B", "yes"),
        ("deepseek-ai/DeepSeek-V3", "conditional"),
        ("deepseek-ai/DeepSeek-V3-0324", "yes"),
        ("stockmark/stockmark-13b", "yes"),
        ("stockmark/stockmark-13b-instruct", "yes"),
        ("karakuri-ai/karakuri-lm-70b-chat-v0.1", "no"),
        ("Fugaku-LLM/Fugaku-LLM-13B", "conditional"),
        ("sbintuitions/sarashina2-70b", "yes"),
        ("sbintuitions/sarashina2-8x70b", "no"),
        ("tohoku-nlp/bert-base-japanese-v2", "conditional"),
        ("tohoku-nlp/bert-base-japanese-v3", "yes"),
    ],
)
def test_size_version_and_variant_decide_never_the_family_name(name: str, use: str) -> None:
    found = shipped(name)
    assert found
    assert assess(found, shipped).permissions.use == use


def vouched(name: str, kind: Kind, *parents: str) -> ModelFacts:
    """A model under apache-2.0, whose text was read, declared in a source of this kind."""
    model = facts(name, "apache-2.0", *parents)
    return model.model_copy(update={"source": model.source.model_copy(update={"kind": kind})})


def test_a_verdict_is_as_good_as_the_weakest_source_in_its_chain() -> None:
    found = report(vouched("me/child", "official", "you/parent"), vouched("you/parent", "judgement"))
    assert found.kind_of_verdict == "judgement"
    assert ("declared_from_memory", "you/parent") in conditions(found)
    assert ("declared_from_memory", "me/child") not in conditions(found)
    assert report(vouched("me/model", "official")).kind_of_verdict == "copy"


def test_every_repository_of_a_chain_whose_licence_is_from_memory_is_named() -> None:
    found = report(vouched("me/child", "judgement", "you/parent"), vouched("you/parent", "judgement"))
    doubted = {of for name, of in conditions(found) if name == "declared_from_memory"}
    assert doubted == {"me/child", "you/parent"}


def test_a_licence_declared_from_memory_cites_the_card_to_check() -> None:
    phi = shipped("microsoft/phi-2")
    assert phi
    answer = Model.of(assess(phi, shipped)).as_json()
    doubt = next(one for one in answer["conditions"] if one["id"] == "declared_from_memory")
    assert doubt["url"] == doubt["source"]["url"] == "https://huggingface.co/microsoft/phi-2"
    assert doubt["source"]["kind"] == "judgement"


def test_a_licence_whose_text_was_not_re_read_says_so() -> None:
    found = report(facts("me/model", "apple-amlr"))
    assert ("text_from_memory", "me/model") in conditions(found)
    assert found.kind_of_verdict == "judgement"


def test_what_a_user_states_is_not_called_our_memory() -> None:
    typed = assess(manual("our/model", on=ON, licence="apache-2.0"))
    assert typed.kind_of_verdict == "copy"
    assert conditions(typed) == {
        (name, "our/model") for name in ("keep_notice", "state_changes", "patent_ends")
    }


def test_the_answer_carries_the_kind_of_its_sources() -> None:
    found = shipped("Qwen/Qwen3-8B")
    assert found
    answer = Model.of(assess(found, shipped)).as_json()
    assert (answer["kind_of_source"], answer["licence_source"]["kind"]) == ("copy", "official")
    assert answer["kind_of_verdict"] == "copy"
    assert "languages" in answer["from_memory"]


@pytest.mark.parametrize("model", snapshot().values(), ids=lambda model: model.id)
def test_what_a_shipped_record_owes_to_memory_is_named(model: ModelFacts) -> None:
    """No note may speak of memory under a kind of source that claims a reading, unless the part is listed."""
    notes = {"figures": model.source, "licence": model.licence_read_in}
    for what, source in notes.items():
        assert source.note, f"{what} of {model.id}"
    if model.kind == "model" and model.source.kind == "judgement" and model.config:
        assert "context" in model.from_memory
    if (
        model.kind == "model"
        and "shape" in (model.source.note or "")
        and "not re-read" in (model.source.note or "")
    ):
        assert {"shape", "context"} & set(model.from_memory)


def test_one_question_reads_one_record() -> None:
    fresh = Snapshot(snapshot().texts)
    assert fresh["Qwen/Qwen3-8B"].id == "Qwen/Qwen3-8B"
    assert list(fresh.read) == ["Qwen/Qwen3-8B"]


def test_one_question_reads_the_phrases_of_one_area() -> None:
    found = shipped("Qwen/Qwen3-8B")
    assert found
    _area.cache_clear()
    assert Model.of(assess(found, shipped)).as_json()["context_notes"]
    assert _area.cache_info().currsize == 1


def test_the_records_are_all_those_of_the_files() -> None:
    ids = [one["id"] for path in FOLDER.glob("*.yaml") for one in read_yaml(path)]
    assert sorted(ids) == sorted(snapshot())
    assert all(id == facts.id for id, facts in snapshot().items())


def test_the_snapshot_is_searched_by_name_language_licence_size_and_task() -> None:
    found = search_shipped(
        Wanted(words="qwen3", language="ja", licence_class="permissive", largest=2_000_000_000)
    )
    assert [one.id for one in found if "Base" not in one.id][:2] == ["Qwen/Qwen3-0.6B", "Qwen/Qwen3-1.7B"]
    assert not search_shipped(Wanted(words="qwen3", licence_class="non_commercial"))
    assert all(one.task == "fill-mask" for one in search_shipped(Wanted(task="fill-mask")))
    assert all("gemma" in one.id.lower() for one in search_shipped(Wanted(words="gemma")))
