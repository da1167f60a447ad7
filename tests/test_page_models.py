"""The Models page: both languages, offline from the shipped list, and every bad input answered beside its field."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from advisor import jobs
from advisor.pages import on_screen
from advisor.plan import new_plan
from tests.conftest import ROOT
from tests.hub_standin import StandIn, serving

SECONDS = 60
LLAMA = {
    "model_type": "llama", "max_position_embeddings": 8192, "hidden_size": 1024, "num_hidden_layers": 4,
    "num_attention_heads": 16, "num_key_value_heads": 8, "intermediate_size": 4096, "vocab_size": 32000,
}  # fmt: skip
CHOSEN = "models.chosen"
CHOICES = (CHOSEN, "models.ask_hub", "models.card", "models.adopt")


def opened(locale: str = "ja-JP", **inputs: object) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=SECONDS)
    app.context = {"locale": locale}
    app.run()
    state = app.session_state["open_plan"]
    # Without what the example has chosen already.
    typed = {name.replace("models_", "models.", 1): value for name, value in inputs.items()}
    for name, value in (dict.fromkeys(CHOICES) | typed).items():
        state.plan = state.plan.put(f"inputs.{name}", value)
    return app.switch_page("advisor/pages/models.py").run()


def said(app: AppTest) -> str:
    kinds = (app.title, app.header, app.markdown, app.caption, app.info, app.error)
    return "\n".join(str(one.value) for kind in kinds for one in kind).replace("\\", "")


@pytest.fixture(autouse=True)
def forget() -> Iterator[None]:
    import streamlit as st

    st.cache_data.clear()
    yield


@pytest.mark.parametrize(
    ("locale", "title", "verdict", "offline"),
    [
        ("ja-JP", "モデル", "商用で使う: 条件つき可", "つながりません"),
        ("en-US", "Models", "Use commercially: With conditions", "cannot be reached"),
    ],
)
def test_the_example_is_answered_from_the_snapshot_in_both_languages(
    locale: str, title: str, verdict: str, offline: str
) -> None:
    app = opened(locale)
    assert app.title[0].value == title
    app.button(key="models_example").click().run()
    assert not app.exception
    assert not app.error
    text = said(app)
    assert verdict in text
    assert text.count(offline) == 1
    assert "Llama-3.1-Swallow-8B-v0.2" in text


def test_the_example_opens_with_the_model_it_adopted_and_asks_nobody() -> None:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=SECONDS)
    app.context = {"locale": "en-US"}
    app.run().switch_page("advisor/pages/models.py").run()
    assert not app.exception and not app.error
    assert app.multiselect[0].value == ["Qwen/Qwen3-8B"]
    assert "The Hugging Face Hub was not asked" in said(app)
    assert "Use commercially: Yes" in said(app)


def test_a_bad_id_and_an_unknown_one_are_told_apart_and_the_known_one_is_shown() -> None:
    app = opened("en-US", models_chosen=["Qwen/Qwen3-8B", "a b", "nobody/nothing"])
    assert not app.exception
    errors = " ".join(error.value for error in app.error).replace("\\", "")
    assert "“a b” cannot be a model id" in errors
    assert "127.0.0.1" in errors
    assert "40,960 tokens" in said(app)


def test_without_the_hub_the_shipped_list_answers_at_once_and_nobody_is_asked() -> None:
    app = opened("en-US", models_chosen=["Qwen/Qwen3-8B"], models_ask_hub=False)
    assert not app.exception
    assert "HF_HUB_OFFLINE" in said(app)


@pytest.mark.parametrize(
    ("locale", "verdict", "memory", "condition"),
    [
        (
            "ja-JP",
            "判定は、一部が記憶に基づきます",
            "読み直していないもの: ",
            "記憶に基づき、配布元で読み直していません",
        ),
        ("en-US", "rests in part on memory", "not re-read: ", "was written from memory and not re-read"),
    ],
)
def test_a_verdict_that_rests_on_memory_says_so(
    locale: str, verdict: str, memory: str, condition: str
) -> None:
    text = said(opened(locale, models_chosen=["microsoft/phi-2"], models_ask_hub=False))
    assert verdict in text
    assert memory in text
    assert condition in text
    assert "(https://huggingface.co/microsoft/phi-2)" in text, "the card to check is one click away"
    assert verdict not in said(opened(locale, models_chosen=["openai/gpt-oss-20b"], models_ask_hub=False))


def test_texts_that_do_not_fit_are_said_so() -> None:
    app = opened("en-US", models_chosen=["openai-community/gpt2", "Qwen/Qwen3-8B"])
    state = app.session_state["open_plan"]
    figures = {"p99": 2000, "max": 3000, "total": 100_000}
    state.plan = state.plan.put("evidence.dataset", {"input_tokens": figures, "tokens": figures})
    app.run()
    assert not app.exception
    text = said(app)
    assert "Does not fit" in text
    assert "Even the longest text fits" in text
    assert "Our own texts: ✕ not met" in text


def test_adopting_puts_the_answers_into_the_plan() -> None:
    app = opened("en-US", models_chosen=["Qwen/Qwen3-8B"])
    app.button(key="models_adopt").click().run()
    assert not app.exception
    evidence = app.session_state["open_plan"].plan.evidence
    assert (evidence["model"].id, evidence["model"].commercial) == ("Qwen/Qwen3-8B", "yes")
    assert evidence["memory"].model == "Qwen/Qwen3-8B"
    assert list(evidence["memory"].fits) == ["l4"]
    assert "Adopted: Qwen/Qwen3-8B" in said(app)


def typed(app: AppTest, **fields: object) -> AppTest:
    for name, value in fields.items():
        kinds = [*app.text_input, *app.text_area, *app.number_input, *app.selectbox]
        next(one for one in kinds if str(one.key).endswith(f"/inputs.models.typed_{name}")).set_value(value)
    return app.button(key="models_typed_add").click().run()


def test_a_model_typed_by_hand_joins_the_comparison_with_its_parents_terms() -> None:
    app = typed(
        opened("en-US"),
        name="our own model",
        licence="apache-2.0",
        context=4096,
        billions=8.0,
        parent="meta-llama/Llama-3.1-8B",
    )
    assert not app.exception
    assert not app.error
    text = said(app)
    assert "Entered by hand." in text
    assert "our own model" in text
    assert "With conditions" in text


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"name": ""}, "The model has no name"),
        ({"name": "x", "parent": "a/b/c"}, "cannot be a model id"),
        ({"name": "x", "config": "{half"}, "cannot be read as a config.json"),
        ({"name": "x", "config": "[1]"}, "must be a JSON object"),
    ],
)
def test_what_is_wrong_with_a_typed_model_is_said_and_kept(fields: dict[str, object], sentence: str) -> None:
    app = typed(opened("en-US"), **fields)
    assert not app.exception
    assert sentence in app.error[0].value
    assert CHOSEN not in app.session_state["open_plan"].plan.inputs


def test_the_search_narrows_by_language_licence_and_size() -> None:
    app = opened("en-US", models_search_words="swallow", models_search_size=3.0)
    assert not app.exception
    found = list(app.dataframe[0].value.iloc[:, 0])
    assert found == [
        "tokyotech-llm/Gemma-2-Llama-Swallow-2b-it-v0.1",
        "SakanaAI/TinySwallow-1.5B",
        "SakanaAI/TinySwallow-1.5B-Instruct",
    ]


def test_the_plans_needs_are_a_hard_filter() -> None:
    app = opened("en-US", models_search_words="qwen2.5", models_search_fitting=True, models_card="l4")
    found = set(app.dataframe[0].value.iloc[:, 0])
    assert "Qwen/Qwen2.5-7B-Instruct" in found
    assert "Qwen/Qwen2.5-3B-Instruct" not in found, "its licence is for research only"
    assert "Qwen/Qwen2.5-72B-Instruct" not in found, "it does not fit the card"


def grid_of(app: AppTest) -> dict[str, list[str]]:
    """The verdicts of every card, by card; methods in the order of the page."""
    tables = [one.value for one in app.dataframe]
    table = next(one for one in tables if "Apple M3 Ultra 256GB" in set(one.iloc[:, 0]))
    return {row[0]: list(row[1:]) for row in table.itertuples(index=False)}


def test_every_card_is_judged_and_the_need_does_not_follow_the_one_that_is_chosen() -> None:
    long = {"models.chosen": ["Qwen/Qwen3-8B"], "models_seq": 2048}
    app = opened("en-US", models_card="t4", **long)
    assert not app.exception
    small = grid_of(app)
    assert small == grid_of(opened("en-US", models_card="h200", **long))
    assert set(small["NVIDIA T4"]) == {"✕ does not fit"}
    assert set(small["NVIDIA H200 141GB"]) == {"✓ fits"}
    assert "no hours to show" in said(app)


def rate_of(app: AppTest) -> Any:
    return next(one for one in app.text_input if str(one.key).endswith(".rate"))


def test_hours_and_rent_are_shown_in_the_readers_own_currency_too() -> None:
    app = opened("en-US", models_chosen=["Qwen/Qwen3-8B"])
    cases = [one.value for one in app.dataframe if "Typical case" in one.value]
    assert "$" in cases[0]["Typical case"][0]
    assert "¥" not in cases[0]["Typical case"][0]
    rate_of(app).set_value("150").run()
    (case,) = [one.value["Typical case"][0] for one in app.dataframe if "Typical case" in one.value]
    assert not app.exception
    assert "¥" in case
    rate_of(app).set_value("many").run()
    assert "many" in app.error[0].value


def test_the_guide_shows_each_method_with_its_cost_here_its_recipe_and_its_paper() -> None:
    app = opened("en-US", models_chosen=["Qwen/Qwen3-8B"], models_card="h100")
    text = said(app)
    assert text.count("On NVIDIA H100 80GB (SXM): ") == 5
    assert text.count("Source of the method: ") == text.count("Source of the settings: ") == 5
    rates = re.findall(r"Learning rate \*\*(\S+)\*\*", text)
    assert rates == ["0.0002", "0.0002", "5e-05", "0.0001", "2e-05"]
    assert "Rate of B (λ) **16**" in text


@pytest.fixture
def standin(monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    import streamlit as st

    ours = StandIn()
    ours.add("atelier/free", {"config.json": LLAMA}, license="apache-2.0", language="ja")
    ours.add("atelier/bound", {"config.json": LLAMA}, license="cc-by-nc-4.0", language="ja")
    with serving(ours) as running:
        monkeypatch.setenv("HF_ENDPOINT", running.url)
        st.cache_resource.clear()
        yield running
    st.cache_resource.clear()


def test_what_the_hub_finds_is_looked_up_in_one_go_and_held_against_the_plan(standin: StandIn) -> None:
    app = opened("en-US", models_search_words="atelier/", models_card="l4")
    app.button(key="models_search_hub").click().run()
    assert list(app.dataframe[0].value["Plan's needs"]) == ["—", "—"]
    app.button(key="models_look_up").click().run()
    assert not app.exception
    state = app.session_state["open_plan"]
    folder = jobs.folder_of(state.plan.get("inputs.models.search_job"), on_screen.settings().jobs)
    assert folder
    assert jobs.wait(folder, 30).state == "done"
    app.run()
    assert not app.exception
    table = app.dataframe[0].value
    assert list(table["Model"]) == ["atelier/free", "atelier/bound"]
    assert list(table["Commercial use"]) == ["Yes", "No"]
    assert list(table["Plan's needs"]) == ["✓ met", "✕ not met"]
    assert state.plan.get("inputs.models.search_job") is None
    app.toggle(key="0/inputs.models.search_fitting").set_value(True).run()
    assert list(app.dataframe[0].value["Model"]) == ["atelier/free"]


def test_what_a_gated_model_borrows_from_the_shipped_list_is_said(standin: StandIn) -> None:
    standin.add("google/gemma-2-9b", {}, license="gemma", _gated="manual")
    standin.gated.add("google/gemma-2-9b")
    text = said(opened("en-US", models_chosen=["google/gemma-2-9b"]))
    assert "The settings of google/gemma-2-9b could not be read from the Hub" in text
    assert re.search(r"Source of the licence: .*official", text)
    assert re.search(r"Source of the figures: .*copy", text)
    assert "Not read in time" not in text


def test_a_data_set_is_judged_by_its_licence_alone(standin: StandIn) -> None:
    card = {"license": "cc-by-nc-4.0", "language": ["ja"]}
    standin.datasets["atelier/talks"] = {"id": "atelier/talks", "cardData": card, "tags": [], "gated": False}
    app = opened("en-US", models_chosen=["datasets/atelier/talks"])
    assert not app.exception
    assert not app.error
    text = said(app)
    assert "Use commercially: No" in text
    assert "Context length" not in text
    assert "QLoRA fits" not in text


def test_the_search_narrows_by_task() -> None:
    app = opened("en-US", models_search_task="fill-mask", models_search_words="roberta")
    found = set(app.dataframe[0].value["Model"])
    assert found
    assert all("roberta" in one.lower() for one in found)


def test_an_empty_plan_opens_without_a_model() -> None:
    app = opened("en-US")
    app.session_state["open_plan"].plan = new_plan(app.session_state["open_plan"].plan.on, "en")
    app.run()
    assert not app.exception
    assert "No model chosen yet" in said(app)


@pytest.mark.parametrize("locale", ["ja-JP", "en-US"])
def test_an_encoder_is_sized_as_a_whole_and_never_for_an_adapter(locale: str) -> None:
    app = opened(locale, models_chosen=["sbintuitions/modernbert-ja-130m"], models_ask_hub=False)
    assert not app.exception
    assert not app.error
    names = [tab.label for tab in app.tabs]
    assert "SetFit" in names
    assert not {"LoRA", "QLoRA"} & set(names)
