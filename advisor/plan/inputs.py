"""What the pages keep of a plan, one model a page: each entry's type, the label of its field, and its words.

An entry is kept as `<page>.<name>`; of a name with parts, such as `cost.today.few_shot.examples`, the last counts, and
a name that goes on, such as `evaluation.criteria_qa_ja`, is the field that it begins with.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from advisor.language import Language, phrase, phrase_keys
from advisor.quantities import Named

NUMBERS_AS_TEXT = ConfigDict(coerce_numbers_to_str=True)
Names = list[str]
File = dict[str, Any]


def kept(label: str, said_in: str | None = None) -> Any:
    """An entry that the phrase `label` asks for; an id of the area `said_in` is shown in words."""
    return Field(default=None, json_schema_extra={"label": label, "said_in": said_in})


def noted() -> Any:
    """An entry by which a page remembers the work it began: nobody typed it, and no history tells it."""
    return Field(default=None, json_schema_extra={"label": None, "noted": True})


class Inputs(BaseModel):
    """What one page keeps. `PAGE` is the page whose part it is."""

    model_config = ConfigDict(frozen=True, extra="allow", arbitrary_types_allowed=True)
    PAGE: ClassVar[str]


class Data(Inputs):
    PAGE = "data"
    file: File | None = kept("history.inputs.file")
    text: str | None = kept("data.choose.text")
    label: str | None = kept("data.choose.label")
    text2: str | None = kept("data.choose.text2")
    encoding: str | None = kept("data.choose.encoding")
    delimiter: str | None = kept("data.choose.delimiter")
    sheet: str | None = kept("data.choose.sheet")
    model: str | None = kept("data.choose.model")
    near: bool | None = kept("data.near")
    job: str | None = noted()
    asked: File | None = noted()
    ran: File | None = noted()


class Baseline(Inputs):
    PAGE = "baseline"
    text: str | None = kept("baseline.page.text")
    label: str | None = kept("baseline.page.label")
    text2: str | None = kept("baseline.page.text2")
    task: str | None = kept("baseline.page.task", "baseline.task")
    metric: str | None = kept("baseline.page.metric", "baseline.metric")
    has_target: bool | None = kept("baseline.page.has_target")
    target: float | None = kept("baseline.page.target")
    rungs: str | None = kept("baseline.page.rungs", "baseline.page")
    test: File | None = kept("baseline.page.test")
    hold_out: str | None = kept("baseline.page.hold_out")
    label2: str | None = kept("baseline.page.label2")
    llm_cost: str | None = kept("baseline.page.llm_cost")
    llm_cost_per_request: str | None = kept("baseline.page.llm_cost")
    error_cost: str | None = kept("baseline.page.error_cost")
    cpu_hour: str | None = kept("baseline.page.cpu_hour")
    precision: float | None = kept("baseline.page.precision")
    job: str | None = noted()
    asked: File | None = noted()
    ran: File | None = noted()
    kept: str | None = noted()


class Cost(Inputs):
    PAGE = "cost"
    preset: str | None = kept("cost.preset.label", "cost.preset")
    arms: list[dict[str, Any]] | None = kept("cost.arms.heading")
    on: date | None = kept("cost.form.on")
    months: str | None = kept("cost.form.months")
    requests_per_month: str | None = kept("cost.form.requests_per_month")
    growth_per_month: str | None = kept("cost.form.growth_per_month")
    currency: str | None = kept("cost.form.currency")
    rate: str | None = kept("cost.form.rate")
    customer: str | None = kept("cost.form.customer", "cost.form.customers")
    instruction_tokens: str | None = kept("cost.form.instruction_tokens")
    question_tokens: str | None = kept("cost.form.question_tokens")
    answer_tokens: str | None = kept("cost.form.answer_tokens")
    example_tokens: str | None = kept("cost.form.example_tokens")
    training_tokens: str | None = kept("cost.form.training_tokens")
    epochs: str | None = kept("cost.form.epochs")
    low: str | None = kept("cost.ranges.heading")
    high: str | None = kept("cost.ranges.heading")
    model: str | None = kept("cost.field.model")
    offer: str | None = kept("cost.field.offer")
    gpu_offer: str | None = kept("cost.field.gpu_offer")
    gpus: str | None = kept("cost.field.gpus")
    examples: str | None = kept("cost.field.examples")
    reasoning_tokens: str | None = kept("cost.field.reasoning_tokens")
    cache_hit_rate: str | None = kept("cost.field.cache_hit_rate")
    batch: bool | None = kept("cost.field.batch")
    retrieved_tokens: str | None = kept("cost.field.retrieved_tokens")
    embedding_model: str | None = kept("cost.field.embedding_model")
    index_tokens: str | None = kept("cost.field.index_tokens")
    store_month: str | None = kept("cost.field.store_month")
    training_hours: str | None = kept("cost.field.training_hours")
    hours_per_month: str | None = kept("cost.field.hours_per_month")
    retrain_every_months: str | None = kept("cost.field.retrain_every_months")
    cpu_hour: str | None = kept("cost.field.cpu_hour")
    requests_per_second: str | None = kept("cost.field.requests_per_second")
    first: str | None = kept("cost.field.first")
    rest: str | None = kept("cost.field.rest")
    share_answered: str | None = kept("cost.field.share_answered")
    train_mtok: str | None = kept("cost.rate.train_mtok")
    input_mtok: str | None = kept("cost.rate.input_mtok")
    cached_input_mtok: str | None = kept("cost.rate.cached_input_mtok")
    cache_write_mtok: str | None = kept("cost.rate.cache_write_mtok")
    output_mtok: str | None = kept("cost.rate.output_mtok")
    hosting_hour: str | None = kept("cost.rate.hosting_hour")
    storage_month: str | None = kept("cost.rate.storage_month")
    gpu_hour: str | None = kept("cost.rate.gpu_hour")


class Models(Inputs):
    PAGE = "models"
    chosen: Names | None = kept("history.inputs.chosen")
    ask_hub: bool | None = kept("models.ask_hub")
    commercial: bool | None = kept("models.field.commercial")
    language: str | None = kept("models.need_language", "models.language_name")
    output: int | None = kept("models.need_output")
    card: str | None = kept("models.memory_card")
    memory_model: str | None = kept("models.memory_model")
    tokens: int | None = kept("models.memory_tokens")
    epochs: int | None = kept("models.memory_epochs")
    seq: int | None = kept("models.memory_seq")
    batch: int | None = kept("models.memory_batch")
    rank: int | None = kept("models.memory_rank")
    targets: str | None = kept("models.memory_targets")
    stack: str | None = kept("models.memory_stack")
    checkpointing: bool | None = kept("models.memory_checkpointing")
    adopt: str | None = kept("models.adopt")
    search_words: str | None = kept("models.search_words")
    search_task: str | None = kept("models.search_task")
    search_language: str | None = kept("models.search_language", "models.language_name")
    search_class: str | None = kept("models.search_class")
    search_smallest: float | None = kept("models.search_smallest")
    search_size: float | None = kept("models.search_size")
    search_fitting: bool | None = kept("models.search_fitting")
    search_job: str | None = noted()
    search_asked: File | None = noted()
    search_ran: File | None = noted()
    typed: dict[str, Any] | None = kept("history.inputs.typed")
    typed_name: str | None = kept("models.manual_name")
    typed_licence: str | None = kept("models.manual_licence")
    typed_context: int | None = kept("models.manual_context")
    typed_billions: float | None = kept("models.manual_parameters")
    typed_parent: str | None = kept("models.manual_parent")
    typed_config: str | None = kept("models.manual_config")


class Preparation(Inputs):
    PAGE = "preparation"
    input: str | None = kept("preparation.input")
    output: str | None = kept("preparation.output")
    rejected: str | None = kept("preparation.rejected")
    group: str | None = kept("preparation.group")
    stratify: str | None = kept("preparation.stratify")
    split: str | None = kept("preparation.split")
    system: str | None = kept("preparation.system")
    format: str | None = kept("preparation.format")
    model: str | None = kept("preparation.model")
    token_limit: int | None = kept("preparation.token_limit")
    seed: int | None = kept("preparation.seed")
    doubt: bool | None = kept("preparation.doubt")
    left_out: bool | None = kept("history.inputs.left_out")
    job: str | None = noted()
    done: str | None = noted()
    asked: File | None = noted()
    ran: File | None = noted()


class Annotation(Inputs):
    PAGE = "preparation"
    share: int | None = kept("preparation.annotation.share")
    width: int | None = kept("preparation.annotation.width")
    target: int | None = kept("preparation.annotation.target")
    items: int | None = kept("preparation.annotation.items")
    people: int | None = kept("preparation.annotation.people")
    seconds: int | None = kept("preparation.annotation.seconds")
    rate: int | None = kept("preparation.annotation.rate")
    sheet: File | None = kept("preparation.annotation.upload")
    people_columns: Names | None = kept("preparation.annotation.people_columns")


class Training(Inputs):
    PAGE = "training"
    route: str | None = kept("training.route")
    offer: str | None = kept("training.offer")
    model: str | None = kept("training.model")
    epochs: int | None = kept("training.epochs")
    rank: int | None = kept("training.rank")
    micro_batch: int | None = kept("training.micro_batch")
    method: str | None = kept("training.method")


class Evaluation(Inputs):
    PAGE = "evaluation"
    items: int | None = kept("evaluation.size.items")
    target: int | None = kept("evaluation.size.target")
    expected: int | None = kept("evaluation.size.expected")
    gap: int | None = kept("evaluation.size.gap")
    differing: int | None = kept("evaluation.size.differing")
    kappa: float | None = kept("evaluation.size.kappa")
    width: float | None = kept("evaluation.size.width")
    people: int | None = kept("evaluation.size.people")
    seconds: int | None = kept("evaluation.size.seconds")
    rate: int | None = kept("evaluation.size.rate")
    rubric: str | None = kept("evaluation.judges.rubric")
    criteria: str | None = kept("evaluation.judges.criteria")
    design: str | None = kept("evaluation.judges.design")
    reference: bool | None = kept("evaluation.judges.reference")
    prompt_language: str | None = kept("evaluation.judges.prompt_language")
    judges: Names | None = kept("evaluation.judges.models")
    cost_items: int | None = kept("evaluation.judges.cost_items")
    cost_systems: int | None = kept("evaluation.judges.cost_systems")
    repeats: int | None = kept("evaluation.judges.repeats")
    question: int | None = kept("evaluation.judges.question")
    answer: int | None = kept("evaluation.judges.answer")
    reference_tokens: int | None = kept("evaluation.judges.reference_tokens")
    answers: File | None = kept("evaluation.sheets.upload")
    column_item: str | None = kept("evaluation.sheets.item")
    column_question: str | None = kept("evaluation.sheets.question")
    column_reference: str | None = kept("evaluation.sheets.reference")
    systems: Names | None = kept("evaluation.sheets.systems")
    rater: str | None = kept("evaluation.sheets.rater")
    scores: File | None = kept("evaluation.results.upload")
    results_target: str | None = kept("evaluation.results.target")
    system: str | None = kept("evaluation.results.system")
    pass_mark: str | None = kept("evaluation.results.pass_mark")
    margin: int | None = kept("evaluation.results.margin")
    before: File | None = kept("evaluation.results.before")
    key: dict[str, Any] | None = kept("evaluation.results.key")
    judge: str | None = kept("evaluation.results.judge")
    pairwise: File | None = kept("evaluation.pairwise.upload")


class Improve(Inputs):
    PAGE = "improve"
    losses: File | None = kept("improve.losses_upload")
    rounds: list[dict[str, Any]] | None = kept("improve.rounds_title")


class Jobs(Inputs):
    PAGE = "privacy"
    done: Names | None = noted()


INPUTS: Mapping[str, type[Inputs]] = {
    "data": Data,
    "baseline": Baseline,
    "cost": Cost,
    "models": Models,
    "preparation": Preparation,
    "annotation": Annotation,
    "training": Training,
    "evaluation": Evaluation,
    "improve": Improve,
    "jobs": Jobs,
}


@cache
def _declared(path: str) -> tuple[str | None, Mapping[str, Any], TypeAdapter[Any] | None]:
    """The page, what is declared of an entry's field, and the type of its values; nothing where it is not declared."""
    area, *others = path.split(".")
    if area not in INPUTS:
        return None, {}, None
    fields = INPUTS[area].model_fields
    # A ticked finding is kept as `preparation.left_out.<finding>`.
    named = (part for leaf in (others[-1:], others[:1]) for part in leaf)
    for name in named:
        longest = max(
            (field for field in fields if name == field or name.startswith(f"{field}_")),
            key=len,
            default=None,
        )
        if longest is not None:
            extra = fields[longest].json_schema_extra
            told = extra if isinstance(extra, dict) else {}
            kind: Any = fields[longest].annotation
            return INPUTS[area].PAGE, told, TypeAdapter(kind, config=NUMBERS_AS_TEXT)
    return INPUTS[area].PAGE, {}, None


