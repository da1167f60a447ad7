"""The command line: its keys, its exit codes, its two languages, and one clear line for everything that goes wrong."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pandas as pd
import pytest

from advisor.cli import advisor, main
from advisor.cli import screen as terminal
from advisor.language import LANGUAGES, phrase_keys
from advisor.plan import from_yaml
from baselines.table import Limits
from tests.test_recommend import CONTRACT

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "advisor" / "data" / "examples"
CHAT = EXAMPLES / "why_bot_train.jsonl"
TABLE = EXAMPLES / "inquiries.csv"
PLAN = EXAMPLES / "plans" / "why_bot.yaml"
CHOICES = EXAMPLES / "pairwise_choices.csv"
SCENARIO = ROOT / "tests" / "samples" / "scenario.yaml"
ON = ["--on", "2026-11-22"]


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def answer(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Ran]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    def run(*arguments: object, **environ: str) -> Ran:
        home = {"ADVISOR_HOME": str(tmp_path / "home"), "HF_HUB_OFFLINE": "1", "LANG": "en_GB.UTF-8"}
        code = main([str(argument) for argument in arguments], home | environ)
        printed = capsys.readouterr()
        return Ran(code, printed.out, printed.err)

    return run


def keys(answer: Any, *names: str) -> bool:
    return set(names) <= set(answer)


# What each command prints.


def test_tokens_of_a_chat_file(run: Run) -> None:
    answer = run("tokens", CHAT, "--json").answer
    assert keys(answer, "examples", "tokens", "over_limit", "n_epochs", "billed_tokens", "tokenizer", "exact")
    assert keys(answer, "p50", "p95", "max", "format_errors")
    assert answer["examples"] == 70
    assert answer["billed_tokens"] == answer["n_epochs"] * answer["tokens"]
    assert "lengths" not in answer
    assert len(run("tokens", CHAT, "--json", "--lengths").answer["lengths"]) == 70


def test_tokens_say_by_whom_they_were_counted_and_within_what_an_estimate_lies(run: Run) -> None:
    exact = run("tokens", CHAT, "--lang", "en").out
    assert "openai/gpt-4o-mini-2024-07-18" in exact
    assert "o200k_base (exact)" in exact
    command = ("tokens", CHAT, "--model", "anthropic/claude-sonnet-4-5")
    answer, said = run(*command, "--json").answer, run(*command, "--lang", "en").out
    band = f"{answer['tokens_low']:,}–{answer['tokens_high']:,}"
    assert f"(an estimate) ({band})" in said


def test_tokens_of_a_table_count_the_column_named(run: Run) -> None:
    assert run("tokens", TABLE, "--text", "text", "--json").answer["examples"] == 400
    asked = run("tokens", TABLE, "--lang", "ja")
    assert (asked.code, asked.out) == (2, "")
    assert "text、label" in asked.err


def test_cost_prices_every_arm_and_every_pair(run: Run) -> None:
    answer = run("cost", SCENARIO, "--json").answer
    assert [arm["id"] for arm in answer["arms"]] == ["few_shot", "tuned", "tinker"]
    for arm in answer["arms"]:
        assert keys(arm, "once", "per_request", "per_month", "total", "months_served", "parts", "notes")
        assert Decimal(arm["total"]) >= Decimal(arm["once"])
    assert [pair["requests"] for pair in answer["break_even"]] == [1072, 97]


def test_the_day_given_wins_over_the_day_in_the_file(run: Run) -> None:
    assert run("cost", SCENARIO, "--json").answer["on"] == "2026-11-22"
    assert run("cost", SCENARIO, "--json", "--on", "2026-12-01").answer["on"] == "2026-12-01"


def test_prices_list_offers_models_and_gpus(run: Run) -> None:
    offers = run("prices", "--json", *ON).answer["offers"]
    assert "openai/gpt-4o-mini-2024-07-18" in {offer["id"] for offer in offers}
    openai = run("prices", "--provider", "openai", "--json", *ON).answer
    assert {offer["provider"] for offer in openai["offers"]} == {"openai"}
    assert openai["models"]
    gpus = run("prices", "--gpus", "--json", *ON).answer["gpus"]
    assert all(keys(gpu, "id", "gpu", "memory_gb", "prices") for gpu in gpus)


def test_model_answers_from_the_snapshot_when_offline(run: Run) -> None:
    answer = run("model", "Qwen/Qwen3-8B", "--json").answer
    assert keys(
        answer,
        "licence",
        "permissions",
        "commercial",
        "conditions",
        "lineage",
        "context_length",
        "context_basis",
    )
    assert keys(answer, "context_notes", "parameters", "languages", "gated", "source", "checked")
    assert answer["source"] == "snapshot"
    assert answer["commercial"] == answer["permissions"]["use"]


def test_models_search_finds_shipped_models_when_offline(run: Run) -> None:
    found = run("models", "search", "qwen3", "--min", "7B", "--max", "9B", "--json").answer["models"]
    assert found
    assert all(7e9 <= model["parameters"] <= 9e9 for model in found)


def test_memory_says_where_it_goes_and_what_it_fits(run: Run) -> None:
    answer = run(
        "memory", "Qwen/Qwen3-8B", "--method", "qlora", "--tokens", 100_000, "--epochs", 3, "--json", *ON
    ).answer
    assert keys(
        answer,
        "total_gib",
        "upper_gib",
        "parts",
        "trainable_parameters",
        "total_parameters",
        "fits",
        "hours",
        "cost",
    )
    assert sum(answer["parts"].values()) == pytest.approx(answer["total_gib"], abs=0.01)
    assert keys(answer["hours"], "low", "typical", "high")
    cards = {card["id"] for card in run("memory", "--cards", "--json").answer["cards"]}
    assert set(answer["fits"]) == cards


def test_memory_that_does_not_fit_the_card_is_a_no(run: Run) -> None:
    tight = run("memory", "Qwen/Qwen3-8B", "--method", "full", "--gpu", "t4", "--json")
    assert (tight.code, tight.answer["fits"]["t4"], tight.err) == (1, "no", "")
    assert run("memory", "Qwen/Qwen3-8B", "--method", "qlora", "--gpu", "h100", "--json").code == 0


def test_memory_reads_a_config_file(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "config.json"
    file.write_text(
        """{"model_type": "llama", "hidden_size": 2048, "num_hidden_layers": 16, "num_attention_heads": 32,
        "num_key_value_heads": 8, "intermediate_size": 8192, "vocab_size": 128256, "tie_word_embeddings": true}""",
        encoding="utf-8",
    )
    assert run("memory", file, "--json").answer["total_parameters"] > 1e9


def test_files_above_the_limits_are_streamed_by_a_pattern(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pd.read_csv(TABLE).to_parquet(tmp_path / "a.parquet")
    pd.read_csv(TABLE).assign(text=lambda table: table.text + " 2").to_parquet(tmp_path / "b.parquet")
    asked = ("baseline", tmp_path / "*.parquet", "--text", "text", "--label", "label")
    assert run(*asked, "--json").answer["best"] != "hashed_linear"
    monkeypatch.setattr("baselines.chunks.LIMITS", Limits(rows=500))
    for language, words in (
        ("ja", ["読みながら", "取り置いた行の点数"]),
        ("en", ["piece by piece", "set aside"]),
    ):
        ran = run(*asked, "--lang", language)
        assert (ran.code, [word in ran.out for word in words]) == (0, [True, True])
        assert "800" in ran.err
    answer = run(*asked, "--json").answer
    assert (answer["rows"], answer["checks"]["streamed"]["rows"]) == (800, 800)
    wrong(run("baseline", tmp_path / "*.csv", "--text", "text", "--label", "label"))


def test_baseline_prints_scores_verdict_and_reasons(run: Run) -> None:
    answer = run("baseline", TABLE, "--text", "text", "--label", "label", "--target", "0.85", "--json").answer
    assert keys(
        answer,
        "rows",
        "classes",
        "scores",
        "best",
        "test_scores",
        "curve",
        "checks",
        "cascade",
        "verdict",
        "reasons",
    )
    assert answer["rows"] == 400
    assert all(
        keys(score, "baseline", "metric", "mean", "low", "high", "fit_seconds") for score in answer["scores"]
    )
    assert len(answer["curve"]["sizes"]) >= 8


def test_prepare_writes_files_that_keep_every_row(run: Run, tmp_path: Path) -> None:
    command = ["prepare", TABLE, "--out", tmp_path, "--input", "text", "--output", "label", "--json"]
    answer = run(*command, "--split", "280/60/60").answer
    assert keys(answer, "train", "validation", "test", "files", "duplicates_across_splits", "format_errors")
    assert (answer["train"], answer["validation"], answer["test"]) == (280, 60, 60)
    assert {Path(file).name for file in answer["files"].values()} == {
        "train.jsonl",
        "validation.jsonl",
        "test.jsonl",
    }
    assert run("tokens", answer["files"]["train"], "--json").answer["examples"] == 280


SCORES = "採点者,番号,口調\n" + "".join(f"佐藤,{item},{int(item > 9)}\n" for item in range(40))


@pytest.mark.parametrize(("target", "code"), [("0.5", 0), ("0.8", 0), ("0.99", 1), (None, 0)])
def test_evaluate_says_no_only_when_a_target_is_refuted(
    run: Run, tmp_path: Path, target: str | None, code: int
) -> None:
    sheet = tmp_path / "scores.csv"
    sheet.write_text(SCORES, encoding="utf-8")
    ran = run("evaluate", sheet, *(["--target", target] if target else []), "--json")
    assert (ran.code, ran.err) == (code, "")
    assert keys(ran.answer, "criteria", "agreement", "comparisons")
    assert ran.answer["criteria"]["口調"]["rate"] == 0.75


def test_advise_says_the_path_and_what_would_change_it(run: Run) -> None:
    answer = run("advise", PLAN, "--json", *ON).answer
    assert set(answer) == CONTRACT | {"on", "assessments", "changes"}
    assert len(answer["assessments"]) == 10 == len(answer["path"]) + len(answer["set_aside"])
    first = answer["path"][0]
    assert answer["decision"] == first["action"] and answer["recommended"] == first["approach"]
    amounts = [first["index_usd"], *first["trial"].values()]
    amounts += [amount for part, amount in first["life"].items() if part != "months"]
    assert all(re.fullmatch(r"\d+(\.\d+)?", amount) for amount in amounts)
    assert len(answer["what_would_change"]) <= 3


@pytest.mark.parametrize(
    ("language", "started"), [("en", "Try zero-shot prompting"), ("ja", "ゼロショットプロンプト")]
)
def test_advise_begins_with_the_first_step_in_words(run: Run, language: str, started: str) -> None:
    assert run("advise", PLAN, "--lang", language, *ON).out.lstrip().startswith(started)


def test_a_trial_that_is_added_moves_the_path_on(run: Run, tmp_path: Path) -> None:
    id = run("plan", "new", "--example", "why_bot", "--json").answer["id"]
    added = run("plan", "trial", "add", id, "--approach", "zero_shot", "--reaches", "no", "--json", *ON)
    assert (added.code, added.answer["version"]) == (0, 2)
    file = tmp_path / "plan.yaml"
    assert run("plan", "export", "--out", file, id).code == 0
    (trial,) = from_yaml(file.read_text(encoding="utf-8")).trials
    assert (trial.approach, trial.reaches, trial.source, str(trial.on)) == (
        "zero_shot",
        "no",
        "reported",
        ON[1],
    )
    answer = run("advise", file, "--json", *ON).answer
    assert answer["recommended"] == "few_shot"
    assert {"zero_shot": "failed"}.items() <= {
        one["approach"]: one["because"] for one in answer["set_aside"]
    }.items()


def test_a_trial_with_scores_is_kept_exactly(run: Run) -> None:
    id = run("plan", "new", "--example", "inquiries", "--json").answer["id"]
    scores = ("--mean", "0.91", "--low", "0.88", "--high", "0.94", "--n", "200", "--metric", "macro_f1")
    assert run("plan", "trial", "add", id, "--approach", "zero_shot", *scores, *ON).code == 0
    trial = run("plan", "show", id, "--json").answer["plan"]["trials"][-1]
    kept = {name: trial[name] for name in ("mean", "low", "high", "n", "metric", "target")}
    assert kept == {
        "mean": "0.91",
        "low": "0.88",
        "high": "0.94",
        "n": 200,
        "metric": "macro_f1",
        "target": "0.85",
    }


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (("--approach", "magic", "--reaches", "no"), "magic"),
        (("--approach", "rag"), "--reaches"),
        (("--approach", "rag", "--mean", "87", "--low", "0.8", "--high", "0.9"), "87"),
    ],
)
def test_a_trial_that_says_nothing_is_refused_in_one_line(
    run: Run, asked: tuple[str, ...], said: str
) -> None:
    id = run("plan", "new", "--example", "why_bot", "--json").answer["id"]
    ran = run("plan", "trial", "add", id, *asked, "--lang", "en", *ON)
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert said in ran.err
    assert run("plan", "show", id, "--json").answer["plan"].get("trials") is None


@pytest.mark.parametrize(("form", "start"), [("md", "# 子ども向け"), ("html", "<!DOCTYPE html>")])
def test_report_goes_to_the_screen_or_into_a_file(run: Run, tmp_path: Path, form: str, start: str) -> None:
    printed = run("report", PLAN, "--format", form, "--lang", "ja", *ON)
    assert printed.out.startswith(start)
    target = tmp_path / f"report.{form}"
    written = run("report", PLAN, "--format", form, "--lang", "ja", *ON, "--out", target, "--json")
    assert written.answer["file"] == str(target)
    assert target.read_text(encoding="utf-8") == printed.out


def test_a_plan_goes_through_the_store_and_back(run: Run, tmp_path: Path) -> None:
    made = run("plan", "new", "--example", "why_bot", "--json").answer
    assert [plan["id"] for plan in run("plan", "list", "--json").answer["plans"]] == [made["id"]]
    told = run("plan", "show", "--json", made["id"]).answer
    assert told["plan"]["answers"]["purpose"] == "format_and_tone"
    assert [version["version"] for version in told["history"]] == [1]
    file = tmp_path / "plan.yaml"
    assert run("plan", "export", "--out", file, made["id"]).code == 0
    assert from_yaml(file.read_text(encoding="utf-8")).to_json() == told["plan"]
    taken = run("plan", "import", file, "--json").answer
    again = run("plan", "show", "--json", taken["id"]).answer
    assert again["plan"] == told["plan"]


def test_everything_kept_of_a_plan_goes_into_one_archive(run: Run, tmp_path: Path) -> None:
    id = run("plan", "new", "--example", "why_bot", "--json").answer["id"]
    out = tmp_path / "all.zip"
    assert run("plan", "export", id, "--out", out, *ON).code == 0
    with ZipFile(out) as archive:
        names = archive.namelist()
        plan = from_yaml(archive.read("plan.yaml").decode("utf-8"))
    assert plan.to_json() == run("plan", "show", "--json", id).answer["plan"]
    assert {"contents.json", "versions/00001.json", "evidence/cost.json", "reports/report.ja.pdf"} <= set(
        names
    )


def test_a_plan_is_deleted_for_good_only_when_that_is_confirmed(run: Run) -> None:
    id = run("plan", "new", "--title", "gone", "--json").answer["id"]
    refused = run("plan", "delete", id)
    assert (refused.code, refused.out) == (2, "")
    assert "--yes" in refused.err and "gone" in refused.err
    assert run("plan", "show", id).code == 0
    assert run("plan", "delete", id, "--yes").code == 0
    assert run("plan", "show", id).code == 2
    assert run("plan", "list", "--json").answer["plans"] == []


def test_pairwise_choices_are_judged(run: Run) -> None:
    (pair,) = run("pairwise", CHOICES, "--json").answer["pairs"]
    assert (pair["a"], pair["outcome"], pair["wins_a"], pair["swayed"]) == ("fine_tuned", "better", 18, 6)
    said = run("pairwise", CHOICES, "--lang", "en").out
    assert "fine_tuned is better" in said
    assert "<0.001" in said
    assert "**" not in said


def test_a_new_plan_takes_the_title_and_the_day(run: Run) -> None:
    id = run("plan", "new", "--title", "=1+1 𠮷", "--json", "--on", "2026-12-24").answer["id"]
    plan = run("plan", "export", "--json", id).answer
    assert (plan["title"]["ja"], plan["on"]) == ("=1+1 𠮷", "2026-12-24")


# Both languages.

HUMAN = [
    ["tokens", CHAT],
    ["cost", SCENARIO],
    ["prices", "--provider", "together", *ON],
    ["prices", "--gpus", *ON],
    ["model", "Qwen/Qwen3-8B"],
    ["models", "search", "qwen3"],
    ["memory", "Qwen/Qwen3-8B", "--method", "qlora", "--tokens", "100000"],
    ["memory", "--cards"],
    ["prepare", TABLE, "--out", Path("prepared"), "--input", "text", "--output", "label"],
    ["evaluate", Path("scores.csv")],
    ["advise", PLAN, *ON],
    ["report", PLAN, *ON],
    ["pairwise", CHOICES],
    ["plan", "list"],
]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("arguments", HUMAN, ids=lambda arguments: " ".join(map(str, arguments[:2])))
def test_every_command_speaks_to_people(
    run: Run, arguments: list[object], language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("scores.csv").write_text(SCORES.replace("口調", "tone"), encoding="utf-8")
    ran = run(*arguments, "--lang", language)
    assert (ran.code, ran.err) == (0, "")
    assert has_kana(ran.out) is (language == "ja") or arguments[0] in {"model", "report"}


def has_kana(text: str) -> bool:
    return any("ぁ" <= mark <= "ヿ" for mark in text)


def test_the_language_follows_the_locale_unless_told(run: Run) -> None:
    assert has_kana(run("plan", "list", LANG="ja_JP.UTF-8").out)
    assert not has_kana(run("plan", "list", LANG="C").out)
    assert not has_kana(run("plan", "list", "--lang=en", LANG="ja_JP.UTF-8").out)


def test_every_command_and_option_is_explained_in_both_languages(run: Run) -> None:
    def walk(group: Any, path: list[str]) -> None:
        for name, one in group.commands.items():
            for language in LANGUAGES:
                told = run(*path, name, "--help", LANG="ja_JP.UTF-8" if language == "ja" else "en")
                assert (told.code, has_kana(told.out)) == (0, language == "ja")
            assert one.help in phrase_keys()
            if hasattr(one, "commands"):
                walk(one, [*path, name])

    walk(advisor, [])


# What goes wrong.


def wrong(ran: Ran) -> str:
    assert (ran.code, ran.out) == (2, ""), ran
    assert ran.err.count("\n") == 1 and ran.err.endswith("\n"), ran.err
    assert "Traceback" not in ran.err and "unexpected" not in ran.err and "予期しない" not in ran.err, ran.err
    return ran.err


BAD_LINES: list[list[object]] = [
    ["nonsense"],
    ["tokens"],
    ["tokens", CHAT, "--nonsense"],
    ["tokens", CHAT, "--on", "2026-13-01"],
    ["tokens", CHAT, "--epochs", "many"],
    ["tokens", CHAT, "--epochs", "0"],
    ["tokens", "no-such-file.jsonl"],
    ["tokens", ROOT],
    ["tokens", TABLE, "--text", "no such column"],
    ["cost", "no-such-file.yaml"],
    ["cost", PLAN],
    ["prices", "--provider", "nobody"],
    ["prices", "--gpus", "--provider", "nobody"],
    ["model", "a b"],
    ["model", "../x"],
    ["model", "nobody/nothing-of-that-name"],
    ["models", "search", "--min", "big"],
    ["memory"],
    ["memory", "Qwen/Qwen3-8B", "--method", "magic"],
    ["memory", "Qwen/Qwen3-8B", "--rank", "0"],
    ["memory", "Qwen/Qwen3-8B", "--gpu", "abacus"],
    ["memory", "no-such-config.json"],
    ["memory", SCENARIO],
    ["models", "search", "--limit", "0"],
    ["baseline", TABLE],
    ["baseline", TABLE, "--text", "text", "--label", "nope"],
    ["baseline", TABLE, "--text", "text", "--label", "label", "--target", "85"],
    ["baseline", TABLE, "--text", "text", "--label", "label", "--metric", "accuracy"],
    ["baseline", TABLE, "--text", "text", "--label", "label", "--rungs", "some"],
    ["baseline", TABLE, "--text", "text", "--label", "label", "--llm-cost-per-request", "cheap"],
    ["prepare", TABLE, "--input", "text", "--output", "label"],
    ["prepare", TABLE, "--out", TABLE, "--input", "text", "--output", "label"],
    ["prepare", TABLE, "--out", "no", "--input", "text", "--output", "nope"],
    ["prepare", TABLE, "--out", "no", "--input", "text", "--output", "label", "--split", "half"],
    ["evaluate", TABLE],
    ["evaluate", "no-such-file.csv"],
    ["advise", TABLE],
    ["advise", SCENARIO],
    ["report", "no-such-file.yaml"],
    ["report", PLAN, "--format", "pdf"],
    ["report", PLAN, "--out", ROOT],
    ["plan", "show", "nobody"],
    ["plan", "new", "--example", "nothing"],
    ["plan", "new", "--template", "nothing"],
    ["plan", "import", CHAT],
]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("arguments", BAD_LINES, ids=lambda arguments: " ".join(map(str, arguments))[-60:])
def test_bad_input_gets_one_line_in_the_readers_language(
    run: Run, arguments: list[object], language: str
) -> None:
    said = wrong(run(*arguments, LANG="ja_JP.UTF-8" if language == "ja" else "en"))
    assert has_kana(said) is (language == "ja")


BAD_FILES = {
    "empty": b"",
    "header_only": b"text,label\n",
    "png": b"\x89PNG\r\n\x1a\n\x00\x00",
    "zip": b"PK\x03\x04rest",
    "web_page": b"<!DOCTYPE html><html><body>log in</body></html>",
    "one_class": b"text,label\n" + b"good,a\nbad,a\n" * 20,
    "three_rows": b"text,label\na,x\nb,y\nc,x\n",
    "nul": b"text,label\na\x00b,x\n",
    "too_wide": b"text,label\na,b,c\n",
    "quote": b'text,label\n"abc,d\ne,f\n',
}


@pytest.mark.parametrize("content", BAD_FILES.values(), ids=BAD_FILES)
def test_a_bad_table_gets_one_line(run: Run, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "table.csv"
    file.write_bytes(content)
    wrong(run("baseline", file, "--text", "text", "--label", "label"))


BAD_PLANS = {
    "empty": "",
    "list": "- a",
    "tag": "!!python/object/apply:os.system [id]",
    "bomb": "a: &a [x,x,x,x,x,x,x,x,x]\n"
    + "\n".join(f"b{n}: &b{n} [*a,*a,*a,*a,*a,*a,*a,*a,*a]" for n in range(30)),
    "newer": PLAN.read_text(encoding="utf-8").replace("schema_version: 2", "schema_version: 999"),
    "unknown_key": PLAN.read_text(encoding="utf-8") + "\nsurprise: 1\n",
    "unknown_answer": PLAN.read_text(encoding="utf-8").replace(
        "purpose: format_and_tone", "purpose: world_peace"
    ),
    "twice": PLAN.read_text(encoding="utf-8") + "\nlanguage: en\n",
    "deep": "{" * 60_000,
    "not_a_number": '{"schema_version": 1, "title": "t", "on": "2026-11-22", "inputs": {"a": NaN}}',
}


@pytest.mark.parametrize("text", BAD_PLANS.values(), ids=BAD_PLANS)
def test_a_bad_plan_gets_one_line(run: Run, tmp_path: Path, text: str) -> None:
    file = tmp_path / "plan.yaml"
    file.write_text(text, encoding="utf-8")
    wrong(run("advise", file))
    wrong(run("report", file))


def test_a_plan_that_is_not_utf8_is_told_so(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "plan.yaml"
    file.write_bytes("題: あ".encode("cp932"))
    assert "UTF-8" in wrong(run("advise", file))


def test_a_token_is_never_printed(run: Run) -> None:
    unreachable = {"HF_TOKEN": "hf_secretsecret", "HF_ENDPOINT": "http://127.0.0.1:9", "HF_HUB_OFFLINE": ""}
    assert unreachable["HF_TOKEN"] not in wrong(run("model", "nobody/nothing-of-that-name", **unreachable))


def test_what_is_not_ours_is_still_one_line(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr("advisor.plan.from_yaml", fails)
    ran = run("advise", PLAN)
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert "RuntimeError" in ran.err and "secret detail" not in ran.err


# The process itself.


def process(*arguments: object, **settings: Any) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "advisor", *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        check=False,
        **settings,
    )


def test_the_module_runs_and_sets_the_exit_code() -> None:
    assert process("tokens", "no-such-file").returncode == 2
    assert json.loads(process("tokens", CHAT, "--json").stdout)["examples"] == 70


def test_a_reader_that_leaves_early_sees_no_traceback() -> None:
    line = f"{sys.executable} -m advisor prices | head -1"
    ran = subprocess.run(["bash", "-c", line], cwd=ROOT, capture_output=True, check=False)
    assert ran.stderr == b""


def test_json_is_whole_on_a_terminal_that_knows_no_japanese(tmp_path: Path) -> None:
    environ = {
        "PYTHONIOENCODING": "ascii",
        "PYTHONUTF8": "0",
        "ADVISOR_HOME": str(tmp_path),
        "PATH": "/usr/bin:/bin",
    }
    made = process("plan", "new", "--title", "題 𠮷", "--json", env=environ)
    assert json.loads(made.stdout)["title"]["ja"] == "題 𠮷"
    assert process("plan", "list", "--lang", "ja", env=environ).returncode == 0


def test_wide_characters_line_up() -> None:
    table = terminal.table(["案", "USD"], [["日本語", "1.20"], ["few-shot", "10.00"]], figures=[1])
    assert {terminal.width(row) for row in table.splitlines()} == {15}
