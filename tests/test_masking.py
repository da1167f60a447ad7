"""A token in an error is seen by nobody: not in a log, not on a page, not in a report, not on a terminal."""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path

import pytest
from streamlit.logger import get_logger
from streamlit.testing.v1 import AppTest

from advisor import jobs
from advisor.language import LANGUAGES, problem
from advisor.masking import guard_logs, hide, mask
from advisor.plan import example
from advisor.report import build, html, markdown
from pricing import Problem

HUB = "hf_AbCdEfGhIjKlMnOpQrStUvWxYz012345"
KEY = "sk-proj-Abc_123-Def456"
PLAIN = ("hf_AbCd", "sk-proj", "eyJhbGci")
SECRETS = (HUB, KEY, "Bearer eyJhbGciOiJIUzI1NiJ9.e30.sig", f"https://x:{HUB}@hub/?a=%20{HUB}", "hf_xxx")


@pytest.mark.parametrize("secret", SECRETS)
def test_tokens_are_cut_and_what_is_around_them_stays(secret: str) -> None:
    shown = mask(f"before {secret} after")
    assert shown.startswith("before ")
    assert shown.endswith(" after")
    assert not any(part in shown for part in (*PLAIN, "hf_xxx"))


AZURE = "0123456789abcdef0123456789ABCDEF"
LONG_AZURE = "a1B2" * 13 + "JQQJ99" + "AbC1" * 6 + "xy"
GEMINI, XAI, GROQ = "AIza" + "Sy_0" * 9, "xai-" + "a1B2" * 10, "gsk_" + "a1B2" * 12


@pytest.mark.parametrize(
    "key", [AZURE, LONG_AZURE, GEMINI, XAI, GROQ], ids=["azure", "long", "AIza", "xai", "gsk"]
)
def test_keys_of_llm_providers_are_cut(key: str) -> None:
    assert key[6:] not in mask(f"api-key: {key}, said the server")
    assert mask(f"api-key: {key}, said the server").endswith("…, said the server")


def test_a_value_that_was_hidden_is_cut_whatever_it_looks_like() -> None:
    hide("correct horse")
    assert mask("refused: correct horse, ?key=correct%20horse") == "refused: …, ?key=…"


@pytest.mark.parametrize("text", [f"job trial-{AZURE}", f"/jobs/{AZURE}/log.txt", "a" * 64])
def test_names_of_jobs_and_digests_stay(text: str) -> None:
    assert mask(text) == text


@pytest.mark.parametrize(
    "text", ["hf_hub_download", "risk-adjusted", "the bearer of news", "task-specifically"]
)
def test_ordinary_words_stay(text: str) -> None:
    assert mask(text) == text


@pytest.mark.parametrize("name", ["advisor.pages", "streamlit.runtime.scriptrunner", "uvicorn.error"])
def test_every_logger_is_masked_even_streamlits_own(name: str, capfd: pytest.CaptureFixture[str]) -> None:
    guard_logs()
    logger = get_logger(name)
    logger.setLevel("INFO")
    logger.streamlit_console_handler.setStream(sys.stderr)  # type: ignore[attr-defined]
    try:
        raise RuntimeError(f"denied for {HUB}")
    except RuntimeError as error:
        logger.error("asked with %s", KEY, exc_info=error)
        logger.warning(error)
    said = capfd.readouterr().err
    assert "RuntimeError: denied for hf_…" in said
    assert "asked with sk-…" in said
    assert not any(part in said for part in PLAIN)


def test_a_record_that_quotes_no_token_is_left_alone(caplog: pytest.LogCaptureFixture) -> None:
    guard_logs()
    logging.getLogger("advisor.pages").warning("%d of %s", 3, "five")
    assert caplog.records[-1].args == (3, "five")


UNCAUGHT = f"""
import threading
import traceback
from advisor.masking import guard_logs
guard_logs()
def fail():
    raise RuntimeError("in a thread {HUB}")
thread = threading.Thread(target=fail)
thread.start()
thread.join()
try:
    raise ValueError("printed by a library, {HUB}")
except ValueError:
    traceback.print_exc()
raise SystemError("in the end, Bearer {HUB}")
"""


def test_what_python_prints_of_uncaught_errors_is_masked(root: Path) -> None:
    ended = subprocess.run([sys.executable, "-c", UNCAUGHT], cwd=root, capture_output=True, text=True)
    assert ended.returncode == 1
    assert "RuntimeError: in a thread hf_…" in ended.stderr
    assert "ValueError: printed by a library, hf_…" in ended.stderr
    assert "SystemError: in the end, Bearer …" in ended.stderr
    assert HUB not in ended.stderr


def test_a_job_whose_error_quotes_a_token_shows_it_to_nobody(tmp_path: Path) -> None:
    params = {"text": f"{HUB} {KEY}", "reading": {"name": "a.csv"}}
    job = jobs.start("describe", params, {"table": b"text,label\na,b\nc,d\n"}, root=tmp_path / "jobs")
    failed = jobs.wait(job, 60).problem
    assert failed is not None
    log = (job / "log.txt").read_text(encoding="utf-8")
    assert "Traceback" in log
    for told in (log, problem(failed, "ja"), problem(failed, "en")):
        assert "hf_… sk-…" in told
        assert not any(part in told for part in PLAIN)


def test_the_report_masks_what_an_error_left_in_the_plan() -> None:
    plan = example("why_bot").put("notes.purpose", {"text": f"asked with {HUB}, got 401 for Bearer {KEY}"})
    for language in LANGUAGES:
        report = build(plan, language, plan.on)
        for written in (markdown.render(report), html.render(report)):
            assert "asked with hf" in written
            assert not any(part in written for part in PLAIN)


def page() -> None:
    import streamlit as st

    from advisor.pages import frame
    from pricing import Problem

    view = frame.current()
    with view.problems_shown():
        raise Problem("hub_not_found", asked=st.session_state["token"])
    with view.problems_shown():
        raise ValueError(st.session_state["token"])


def test_a_page_masks_what_an_error_quotes(caplog: pytest.LogCaptureFixture) -> None:
    app = AppTest.from_function(page, default_timeout=30)
    app.session_state["token"] = f"{HUB} {KEY}"
    app.run()
    shown = " ".join(error.value for error in app.error).replace("\\", "")
    assert "hf_…" in shown
    assert not any(part in shown + caplog.text for part in PLAIN)


def test_the_shell_masks_what_an_error_quotes(root: Path, tmp_path: Path) -> None:
    missing = tmp_path / f"{HUB}.csv"
    command = [sys.executable, "-m", "advisor", "baseline", str(missing), "--text", "a", "--label", "b"]
    ended = subprocess.run(command, cwd=root, capture_output=True, text=True)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "hf_…" in ended.stderr
    assert HUB not in ended.stderr


def test_an_unworded_problem_is_masked_too() -> None:
    assert HUB not in problem(Problem(f"no_such_id_{HUB}", found=HUB), "en")
