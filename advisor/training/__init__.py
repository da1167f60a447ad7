"""The launch kit: a plan's data, a filled-in configuration and a short script on the official API, as one archive.

Nothing is trained here. What a team wrote goes into a kit as JSON or YAML data only, never into code.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from advisor.language import Language, phrase, phrase_keys
from advisor.models.context import context_length
from advisor.preparation import Preparation
from advisor.preparation.splits import PARTS, Part
from advisor.training.choice import Choice, OpenModel, check_kind
from advisor.training.expected import Expected, expected_of_offer, expected_on_own_gpu
from advisor.training.readme import expected_lines, hosting_line, readme
from advisor.training.routes import KITS, Route, Standing, route_of, routes, standing
from advisor.training.settings import Facts, Setting, settings_of
from advisor.training.shapes import lines
from advisor.training.trainer_files import COMMANDS, trainer_files
from pricing import Problem
from pricing.book import PriceBook
from pricing.offers import Customer, Offer
from pricing.training_file import TokenReport, read_chat, token_report

# Every member of an archive carries this day, so that the same kit is the same bytes.
_NO_DAY = (1980, 1, 1, 0, 0, 0)
# Tokens of one answer of a model on one's own GPU; `config.json` says so and may be changed.
_LONGEST_ANSWER = 512
_SERVED_BY_SCRIPT = ("bedrock", "fireworks")
_SERVED_BY_HAND = ("azure", "together")


@dataclass(frozen=True)
class Kit:
    """A kit ready to be packed: its files by name, and what a page or a command shows of it."""

    title: str
    route: Route
    choice: Choice
    offer: Offer | None
    model: str
    settings: tuple[Setting, ...]
    expected: Expected
    rows: Mapping[str, int]
    language: Language
    on: date
    warnings: Mapping[str, int]
    data: Mapping[str, str] = field(repr=False)
    criteria: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """A name of our own for jobs and models, known by the data and the settings and by nothing a team wrote."""
        known = json.dumps(
            [self.route.id, self.model, [one.as_json() for one in self.settings], dict(self.data)]
        )
        return f"kit-{hashlib.sha256(known.encode()).hexdigest()[:12]}"

    @property
    def ends(self) -> date | None:
        """The next day on which something about the offer ends."""
        ends = self.offer.lifecycle.next_ends if self.offer else ()
        return next((day for day in ends if day > self.on), None)

    @property
    def method(self) -> str:
        """How the weights are changed: an encoder's all of them."""
        return "full" if self.route.guide else self.choice.method

    @property
    def serves(self) -> bool:
        """Whether the script itself puts the tuned model where it can be asked."""
        return self.route.id in _SERVED_BY_SCRIPT

    @property
    def names_deployment(self) -> bool:
        """Whether the team makes a deployment by hand and names it."""
        return self.route.id in _SERVED_BY_HAND

    @property
    def files(self) -> dict[str, str]:
        """Every file of the kit by its name; the names are ours alone."""
        scripts = {"run.py": self.route.script, "kit.py": "kit"}
        if not self.route.is_hosted:
            scripts["local_model.py"] = "local_model"
        if self.route.guide:
            scripts["labelled.py"] = "labelled"
        fixed = {name: _template(f"scripts/{script}.py.txt") for name, script in scripts.items()}
        made = trainer_files(
            self.route.id, self.choice, self.model, self.settings, bool(self.rows["validation"])
        )
        return {
            "README.md": readme(self),
            "requirements.txt": _requirements(self.route, self.choice),
            "config.json": _json(self.config),
            "words.json": _json(_words(self.language)),
            **fixed,
            **made,
            **{f"data/{part}.jsonl": text for part, text in self.data.items()},
        }

    @property
    def config(self) -> dict[str, Any]:
        """What the script reads: all of it data."""
        named: dict[str, Any] = {
            "route": self.route.id,
            "route_name": self.route.name.say(self.language),
            "name": self.name,
            "model": self.model,
            "method": self.method,
            "offer": self.offer.id if self.offer else None,
            "on": self.on.isoformat(),
            "settings": {one.id: one.as_json() for one in self.settings},
            "expected": self.expected.as_json()
            | {
                "lines": expected_lines(self.expected, self.language),
                "hosting": hosting_line(self.expected, self.language),
            },
            "criteria": list(self.criteria),
            "exact_match": phrase("training.sheet.exact_match", self.language),
            "rater": phrase("training.sheet.rater", self.language),
            "tuned_name": "tuned",
        }
        if self.offer and self.route.offers[self.offer.id].training_type:
            named["training_type"] = self.route.offers[self.offer.id].training_type
        if not self.route.is_hosted and not self.route.guide:
            named["max_new_tokens"] = _LONGEST_ANSWER
        if self.route.id in COMMANDS:
            named["command"] = COMMANDS[self.route.id]
        return named

    def zip(self) -> bytes:
        """The kit as one archive; the same kit gives the same bytes."""
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, text in self.files.items():
                member = zipfile.ZipInfo(f"launch_kit/{name}", _NO_DAY)
                member.compress_type = zipfile.ZIP_DEFLATED
                member.external_attr = 0o644 << 16
                archive.writestr(member, text)
        return packed.getvalue()

    def write(self, folder: Path) -> list[Path]:
        """The kit's files in a folder; one that holds a started run is refused, so that its state is not lost."""
        if (folder / "state.json").exists():
            raise Problem("kit_folder_started", folder=str(folder))
        written = []
        for name, text in self.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
            written.append(path)
        return written

    def as_json(self) -> dict[str, Any]:
        """What the command `kit` prints."""
        return {
            "route": self.route.id,
            "offer": self.offer.id if self.offer else None,
            "model": self.model,
            "method": self.method if not self.route.is_hosted else None,
            "rows": dict(self.rows),
            "format_warnings": dict(self.warnings),
            "settings": [one.as_json() for one in self.settings],
            "expected": self.expected.as_json(),
            "ends": self.ends.isoformat() if self.ends else None,
            "needs": list(self.route.needs),
            "files": list(self.files),
        }


