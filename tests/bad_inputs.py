"""Files that no honest program wrote, each by its recipe, with what it must get: a problem's id, or None where it reads."""

from __future__ import annotations

import io
import pickle
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from zipfile import ZIP_DEFLATED, ZipFile

import pyarrow as pa
import pyarrow.parquet as pq

from tests.workbooks import shared_strings, workbook

JAPANESE = "text,label\n返品したいのですが、送料は?,返品\n髙島様の①番、㈱は～です,その他\n"
PLAIN = JAPANESE.replace("髙島", "高島").replace("①番、㈱は～", "一番")
LOCKED = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512)
MERGED = (
    '<sheetData><row r="1"><c r="A1" t="s"><v>0</v></c></row><row r="2"><c r="A2" t="s"><v>1</v></c></row></sheetData>'
    '<mergeCells count="1"><mergeCell ref="A2:A3"/></mergeCells>'
)
ENTITIES = (
    '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]><worksheet><sheetData><row r="1">'
    '<c r="A1" t="inlineStr"><is><t>&b;</t></is></c></row></sheetData></worksheet>'
)


@dataclass(frozen=True)
class BadFile:
    """One file of a row of the list; `in_shell` where the shell, which has no size limits, answers otherwise."""

    row: int
    what: str
    write: Callable[[], bytes]
    problem: str | None = None
    name: str = "data.csv"
    in_shell: bool = True

    def __str__(self) -> str:
        return f"{self.row}: {self.what}"


def _written(content: bytes) -> Callable[[], bytes]:
    return lambda: content


def _rows(*lines: str) -> Callable[[], bytes]:
    return _written(("\n".join(lines) + "\n").encode())


def _parquet(rows: int) -> bytes:
    written = io.BytesIO()
    pq.write_table(pa.table({"n": pa.array([0] * rows, type=pa.int8())}), written)
    return written.getvalue()


def _unpacks_to_300_mb() -> bytes:
    written = io.BytesIO(workbook({"Sheet": [["text"], ["a"]]}))
    chunk = bytes(2**20)
    added = ZipFile(written, "a", ZIP_DEFLATED, compresslevel=1)
    with added as archive, archive.open("xl/media/large.bin", "w") as part:
        for _ in range(300):
            part.write(chunk)
    return written.getvalue()


@cache
def _wide() -> bytes:
    return b",".join(b"c%d" % i for i in range(200_000)) + b"\n" + b"," * 199_999 + b"\n"


