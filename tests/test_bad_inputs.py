"""The list of bad inputs, row by row: each file through the page and the shell in both languages, each row a test."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from advisor.cli import main
from advisor.language import LANGUAGES, Language, problem
from advisor.pages.literal import md_safe
from advisor.plan import from_yaml
from advisor.tables import open_table
from baselines import Problem
from pricing import Problem as ProblemOfOurs
from tests.bad_inputs import BAD_FILES, BadFile

TESTS = Path(__file__).parent
ROWS = range(1, 48)
# What the page's uploader refuses by a file's ending, before any of our code sees it.
REFUSED_BY_UPLOADER = (".pkl", ".joblib")

# Rows that are more than one file read once: the tests that hold the rest of what the list says about them.
ELSEWHERE: dict[int, list[str]] = {
    4: ["test_table.test_machine_dependent_characters_survive_cp932_where_shift_jis_would_fail"],
    5: ["test_page_data.test_a_wrong_guess_is_put_right_by_hand"],
    17: ["test_table.test_rows_too_short_are_filled_up_and_counted"],
    18: ["test_table.test_headers_are_trimmed_and_repeated_ones_refused"],
    19: ["test_table.test_words_that_pandas_takes_for_nothing_stay_words"],
    20: ["test_dataset.test_spellings_of_one_label_are_suggested_not_merged"],
    21: ["test_bad_inputs.test_a_baseline_needs_two_labels_and_says_so"],
    22: ["test_preparation.test_a_label_with_too_few_rows_cannot_be_stratified"],
    24: ["test_dataset.test_invisible_characters_are_counted_by_code_point"],
    25: ["test_dataset.test_rows_without_text_or_label_go_only_when_asked", "test_dataset.test_invisible_is_empty"],
    34: ["test_table.test_a_parquet_bomb_is_refused_by_its_metadata"],
    36: ["test_judges.test_no_cell_of_a_sheet_is_a_formula", "test_report_files.test_nothing_a_user_types_becomes_a_formula_or_a_link"],
    37: ["browser.test_hostile.test_hostile_texts_stay_texts_on_every_page"],
    38: ["test_hostile.test_a_plans_name_is_text_and_never_a_path", "test_hostile.test_a_plan_of_any_name_is_reported_and_read_back"],
    39: ["test_bad_inputs.test_a_bad_plan_is_one_sentence_on_the_page_and_in_the_shell"],
    40: ["test_bad_inputs.test_a_bad_plan_is_one_sentence_on_the_page_and_in_the_shell"],
    41: ["test_bad_inputs.test_a_bad_scenario_is_one_sentence", "test_scenario.test_full_width_digits_and_grouped_numbers_are_understood"],
    42: ["test_bad_inputs.test_a_bad_scenario_is_one_sentence", "test_book.test_the_package_answers_for_2019_and_we_do_not_believe_it"],
    43: ["test_hub.test_a_token_never_follows_a_redirect_to_another_host", "test_hub.test_a_gated_model_shows_its_licence_but_not_its_settings"],
    44: ["test_hostile.test_an_unknown_language_and_a_hostile_plan_in_the_address_fall_back", "test_sign_in.test_everybody_sees_their_own_plans_and_no_others"],
    45: ["test_frame.test_a_second_tab_is_never_overwritten_in_silence", "test_jobs.test_cancelling_ends_the_child_before_it_returns_and_may_be_repeated", "test_faults.test_a_full_disk_keeps_the_last_save_and_frees_itself"],
    46: ["test_hostile.test_values_that_no_widget_offers_reach_no_page_as_an_error"],
    47: ["test_masking.test_a_page_masks_what_an_error_quotes", "test_masking.test_the_report_masks_what_an_error_left_in_the_plan"],
}  # fmt: skip


def claims_of(module: str) -> set[str]:
    tree = ast.parse((TESTS / Path(*module.split("."))).with_suffix(".py").read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("row", ROWS)
def test_every_row_of_the_list_has_its_tests(row: int) -> None:
    named = [name.rsplit(".", 1) for name in ELSEWHERE.get(row, [])]
    assert named or any(file.row == row for file in BAD_FILES)
    for module, name in named:
        assert name in claims_of(module)


@pytest.fixture(scope="module")
def page() -> dict[Language, AppTest]:
    """The Data page in each language, opened once: whatever comes, the session has to survive it."""
    opened: dict[Language, AppTest] = {}
    for language in LANGUAGES:
        app = AppTest.from_file(str(TESTS.parent / "app.py"), default_timeout=60)
        app.context = {"locale": "ja-JP" if language == "ja" else "en-GB"}
        opened[language] = app.run().switch_page("advisor/pages/data.py").run()
    return opened


@pytest.mark.parametrize("file", BAD_FILES, ids=str)
def test_a_file_gets_what_the_list_says_on_the_page(
    file: BadFile, page: dict[Language, AppTest], tmp_path: Path
) -> None:
    body, met = file.write(), None
    try:
        open_table(body, file.name, root=tmp_path / "jobs")
    except (Problem, ProblemOfOurs) as refused:
        met = refused
    assert (met.id if met else None) == file.problem
    if file.name.endswith(REFUSED_BY_UPLOADER):
        return
    for language, app in page.items():
        app.file_uploader(key="data_upload").upload(file.name, body)
        app.run()
        assert not app.exception
        expected = [problem(met, language, quote=md_safe)] if met else []
        assert [error.value for error in app.error] == expected


@pytest.mark.parametrize("file", [file for file in BAD_FILES if file.in_shell], ids=str)
def test_a_file_gets_what_the_list_says_in_the_shell(
    file: BadFile, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / file.name
    path.write_bytes(file.write())
    for language in LANGUAGES:
        asked = ["tokens", str(path), "--text", "text", "--lang", language]
        code = main(asked, {"ADVISOR_HOME": str(tmp_path / "home")})
        printed = capsys.readouterr()
        assert "Traceback" not in printed.err
        if file.problem is None:
            assert (code, printed.err) == (0, "")
        else:
            assert (code, printed.out, printed.err.count("\n")) == (2, "", 1)


def one_line(arguments: list[str], home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The shell refuses with exit code 2 and one line, in each language."""
    said = []
    for language in LANGUAGES:
        code = main([*arguments, "--lang", language], {"ADVISOR_HOME": str(home)})
        printed = capsys.readouterr()
        assert (code, printed.out, printed.err.count("\n")) == (2, "", 1)
        said.append(printed.err)
    assert said[0] != said[1]