def build_kit(
    choice: Choice,
    prepared: Preparation,
    *,
    title: str,
    language: Language,
    on: date,
    book: PriceBook,
    customer: Customer = "new",
    model: OpenModel | None = None,
    criteria: Sequence[str] = (),
) -> Kit:
    """The kit of one route for prepared data. A closed offer makes none: a Problem says why and since when.

    `model` is what is known of an open model; without its shape memory, hours and rent stay unknown.
    """
    choice = choice.checked()
    found = standing(route_of(choice.route), book, on, customer)
    offer = found.offer(choice.offer, model.parameters if model else None)
    called = _model_name(found, offer, choice)
    _check(prepared, found.route)
    chat = lines(_examples(prepared, "train"), "chat")
    known = model if model and model.id == choice.model else OpenModel(called)
    check_kind(found.route, known)
    tokens = _tokens(chat, offer, known, choice)
    limit = context_length(known.config).tokens if found.route.guide else None
    facts = Facts(tokens, prepared.seed, prepared.count("validation"), limit=limit)
    settings = settings_of(found.route, choice, facts)
    if offer is None:
        expected = expected_on_own_gpu(found.route, choice, known, tokens, settings, book, on)
    else:
        checked = _validation_tokens(prepared, tokens)
        expected = expected_of_offer(offer, tokens, checked, settings, book, on, customer)
    return Kit(
        title=title,
        route=found.route,
        choice=choice,
        offer=offer,
        model=called,
        settings=settings,
        expected=expected,
        rows={part: prepared.count(part) for part in PARTS},
        language=language,
        on=on,
        warnings=tokens.warnings,
        data=_data(prepared, found.route),
        criteria=tuple(criteria),
    )


def standings(book: PriceBook, on: date, customers: Mapping[str, str]) -> list[Standing]:
    """How every route stands; `customers` says of which providers the team is a customer already."""
    return [standing(route, book, on, customer_of(route, customers)) for route in routes().values()]