# Rows 1 to 36 of the list, the files; the others are no files.
BAD_FILES = (
    BadFile(1, "nothing", _written(b""), "file_empty"),
    BadFile(2, "a byte order mark", _written(b"\xef\xbb\xbf"), "file_empty"),
    BadFile(3, "a header", _written(b"text,label\n"), "header_only"),
    BadFile(4, "cp932 with 髙①㈱～", lambda: JAPANESE.encode("cp932")),
    BadFile(5, "EUC-JP", lambda: PLAIN.encode("euc_jp")),
    BadFile(6, "ISO-2022-JP", lambda: PLAIN.encode("iso2022_jp")),
    BadFile(7, "UTF-16 with its mark", lambda: JAPANESE.encode("utf-16")),
    BadFile(7, "UTF-16-LE without", lambda: JAPANESE.encode("utf-16-le")),
    BadFile(7, "UTF-16-BE without", lambda: JAPANESE.encode("utf-16-be")),
    BadFile(8, "two encodings", lambda: JAPANESE.encode() + "返品,返品\n".encode("cp932"), "mixed_encodings"),
    BadFile(9, "a lone surrogate", _written(b"text,label\n\xed\xa0\x80,a\n"), "invalid_bytes"),
    BadFile(10, "UTF-8 with its mark", lambda: JAPANESE.encode("utf-8-sig")),
    BadFile(11, "semicolons", _rows("text;label", "a, b;c")),
    BadFile(11, "tabs", _rows("text\tlabel", "a, b\tc")),
    BadFile(11, "bars", _rows("text|label", "a, b|c")),
    BadFile(12, "full-width commas", _rows("text，label", "あ，い"), "delimiter_full_width"),
    BadFile(13, "CR alone", _written(b"text,label\ra,b\rc,d\r")),
    BadFile(13, "CRLF and LF", _written(b"text,label\r\na,b\nc,d\r\n")),
    BadFile(14, "a NUL", _written(b"text,label\na\x00b,c\n"), "nul_byte"),
    BadFile(15, "an open quote", _written(b'text,label\n"abc,d\ne,f\n'), "quote_not_closed"),
    BadFile(16, "a first row too long", _rows("text,label", "a,b,c"), "row_too_wide"),
    BadFile(17, "a row too short", _rows("text,label", "a,b", "c")),
    BadFile(18, "a header twice", _rows("text,text,label", "a,b,c"), "header_repeated"),
    BadFile(18, "headers with spaces", _rows(" text , ラベル　", "a,b")),
    BadFile(19, "words that mean nothing", _rows("text,label", "NA,null", "None,nan", "-,NaN")),
    BadFile(20, "one label in four spellings", _rows("text,label", "a,1", "b,1.0", "c, 1", "d,１")),
    BadFile(21, "one class", _rows("text,label", "a,x", "b,x")),
    BadFile(22, "a class with one row", _rows("text,label", "a,x", "b,x", "c,x", "d,y")),
    BadFile(23, "the same text with two labels", _rows("text,label", "a,x", "a,y", "a,x", "a,x")),
    BadFile(24, "NFC, NFD, unseen signs", _rows("text,label", "ガ,x", "カ\u3099,x", "a\u200bb\u202ec,y")),
    BadFile(25, "no words at all", _rows("text,label", ",x", "   ,y", "🎉🎉,x")),
    BadFile(26, "200,000 columns", _wide, "columns_too_many", in_shell=False),
    BadFile(27, "a cell of 2 million characters", lambda: b"text,label\n" + b"x" * 2_000_000 + b",a\n", "cell_too_long", in_shell=False),
    BadFile(28, "26 MB", lambda: b"text,label\n" + b"abcdefghijkl,a\n" * 1_820_000, "file_too_large", in_shell=False),
    BadFile(29, "a picture", _written(b"\x89PNG\r\n\x1a\n\0\0"), "file_of_another_kind"),
    BadFile(29, "a program", _written(b"MZ\x90\0\x03\0"), "file_of_another_kind"),
    BadFile(29, "an archive", _written(b"PK\x03\x04broken"), "file_damaged"),
    BadFile(29, "a PDF", _written(b"%PDF-1.7\n"), "file_of_another_kind"),
    BadFile(30, "a web page", _written(b"<!DOCTYPE html><html>Sign in</html>"), "file_is_web_page"),
    BadFile(31, "a workbook of 300 MB in one", _unpacks_to_300_mb, "unpacks_too_large", "b.xlsx", in_shell=False),
    BadFile(32, "an entity bomb", lambda: workbook({"Sheet": []}, parts={"xl/worksheets/sheet1.xml": ENTITIES}), "file_damaged", "b.xlsx"),
    BadFile(33, "a workbook with a password", _written(LOCKED), "workbook_locked_or_old", "b.xlsx"),
    BadFile(33, "merged cells", lambda: workbook({"Sheet": MERGED}, parts=shared_strings("text", "a")), name="b.xlsx"),
    BadFile(33, "a hidden sheet", lambda: workbook({"old": [["x"], ["1"]], "data": [["text"], ["a"]]}, hidden={"old"}), name="b.xlsx"),
    BadFile(34, "a Parquet bomb", lambda: _parquet(5_000_000), "rows_too_many", "d.parquet", in_shell=False),
    BadFile(35, "a pickle", lambda: pickle.dumps(["text"]), "file_of_another_kind", "model.pkl"),
    BadFile(35, "an ending that stands for a pickle", _rows("text,label", "a,b"), "file_type_unsupported", "data.joblib"),
    BadFile(35, "a pickle that says it is a table", lambda: pickle.dumps(["text"]), "file_of_another_kind"),
    BadFile(36, "formulas", _rows("text,label", "=cmd|' /C calc'!A0,@SUM(1)", "+1,-1", "＝1+1,a")),
)  # fmt: skip
