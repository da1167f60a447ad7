"""Everything of a plan as one ZIP file: the plan, each version, the uploaded files, what was measured, the reports."""

from __future__ import annotations

import io
import json
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from advisor.language import LANGUAGES
from advisor.plan import Plan
from advisor.report import build
from advisor.report.formats import MEDIA_TYPES, write
from pricing import Problem

if TYPE_CHECKING:
    from advisor.access import Access
    from advisor.store import Saved

_NOT_IN_A_NAME = re.compile(r"[^\w.-]+")


@dataclass(frozen=True)
class PastVersion:
    """A version of the plan as it goes into the archive."""

    number: int
    what: str
    author: str
    saved_at: datetime
    plan: Plan


@dataclass(frozen=True)
class KeptFile:
    """An uploaded file as it goes into the archive."""

    sha256: str
    name: str
    content: bytes


def pack_saved(kept: Access, saved: Saved, plan: Plan, *, on: date) -> bytes:
    """The archive of `plan`, as it stands now, with every version and upload that is kept of it."""
    versions = (
        PastVersion(one.number, one.what, one.author, one.saved_at, kept.load(saved.id, one.number).plan)
        for one in kept.history(saved.id)
    )
    uploads = (
        KeptFile(digest, *found)
        for digest in kept.uploads_of(saved.id)
        if (found := kept.upload(digest, plan=saved.id))
    )
    return pack(plan, versions, uploads, on=on)


def pack(plan: Plan, versions: Iterable[PastVersion], uploads: Iterable[KeptFile], *, on: date) -> bytes:
    """A ZIP file of `plan.yaml`, `versions/`, `uploads/`, `evidence/`, `reports/` and a list of it, `contents.json`.

    Versions and evidence are JSON, which `plan import` reads too; the reports are as of `on`, in both languages.
    No name in it comes from a user unchanged, so that it unpacks into one folder wherever it is opened.
    """
    written = io.BytesIO()
    listed: dict[str, list[dict[str, object]]] = {
        "versions": [],
        "uploads": [],
        "evidence": [],
        "reports": [],
    }
    with ZipFile(written, "w", ZIP_DEFLATED) as archive:

        def add(name: str, content: str | bytes) -> str:
            entry = ZipInfo(name, (on.year, on.month, on.day, 0, 0, 0))
            entry.compress_type = ZIP_DEFLATED
            entry.external_attr = 0o600 << 16
            archive.writestr(entry, content)
            return name

        add("plan.yaml", plan.to_yaml())
        for one in versions:
            file = add(f"versions/{one.number:05d}.json", _json(one.plan.to_json()))
            about = {"number": one.number, "saved_at": one.saved_at.isoformat()}
            listed["versions"].append({"file": file, **about, "what": one.what, "author": one.author})
        for kept in uploads:
            file = add(f"uploads/{kept.sha256[:12]}-{_cleaned(kept.name)}", kept.content)
            listed["uploads"].append({"file": file, "name": kept.name, "sha256": kept.sha256})
        for name, answer in plan.evidence.items():
            file = add(f"evidence/{_cleaned(name)}.json", _json(answer.as_json()))
            listed["evidence"].append({"file": file, "command": name})
        for language in LANGUAGES:
            try:
                report = build(plan, language, on)
            except Problem as problem:
                # What the team owns goes along also when no report can be made of it.
                listed["reports"].append({"language": language, "missing": problem.id})
                continue
            for form in MEDIA_TYPES:
                file = add(f"reports/report.{language}.{form}", write(report, form).content)
                listed["reports"].append({"file": file, "language": language, "on": on.isoformat()})
        add("contents.json", _json({"title": {"ja": plan.title.ja, "en": plan.title.en}, **listed}))
    return written.getvalue()


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1, default=str)


def _cleaned(name: str) -> str:
    """A name that is one on every system and leaves no folder."""
    return _NOT_IN_A_NAME.sub("_", unicodedata.normalize("NFKC", name)).strip("._")[:80] or "file"