def customer_of(route: Route, customers: Mapping[str, str]) -> Customer:
    """Whether the team is new to the provider of a route."""
    return "existing" if customers.get(route.provider or "") == "existing" else "new"


def _model_name(found: Standing, offer: Offer | None, choice: Choice) -> str:
    """What the provider's API, or the Hub, calls the model."""
    if not found.route.asks_model:
        entry = found.route.offers[offer.id] if offer else None
        return str(entry.model if entry else choice.model)
    if not choice.model:
        raise Problem("kit_model_needed", route=found.route.id)
    prefix = found.route.model_prefix
    if prefix and not choice.model.startswith("accounts/"):
        return prefix + choice.model.rpartition("/")[2].lower().replace(".", "p")
    return choice.model


def _check(prepared: Preparation, route: Route) -> None:
    """Read every part as the provider's check does; a Problem says what is wrong before money is spent."""
    rows = prepared.count("train")
    if not rows:
        raise Problem("kit_no_training_rows")
    for part in PARTS:
        if prepared.count(part):
            _check_part(part, lines(_examples(prepared, part), "chat"))
    if rows < route.fewest_examples:
        raise Problem("kit_too_few", found=rows, least=route.fewest_examples)
    if route.guide:
        _check_labels(prepared)


def _check_labels(prepared: Preparation) -> None:
    """An encoder learns classes: at least two, and each more than once on average."""
    answers = [example.messages[-1].get("content") for example in _examples(prepared, "train")]
    classes = len(set(map(str, answers)))
    if not 2 <= classes <= len(answers) / 2:
        raise Problem("kit_no_classes", found=classes, rows=len(answers))


def _check_part(part: str, chat: str) -> None:
    read = read_chat(chat)
    errors = {name: count for name, count in read.errors.items() if name != "too_few_examples"}
    if errors:
        places = [f"{part}: {place.name} ({place.line})" for place in read.places if place.line][:5]
        raise Problem("kit_data_broken", found=sum(errors.values()), places=places)


def _tokens(chat: str, offer: Offer | None, model: OpenModel, choice: Choice) -> TokenReport:
    """Tokens as the offer's model counts them, or the open model that the team named."""
    asked = offer.id if offer and not offer.open_weights else model.id
    usual = offer.default_epochs if offer and asked != offer.id else None
    return token_report(read_chat(chat), asked, n_epochs=choice.epochs or usual)


def _validation_tokens(prepared: Preparation, tokens: TokenReport) -> int:
    if not prepared.count("validation"):
        return 0
    chat = lines(_examples(prepared, "validation"), "chat")
    return token_report(read_chat(chat), tokens.model).tokens_per_epoch


def _examples(prepared: Preparation, part: Part) -> list[Any]:
    return [prepared.examples[row] for row in prepared.rows(part)]


def _data(prepared: Preparation, route: Route) -> dict[str, str]:
    """The parts that hold rows; the test part stays chat, since the kit's own script reads it."""
    shapes = {part: route.shape if part != "test" else "chat" for part in PARTS}
    return {part: lines(_examples(prepared, part), shapes[part]) for part in PARTS if prepared.count(part)}


def _requirements(route: Route, choice: Choice) -> str:
    """Exact versions; 4-bit weights need one package more."""
    pinned = _template(f"requirements/{route.id}.txt").splitlines()
    if choice.method == "qlora" and not route.is_hosted and not route.guide:
        pinned = [*pinned, *_template("requirements/qlora.txt").splitlines()]
    return "".join(f"{line}\n" for line in sorted(pinned))


def _words(language: Language) -> dict[str, str]:
    """What the script says, by key and unfilled."""
    area = "training.script."
    keys = sorted(key for key in phrase_keys() if key.startswith(area))
    return {key.removeprefix(area): phrase(key, language) for key in keys}


def _template(name: str) -> str:
    return (KITS / name).read_text(encoding="utf-8")


def _json(shape: Mapping[str, Any] | Iterable[Any]) -> str:
    return json.dumps(shape, ensure_ascii=False, indent=1) + "\n"