def is_declared(path: str) -> bool:
    """Whether a page declares the entry `inputs.<path>`."""
    return bool(_declared(path)[1])


def is_noted(path: str) -> bool:
    """Whether nobody typed the entry `inputs.<path>`: a page remembers by it which work it began."""
    return bool(_declared(path)[1].get("noted"))


def read_input(path: str, value: Any, default: Any) -> Any:
    """A kept value as its page declares it; the default where it does not fit.

    >>> read_input("models.rank", "16", 8), read_input("models.rank", {"a": 1}, 8)
    (16, 8)
    """
    kind = _declared(path)[2]
    try:
        found = value if kind is None else kind.validate_python(value)
    except ValidationError:
        return default
    return default if found is None else found


def input_called(path: str, language: Language) -> str:
    """What the entry `inputs.<path>` is called.

    >>> input_called("cost.today.requests_per_month", "en"), input_called("models.rank", "en")
    ('Cost: Requests a month', 'Models: Rank (LoRA family)')
    """
    page, told, _ = _declared(path)
    said = page_called(page or path.partition(".")[0], language)
    if not told.get("label"):
        return phrase("history.typed", language, page=said)
    return phrase("history.input", language, page=said, label=phrase(str(told["label"]), language))


def input_shown(path: str, value: str, language: Language) -> str:
    """A value of the entry `inputs.<path>`, in words where it is an id that we know.

    >>> input_shown("baseline.ran.metric", "macro_f1", "en")
    'Macro-F1'
    """
    area = _declared(path)[1].get("said_in")
    return Named(str(area), value).say(language) if area else value


def page_called(page: str, language: Language) -> str:
    """A page's name; its id where an older or foreign file holds one that is not known here."""
    key = f"common.pages.{page}"
    return phrase(key, language) if key in phrase_keys() else page