def test_a_baseline_needs_two_labels_and_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = tmp_path / "one.csv"
    table.write_text("text,label\n" + "".join(f"text {i},x\n" for i in range(30)), encoding="utf-8")
    one_line(["baseline", str(table), "--text", "text", "--label", "label"], tmp_path, capsys)


PLAN = "schema_version: 1\ntitle: {ja: あ, en: a}\non: 2026-11-22\n"
BAD_PLANS = {
    "an unknown key": PLAN + "sign: 1\n",
    "a wrong type": PLAN + "answers: [1]\n",
    "a newer version": PLAN.replace("1", "999", 1),
    "deep nesting": '{"schema_version": 1, "title": ' + "[" * 50_000,
    "NaN": '{"schema_version": 1, "on": NaN}',
    "Infinity": '{"schema_version": 1, "on": Infinity}',
    "a key twice": PLAN + "language: ja\nlanguage: en\n",
    "a key twice in JSON": '{"schema_version": 1, "on": "2026-11-22", "on": "2026-11-23"}',
    "20 MB": PLAN + "x" * 20_000_001,
    "a YAML tag": PLAN + "notes: !!python/object/apply:os.system ['touch pwned']\n",
    "a billion laughs": "a: &a [x, x]\n" + "".join(f"{c}: &{c} [*{chr(ord(c) - 1)}, *{chr(ord(c) - 1)}]\n" for c in "bcdefghijklmnopqrstuvwxyz") * 5,
}  # fmt: skip


@pytest.mark.parametrize("what", BAD_PLANS)
def test_a_bad_plan_is_one_sentence_on_the_page_and_in_the_shell(
    what: str, page: dict[Language, AppTest], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "plan.yaml"
    file.write_text(BAD_PLANS[what], encoding="utf-8")
    one_line(["plan", "import", str(file)], tmp_path / "home", capsys)
    with pytest.raises(ProblemOfOurs) as met:
        from_yaml(BAD_PLANS[what])
    for language, app in page.items():
        before = app.session_state["open_plan"].plan
        app.file_uploader(key="plan_file").upload("plan.yaml", BAD_PLANS[what].encode())
        app.run()
        assert not app.exception
        assert problem(met.value, language, quote=md_safe) in [error.value for error in app.error]
        assert app.session_state["open_plan"].plan == before
    assert not Path("pwned").exists()


SCENARIO = """
on: {on}
months: 12
requests_per_month: "{requests}"
currency: JPY
rate: "{rate}"
arms:
  - {{id: a, kind: prompt, model: openai/gpt-4o-mini-2024-07-18, input_tokens: "{tokens}", output_tokens: 10}}
compare: []
"""


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("requests", "-1"),
        ("requests", "1e308"),
        ("requests", "NaN"),
        ("requests", "1.234,5"),
        ("tokens", "-5"),
        ("tokens", "Infinity"),
        ("rate", "0"),
        ("on", "2019-01-01"),
    ],
)
def test_a_bad_scenario_is_one_sentence(
    field: str, value: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = {"on": "2026-11-22", "requests": "1,000", "rate": "150", "tokens": "１００"}
    file = tmp_path / "scenario.yaml"
    file.write_text(SCENARIO.format(**good), encoding="utf-8")
    assert main(["cost", str(file), "--lang", "en"], {"ADVISOR_HOME": str(tmp_path)}) == 0
    assert "nan" not in capsys.readouterr().out.lower()
    file.write_text(SCENARIO.format(**good | {field: value}), encoding="utf-8")
    one_line(["cost", str(file)], tmp_path, capsys)
