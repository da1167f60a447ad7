"""Access tokens never reach a log, a screen or a report, whatever error happens to quote them.

`guard_logs()` covers every logger of the process, Streamlit's included, and what is printed of errors that
nobody logged or caught.
"""

from __future__ import annotations

import io
import logging
import re
import sys
import threading
import traceback
from functools import cache
from types import TracebackType
from typing import Any
from urllib.parse import quote

# A short `hf_…` counts only as a whole word, so that names such as hf_hub_download stay readable.
_HUGGING_FACE = re.compile(r"hf_(?:[A-Za-z0-9]{16,}|(?<![A-Za-z0-9]hf_)[A-Za-z0-9]{3,}\b)")
_SECRET_KEY = re.compile(r"(?<![A-Za-z])sk-[A-Za-z0-9_-]{6,}")
# Gemini, xAI and Groq; Azure's long keys carry a mark of their own, its short ones are 32 hexadecimal digits alone.
_NAMED_KEY = re.compile(r"(?<![A-Za-z0-9])(AIza|xai-|gsk_)[A-Za-z0-9_-]{16,}")
_AZURE_KEY = re.compile(r"(?<![A-Za-z0-9])[A-Za-z0-9]{30,}JQQJ9[A-Za-z0-9]{20,}")
_HEX_KEY = re.compile(r"(?<![\w/.-])[0-9a-fA-F]{32}(?![\w/-])")
_BEARER = re.compile(r"\b(bearer)(\s+|%20|\+)[\w.~+/=-]{6,}", re.IGNORECASE)


def mask(text: str) -> str:
    """`text` with what looks like an access token cut down to what kind it was.

    >>> mask("401 for hf_abcdefghijklmnop, Authorization: Bearer sk-proj-0123456789")
    '401 for hf_…, Authorization: Bearer …'
    >>> mask("hf_hub_download in a task-specific way, api-key: 0123456789abcdef0123456789abcdef")
    'hf_hub_download in a task-specific way, api-key: …'
    """
    for secret in _hidden:
        text = text.replace(secret, "…")
    text = _HUGGING_FACE.sub("hf_…", _SECRET_KEY.sub("sk-…", _BEARER.sub(r"\1\2…", text)))
    return _HEX_KEY.sub("…", _AZURE_KEY.sub("…", _NAMED_KEY.sub(r"\1…", text)))


def hide(secret: str | None) -> None:
    """Mask this very value from now on, whatever it looks like, also as it stands in an address."""
    if secret and len(secret) >= SHORTEST_SECRET:
        _hidden.update({secret, quote(secret, safe="")})


# A shorter value would be found inside ordinary words.
SHORTEST_SECRET = 6
_hidden: set[str] = set()


@cache
def guard_logs() -> None:
    """Mask every log record and every uncaught error of this process from now on."""
    make_record = logging.getLogRecordFactory()

    def masked_record(*args: Any, **fields: Any) -> logging.LogRecord:
        return _masked(make_record(*args, **fields))

    logging.setLogRecordFactory(masked_record)
    _guard_printed()
    _guard_uncaught()


def _masked(record: logging.LogRecord) -> logging.LogRecord:
    if isinstance(record.args, tuple):
        record.args = tuple(mask(value) if isinstance(value, str) else value for value in record.args)
    try:
        message = record.getMessage()
    except Exception:  # noqa: BLE001 - a record that cannot be put together is logging's to complain about
        return record
    if mask(message) != message:
        record.msg, record.args = mask(message), ()
    if record.exc_info and record.exc_info[0]:
        # A formatter takes this text instead of writing out the error itself.
        record.exc_text = mask("".join(traceback.format_exception(*record.exc_info))).rstrip("\n")
    if record.stack_info:
        record.stack_info = mask(record.stack_info)
    return record


def _guard_printed() -> None:
    """Mask what a library prints of an error it met, as Streamlit's event loop does, past every logger."""
    print_exception = traceback.print_exception

    def print_masked(
        error: Any,
        /,
        value: Any = ...,
        tb: Any = ...,
        limit: Any = None,
        file: Any = None,
        chain: bool = True,
    ) -> None:
        written = io.StringIO()
        parts = () if value is ... else (value, tb)
        print_exception(error, *parts, limit=limit, file=written, chain=chain)
        (file or sys.stderr).write(mask(written.getvalue()))

    traceback.print_exception = print_masked


def _guard_uncaught() -> None:
    in_main, in_thread = sys.excepthook, threading.excepthook

    def main_hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if not _printed_masked(error):
            in_main(kind, error, trace)

    def thread_hook(uncaught: threading.ExceptHookArgs) -> None:
        if not _printed_masked(uncaught.exc_value):
            in_thread(uncaught)

    sys.excepthook, threading.excepthook = main_hook, thread_hook


def _printed_masked(error: BaseException | None) -> bool:
    """Whether the error quoted a secret, and so was printed here without it."""
    text = "".join(traceback.format_exception(error))
    if mask(text) == text:
        return False
    sys.stderr.write(mask(text))
    return True
