"""The Hub: what it answers, everything that can go wrong, and that nothing takes longer than its deadline."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from advisor import hub
from advisor.answers.model import Model
from advisor.language import LANGUAGES, problem
from advisor.models import ModelReport
from pricing import Problem
from tests.hub_standin import StandIn, serving

ON = date(2026, 11, 22)
# Machines are slow at times; what matters is that a request ends near its deadline and not after a minute.
LENIENCY = 3.0
GIVEN = "hf_given_by_the_edge"
LLAMA = {
    "model_type": "llama", "max_position_embeddings": 8192, "hidden_size": 4096, "num_hidden_layers": 32,
    "num_attention_heads": 32, "num_key_value_heads": 8, "intermediate_size": 14336, "vocab_size": 128256,
}  # fmt: skip


@pytest.fixture
def standin() -> Iterator[StandIn]:
    hub_of_our_own = StandIn()
    hub_of_our_own.add(
        "meta/llama",
        {"config.json": LLAMA, "tokenizer_config.json": {"model_max_length": 1e30}},
        license="llama3",
        language=["en"],
        _pipeline_tag="text-generation",
        _safetensors={"total": 8_030_261_248, "parameters": {"BF16": 8_030_261_248}},
    )
    hub_of_our_own.add(
        "me/child",
        {"config.json": LLAMA},
        license="apache-2.0",
        language="ja",
        base_model="meta/llama",
        _tags=["base_model:finetune:meta/llama", "license:apache-2.0"],
    )
    with serving(hub_of_our_own) as running:
        yield running


def ask(standin: StandIn, model: str, **more: Any) -> ModelReport:
    return hub.report(model, on=ON, endpoint=standin.url, **more)


def refused(standin: StandIn, model: str, **more: Any) -> Problem:
    with pytest.raises(Problem) as error:
        ask(standin, model, **more)
    return error.value


def test_a_model_is_read_with_its_parent(standin: StandIn) -> None:
    answer = Model.of(ask(standin, "me/child")).as_json()
    assert answer["licence"] == "apache-2.0"
    assert answer["commercial"] == "conditional"
    assert [(one["id"], one["licence"], one["relation"]) for one in answer["lineage"]] == [
        ("meta/llama", "llama3", "finetune")
    ]
    assert (answer["context_length"], answer["languages"], answer["source"]) == (8192, ["ja"], "hub")
    assert answer["parameters"] == 8_030_261_248
    assert answer["checked"] == ON.isoformat()


def test_the_tokenizers_sentinel_is_no_limit(standin: StandIn) -> None:
    found = ask(standin, "meta/llama")
    assert found.context.tokens == 8192
    assert found.context.notes == ()


def test_a_sentence_model_is_cut_where_its_own_file_says(standin: StandIn) -> None:
    files = {
        "config.json": {"model_type": "bert", "max_position_embeddings": 512},
        "sentence_bert_config.json": {"max_seq_length": 256},
    }
    standin.add("st/mini", files, license="apache-2.0")
    assert ask(standin, "st/mini").context.tokens == 256


def test_packed_4_bit_weights_are_counted_from_the_settings(standin: StandIn) -> None:
    packed = {"total": 4_560_000_000, "parameters": {"U8": 4_000_000_000, "BF16": 560_000_000}}
    standin.add("q/llama-4bit", {"config.json": LLAMA}, license="llama3", _safetensors=packed)
    assert ask(standin, "q/llama-4bit").parameters == 8_030_261_248


def test_a_gguf_repository_answers_without_a_config(standin: StandIn) -> None:
    gguf = {"total": 7_000_000_000, "context_length": 32768}
    standin.add("g/model-GGUF", license="mit", _gguf=gguf)
    found = ask(standin, "g/model-GGUF")
    assert (found.context.tokens, found.parameters) == (32768, 7_000_000_000)


def test_a_data_set_is_read_too(standin: StandIn) -> None:
    card = {"license": "cc-by-nc-4.0", "language": ["ja"]}
    standin.datasets["lab/corpus"] = {"id": "lab/corpus", "sha": "b" * 40, "cardData": card, "tags": []}
    answer = Model.of(ask(standin, "datasets/lab/corpus")).as_json()
    assert (answer["kind"], answer["commercial"]) == ("dataset", "no")


def test_training_data_of_a_model_is_looked_up(standin: StandIn) -> None:
    standin.datasets["lab/corpus"] = {"id": "lab/corpus", "cardData": {"license": "cc-by-nc-4.0"}, "tags": []}
    standin.add("me/tuned", {"config.json": LLAMA}, license="mit", datasets=["lab/corpus"])
    found = ask(standin, "me/tuned")
    assert found.permissions.use == "conditional"


def test_a_gated_model_shows_its_licence_but_not_its_settings(standin: StandIn) -> None:
    standin.add("gate/model", {"config.json": LLAMA}, license="gemma", _gated="manual")
    standin.gated.add("gate/model")
    found = ask(standin, "gate/model")
    answer = Model.of(found).as_json()
    assert (answer["licence"], answer["gated"], answer["context_length"]) == ("gemma", "manual", None)
    assert answer["missing"] == ["config"]
    assert found.facts.trouble
    assert found.facts.trouble.id == "hub_gated"


def test_a_gated_model_that_ships_with_us_has_its_settings_from_the_snapshot(standin: StandIn) -> None:
    standin.add("google/gemma-2-9b", {}, license="gemma", _gated="manual")
    standin.gated.add("google/gemma-2-9b")
    answer = Model.of(ask(standin, "google/gemma-2-9b")).as_json()
    assert (answer["context_length"], answer["parameters"], answer["missing"]) == (8192, 9_241_705_984, [])


def test_settings_taken_from_the_snapshot_are_not_passed_off_as_the_hubs(standin: StandIn) -> None:
    standin.add("google/gemma-7b", {}, license="gemma", language="en", _gated="manual")
    standin.gated.add("google/gemma-7b")
    answer = Model.of(ask(standin, "google/gemma-7b")).as_json()
    assert (answer["source"], answer["licence_source"]["kind"]) == ("hub", "official")
    assert (answer["figures_source"]["kind"], answer["from_memory"]) == ("copy", ["context"])
    assert answer["figures_source"]["url"] != answer["url"]


def test_figures_that_the_hub_gave_are_the_hubs(standin: StandIn) -> None:
    answer = Model.of(ask(standin, "meta/llama")).as_json()
    assert (answer["figures_source"]["kind"], answer["from_memory"]) == ("official", [])


@pytest.mark.parametrize(
    ("model", "expected", "field"),
    [
        ("no/such", "hub_not_found", ("asked", "no/such")),
        ("busy/model", "hub_busy", ("seconds", 55)),
        ("down/model", "hub_down", ("status", 503)),
        ("portal/model", "hub_not_json", None),
        ("odd/model", "hub_not_json", None),
        ("huge/model", "hub_answer_too_large", None),
        ("forbidden/model", "hub_forbidden", None),
        ("denied/model", "hub_unauthorized", None),
        ("disabled/model", "hub_disabled", None),
    ],
)
def test_every_refusal_is_told_apart_and_said_in_both_languages(
    standin: StandIn, model: str, expected: str, field: tuple[str, object] | None
) -> None:
    error = refused(standin, model)
    assert error.id == expected
    if field:
        assert error.fields[field[0]] == field[1]
    for language in LANGUAGES:
        sentence = problem(error, language)
        assert "{" not in sentence
        assert expected not in sentence


def test_a_stalling_hub_is_left_at_the_deadline(standin: StandIn) -> None:
    began = time.monotonic()
    error = refused(standin, "slow/model", deadline=0.5)
    assert error.id == "hub_timeout"
    assert time.monotonic() - began < 0.5 + LENIENCY


def test_what_came_in_time_is_kept_when_a_parent_stalls(standin: StandIn) -> None:
    standin.add("me/waits", {"config.json": LLAMA}, license="apache-2.0", base_model="slow/parent")
    began = time.monotonic()
    found = ask(standin, "me/waits", deadline=1.0)
    assert time.monotonic() - began < 1.0 + LENIENCY
    assert found.context.tokens == 8192
    assert found.permissions.use == "unknown"
    assert Model.of(found).as_json()["missing"] == ["slow/parent"]
    assert [condition.id for condition in found.conditions if condition.of == "slow/parent"] == [
        "parent_unchecked"
    ]


def test_nothing_listening_is_one_sentence_and_at_once() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        dead = f"http://127.0.0.1:{taken.getsockname()[1]}"
        began = time.monotonic()
        with pytest.raises(Problem) as error:
            hub.report("some/model", on=ON, endpoint=dead)
    assert error.value.id == "hub_unreachable"
    assert time.monotonic() - began < hub.DEADLINE
    assert dead in problem(error.value, "en")


def test_a_shipped_model_is_answered_when_nothing_listens() -> None:
    found = hub.report("Qwen/Qwen3-8B", on=ON, endpoint="http://127.0.0.1:9")
    assert Model.of(found).as_json()["source"] == "snapshot"
    assert found.facts.trouble
    assert found.facts.trouble.id == "hub_unreachable"


def test_offline_mode_asks_nobody(standin: StandIn) -> None:
    assert Model.of(ask(standin, "Qwen/Qwen3-8B", offline=True)).as_json()["source"] == "snapshot"
    assert refused(standin, "some/model", offline=True).id == "hub_offline"
    assert standin.requests == []


@pytest.mark.parametrize(
    "model",
    ["a/b/c", "../x", "a b", "", " ", "x" * 500, "😀/model", "モデル", "a/..", "-a/b", "a/b.git", "a//b", "a\n/b", "http://x"],
)  # fmt: skip
def test_a_bad_id_is_refused_before_any_request(standin: StandIn, model: str) -> None:
    error = refused(standin, model)
    assert error.id == "hub_bad_id"
    assert len(problem(error, "ja")) < 250
    assert standin.requests == []


def test_an_answer_is_kept_for_the_day(standin: StandIn, tmp_path: Path) -> None:
    first = Model.of(ask(standin, "me/child", cache=tmp_path)).as_json()
    standin.requests.clear()
    began = time.monotonic()
    again = Model.of(ask(standin, "me/child", cache=tmp_path)).as_json()
    assert time.monotonic() - began < 0.1 + LENIENCY
    assert standin.requests == []
    assert again == first | {"source": "cache"}


def test_the_next_day_files_are_fetched_only_when_the_repository_changed(
    standin: StandIn, tmp_path: Path
) -> None:
    ask(standin, "meta/llama", cache=tmp_path)
    standin.requests.clear()
    tomorrow = ON + timedelta(days=1)
    found = hub.report("meta/llama", on=tomorrow, endpoint=standin.url, cache=tmp_path)
    assert (found.facts.source.checked, found.context.tokens) == (tomorrow, 8192)
    assert standin.asked_for("/resolve/") == []
    standin.models["meta/llama"]["sha"] = "c" * 40
    standin.files["meta/llama"]["config.json"] = LLAMA | {"max_position_embeddings": 16384}
    later = hub.report("meta/llama", on=tomorrow + timedelta(days=1), endpoint=standin.url, cache=tmp_path)
    assert later.context.tokens == 16384


def test_yesterdays_answer_serves_when_the_hub_is_down(standin: StandIn, tmp_path: Path) -> None:
    ask(standin, "me/child", cache=tmp_path)
    dead = hub.look_up("me/child", on=ON, endpoint=standin.url, cache=tmp_path, offline=True)
    assert dead.origin == "cache"
    tomorrow = ON + timedelta(days=1)
    older = hub.look_up("me/child", on=tomorrow, endpoint=standin.url, cache=tmp_path, offline=True)
    assert (older.origin, older.source.checked) == ("cache", ON)
    assert older.trouble


def test_a_broken_cache_counts_as_none(standin: StandIn, tmp_path: Path) -> None:
    ask(standin, "me/child", cache=tmp_path)
    for file in tmp_path.rglob("*.json"):
        file.write_text("{half", encoding="utf-8")
    assert Model.of(ask(standin, "me/child", cache=tmp_path)).as_json()["source"] == "hub"


def test_a_parent_known_by_its_card_only_is_asked_for_its_files_when_it_is_chosen(
    standin: StandIn, tmp_path: Path
) -> None:
    ask(standin, "me/child", cache=tmp_path)
    assert ask(standin, "meta/llama", cache=tmp_path).context.tokens == 8192


def test_no_token_is_sent_unless_given(standin: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_from_the_environment")
    ask(standin, "meta/llama")
    assert not any("authorization" in one.headers for one in standin.requests)
    ask(standin, "meta/llama", token=GIVEN)
    assert {one.headers.get("authorization") for one in standin.asked_for("/api/models/")} == {
        None,
        f"Bearer {GIVEN}",
    }


def test_a_token_never_follows_a_redirect_to_another_host(standin: StandIn) -> None:
    with serving(StandIn()) as elsewhere:
        elsewhere.add("meta/llama", {"config.json": LLAMA}, license="llama3")
        standin.moved["old/name"] = elsewhere.url.replace("127.0.0.1", "localhost") + "/api/models/meta/llama"
        answer = Model.of(ask(standin, "old/name", token=GIVEN)).as_json()
        assert answer["licence"] == "llama3"
        assert elsewhere.requests
        assert not any("authorization" in one.headers for one in elsewhere.requests)


def test_a_token_is_in_no_problem_and_no_cached_file(standin: StandIn, tmp_path: Path) -> None:
    ask(standin, "meta/llama", token=GIVEN, cache=tmp_path)
    error = refused(standin, "denied/model", token=GIVEN)
    assert GIVEN not in str(error) + problem(error, "en")
    assert all(GIVEN not in file.read_text(encoding="utf-8") for file in tmp_path.rglob("*.json"))


def test_nobody_but_the_endpoint_is_asked(standin: StandIn) -> None:
    ask(standin, "me/child")
    assert {one.path.split("?")[0] for one in standin.requests} == {
        "/api/models/me/child",
        "/api/models/meta/llama",
        "/me/child/resolve/main/config.json",
        "/me/child/resolve/main/tokenizer_config.json",
    }


def test_a_search_asks_the_hub_with_its_filters(standin: StandIn) -> None:
    standin.add(
        "jp/small",
        license="mit",
        language="ja",
        _pipeline_tag="text-generation",
        _safetensors={"total": 2_000_000_000},
    )
    wanted = hub.Wanted(words="small", language="ja", licence_class="permissive", largest=3_000_000_000)
    found, trouble = hub.search(wanted, on=ON, endpoint=standin.url)
    assert (found[0].id, trouble) == ("jp/small", None)
    assert "num_parameters=max%3A3000000000" in standin.requests[0].path


def test_a_search_without_the_hub_finds_shipped_models_and_says_why() -> None:
    found, trouble = hub.search(
        hub.Wanted(words="swallow", language="ja"), on=ON, endpoint="http://127.0.0.1:9"
    )
    assert found
    assert trouble
    assert trouble.id == "hub_unreachable"


@pytest.mark.parametrize(
    "card",
    [
        {"license": 7, "language": {"a": 1}, "base_model": [3, None, "meta/llama"]},
        {"license": ["mit", 4], "datasets": "one/two", "language": [1, 2]},
    ],
)
def test_an_odd_card_is_read_as_far_as_it_makes_sense(standin: StandIn, card: dict[str, Any]) -> None:
    standin.add("odd-card/model", {"config.json": [1, 2], "tokenizer_config.json": "x"}, **card)
    answer = Model.of(ask(standin, "odd-card/model")).as_json()
    assert answer["context_length"] is None
    assert answer["commercial"] in {"unknown", "conditional"}


def test_a_card_of_the_wrong_types_is_not_taken_for_an_answer(standin: StandIn) -> None:
    standin.add("bad/types", license="mit", _sha=12, _pipeline_tag=["x"])
    assert refused(standin, "bad/types").id == "hub_not_json"


def test_a_deeply_nested_answer_does_no_harm(standin: StandIn) -> None:
    standin.add("deep/model", {"config.json": b"[" * 200_000}, license="mit")
    assert ask(standin, "deep/model").context.tokens is None
