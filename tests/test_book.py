"""The price book: every row vouched for, the past never invented or rewritten, the package's traps avoided."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from genai_prices import Usage, calc_price
from hypothesis import given
from hypothesis import strategies as st

from pricing import Problem
from pricing.book import PriceBook, price_book
from pricing.inference import ends_on
from pricing.offers import RATES, Price
from pricing.sources import read_yaml

TODAY = date(2026, 11, 22)
BOOK = price_book()
MINI = "openai/gpt-4o-mini-2024-07-18"
TURBO = "openai/gpt-3.5-turbo-0125"
OFFER_FILES = Path(__file__).parent.parent / "pricing" / "data" / "offers"


def test_no_row_loses_its_source_or_a_rate_on_loading() -> None:
    loaded = {offer.id: offer for offer in BOOK.offers}
    written = [row for path in OFFER_FILES.glob("*.yaml") for row in read_yaml(path)]
    assert len(written) == len(loaded)
    for row in written:
        offer = loaded[row["id"]]
        assert offer.lifecycle.source.url == row["lifecycle"]["source"]["url"]
        for price, kept in zip(row["prices"], offer.prices, strict=True):
            assert kept.source.url == price["source"]["url"]
            assert kept.source.checked.isoformat() == price["source"]["checked"]
            assert {name: Decimal(price[name]) for name in RATES if name in price} == kept.rates


def test_a_file_is_named_for_the_provider_of_all_its_offers() -> None:
    for path in OFFER_FILES.glob("*.yaml"):
        assert {row["id"].partition("/")[0] for row in read_yaml(path)} == {path.stem.replace("_", "-")}


def test_every_base_model_that_an_offer_names_is_priced() -> None:
    for offer in BOOK.offers:
        if offer.base:
            assert BOOK.inference(offer.base, TODAY).input_mtok is not None, offer.id


def test_an_offer_begins_on_the_day_it_is_known_from_and_never_before() -> None:
    offer = BOOK.offer(TURBO)
    assert offer.price_on(date(2024, 3, 15)).train_mtok == 8
    with pytest.raises(Problem) as problem:
        offer.price_on(date(2024, 2, 29))
    assert problem.value.fields["first"] == date(2024, 3, 1)


def test_an_offer_without_a_known_start_begins_when_it_was_checked() -> None:
    with pytest.raises(Problem) as problem:
        BOOK.offer(MINI).price_on(date(2026, 8, 4))
    assert problem.value.fields["first"] == date(2026, 8, 5)


def test_the_package_answers_for_2019_and_we_do_not_believe_it() -> None:
    from datetime import UTC, datetime

    long_ago = datetime(2019, 1, 1, tzinfo=UTC)
    usage = Usage(input_tokens=1_000_000)
    invented = calc_price(
        usage, "gpt-4o-mini-2024-07-18", provider_id="openai", genai_request_timestamp=long_ago
    )
    assert invented.total_price > 0
    with pytest.raises(Problem) as problem:
        BOOK.inference(MINI, date(2019, 1, 1))
    assert problem.value.id == "price_not_known_on"
    assert problem.value.fields["first"] == date(2024, 7, 18)


def known_from(model: str) -> object:
    with pytest.raises(Problem) as problem:
        BOOK.inference(model, date(2000, 1, 1))
    assert problem.value.id == "price_not_known_on"
    return problem.value.fields["first"]


def test_a_model_is_known_from_the_day_in_its_name_or_from_when_we_read_its_price() -> None:
    assert known_from("openai/gpt-4.1-2025-04-14") == date(2025, 4, 14)
    assert known_from("openai/gpt-4o-mini") == date(2024, 7, 18)
    assert known_from("openai/gpt-6-luna") == TODAY
    assert known_from(TURBO) == date(2024, 3, 1)


def test_tiers_are_looked_up_for_one_request() -> None:
    price = BOOK.inference("openai/gpt-6-luna", TODAY)
    assert price.for_request(1_000).input_mtok == Decimal("0.1")
    assert price.for_request(272_000).input_mtok == Decimal("0.1")
    assert price.for_request(272_001).input_mtok == Decimal("0.2")
    assert price.for_request(272_001).output_mtok == Decimal("0.75")


def test_batch_rates_of_the_package_begin_in_october_2026_and_before_that_the_rule_speaks() -> None:
    listed = BOOK.inference(MINI, TODAY, batch=True)
    assert (listed.input_mtok, listed.notes) == (Decimal("0.075"), ())
    ruled = BOOK.inference(MINI, date(2026, 10, 13), batch=True)
    assert (ruled.input_mtok, ruled.output_mtok) == (Decimal("0.075"), Decimal("0.3"))
    assert ruled.notes == ("batch_by_rule",)


def test_a_batch_without_any_known_price_is_a_problem_not_the_full_price() -> None:
    with pytest.raises(Problem, match="no_batch_price"):
        BOOK.inference("deepseek/deepseek-chat", TODAY, batch=True)


def test_older_models_read_nothing_from_the_cache_in_a_batch() -> None:
    assert BOOK.inference(MINI, TODAY, batch=True).cached_input_mtok is None
    assert BOOK.inference("openai/gpt-5.4", TODAY, batch=True).cached_input_mtok is not None


def test_tuned_models_are_charged_our_rates_where_the_package_raises_or_is_wrong() -> None:
    assert BOOK.inference("openai/ft:gpt-4.1-mini-2025-04-14:acme::x", TODAY).input_mtok == Decimal("0.80")
    assert BOOK.inference("openai/ft:gpt-4o-mini", TODAY).cached_input_mtok == Decimal("0.15")
    assert not [model for model in BOOK.models(TODAY, "openai") if "ft:" in model]


@pytest.mark.parametrize(
    ("asked", "problem"),
    [
        ("openai/gpt-9-huge", "unknown_model"),
        ("nobody/x", "unknown_provider"),
        ("gpt-4o", "model_without_provider"),
    ],
)
def test_an_unknown_model_is_a_problem_that_names_near_ones(asked: str, problem: str) -> None:
    with pytest.raises(Problem) as raised:
        BOOK.inference(asked, TODAY)
    assert raised.value.id == problem


def test_an_unknown_offer_names_near_ones() -> None:
    with pytest.raises(Problem) as raised:
        BOOK.offer("openai/gpt-4o-mini")
    assert MINI in raised.value.fields["near"]  # type: ignore[operator]
    with pytest.raises(Problem, match="unknown_gpu_offer"):
        BOOK.gpu("runpod/h100")


@pytest.mark.parametrize(
    ("day", "customer", "standing", "since"),
    [
        (date(2026, 5, 6), "new", "open", None),
        (date(2026, 5, 7), "new", "closed_to_new", date(2026, 5, 7)),
        (date(2026, 5, 7), "existing", "closing", None),
        (date(2027, 1, 6), "existing", "training_closed", date(2027, 1, 6)),
        (date(2027, 1, 14), "existing", "ended", date(2027, 1, 14)),
    ],
)
def test_an_offers_standing_depends_on_the_day_and_the_customer(
    day: date, customer: str, standing: str, since: date | None
) -> None:
    status = BOOK.offer(MINI).lifecycle.status(day, customer)  # type: ignore[arg-type]
    assert (status.id, status.since) == (standing, since)


def test_on_azure_only_existing_customers_still_train() -> None:
    life = BOOK.offer("azure/gpt-4.1").lifecycle
    assert not life.status(TODAY, "new").can_train
    assert life.status(TODAY, "existing").can_train


def test_what_ended_without_a_known_day_has_no_invented_one() -> None:
    status = BOOK.offer("aws-bedrock/cohere-command").lifecycle.status(TODAY, "existing")
    assert (status.id, status.since, status.can_serve) == ("ended", None, False)
    assert BOOK.offer("cohere/fine-tuning").lifecycle.status(TODAY, "new").since == date(2025, 9, 15)


def test_base_models_end_too() -> None:
    life = ends_on(MINI)
    assert life is not None
    assert life.inference_until == date(2027, 1, 14)
    assert ends_on("openai/gpt-5.4") is None


def test_caching_rules_follow_the_provider_and_the_model() -> None:
    assert BOOK.caching("openai/gpt-4o").cached_tokens(1023) == 0
    assert BOOK.caching("openai/gpt-4o").cached_tokens(2000) == 1920
    assert BOOK.caching("anthropic/claude-haiku-4-5").cached_tokens(4000) == 0
    assert BOOK.caching("anthropic/claude-sonnet-4-5").cached_tokens(1500) == 1500
    assert BOOK.caching(None).cached_tokens(2000) == 1920


def test_the_listing_shows_ages_sources_and_both_kinds_of_customer() -> None:
    rows = {row["id"]: row for row in BOOK.listing(TODAY)}
    mini = rows[MINI]
    assert mini["prices"]["train_mtok"] == "3"
    assert (mini["age_days"], mini["stale"]) == (109, True)
    assert (mini["new"]["status"], mini["existing"]["status"]) == ("closed_to_new", "closing")
    assert mini["source"]["url"].startswith("https://")
    assert {row["provider"] for row in BOOK.listing(TODAY, "azure")} == {"azure"}
    with pytest.raises(Problem, match="unknown_provider"):
        BOOK.listing(TODAY, "nobody")


def test_before_its_first_day_an_offer_is_listed_without_a_price() -> None:
    row = next(row for row in BOOK.listing(date(2024, 3, 15)) if row["id"] == MINI)
    assert (row["prices"], row["known_from"]) == (None, "2026-08-05")


def test_gpus_and_models_are_listed_too() -> None:
    assert {row["id"]: row["prices"]["gpu_hour"] for row in BOOK.gpu_listing(TODAY)}[
        "runpod/h100-sxm"
    ] == "2.69"
    assert {row["id"] for row in BOOK.inference_listing(TODAY, "openai")} >= {
        "openai/gpt-4o",
        "openai/gpt-6-luna",
    }


@pytest.mark.parametrize("provider", ["openai", "anthropic", "google", "mistral", "fireworks", "aws"])
def test_every_model_that_is_listed_has_a_price(provider: str) -> None:
    rows = BOOK.inference_listing(TODAY, provider)
    assert rows
    assert all(row["prices"] and row["source"]["url"] for row in rows)


def added(tmp_path: Path, text: str) -> PriceBook:
    path = tmp_path / "prices.yaml"
    path.write_text(text, encoding="utf-8")
    return price_book(path)


SOURCE = "source: {url: 'https://example.org/contract', checked: 2026-11-20, kind: official}"


def test_a_file_of_ones_own_adds_a_later_price_visibly_and_leaves_the_past(tmp_path: Path) -> None:
    row = f"- id: {MINI}\n  prices:\n  - {{from: 2026-11-20, train_mtok: 2.50, confidence: high, {SOURCE}}}\n"
    offer = added(tmp_path, row).offer(MINI)
    assert (offer.price_on(TODAY).train_mtok, offer.price_on(TODAY).added) == (Decimal("2.50"), True)
    assert offer.price_on(date(2026, 11, 19)) == BOOK.offer(MINI).price_on(date(2026, 11, 19))


def test_a_file_of_ones_own_ends_an_offer_or_brings_a_new_one(tmp_path: Path) -> None:
    ended = (
        f"- id: azure/gpt-oss-20b\n  lifecycle: {{state: retired, inference_until: 2026-11-01, {SOURCE}}}\n"
    )
    new = (
        "- id: acme/llama\n  name: Llama at Acme\n  serving: per_token\n  validation: free\n"
        f"  lifecycle: {{state: active, {SOURCE}}}\n  prices:\n"
        f"  - {{train_mtok: 1, input_mtok: 0.1, output_mtok: 0.2, confidence: high, {SOURCE}}}\n"
    )
    gpu = f"- id: acme/b200\n  name: Acme\n  gpu: B200\n  memory_gb: 180\n  prices: [{{gpu_hour: 5, confidence: high, {SOURCE}}}]\n"
    book = added(tmp_path, ended + new + gpu)
    assert book.offer("azure/gpt-oss-20b").lifecycle.status(TODAY, "new").id == "ended"
    assert book.offer("acme/llama").price_on(TODAY).added
    assert book.gpu("acme/b200").price_on(TODAY).gpu_hour == 5
    assert book.added == ("azure/gpt-oss-20b", "acme/llama", "acme/b200")
    rows = {row["id"]: row for row in book.listing(TODAY)}
    assert rows["azure/gpt-oss-20b"]["lifecycle_added"]
    assert not rows[MINI]["lifecycle_added"]
    assert BOOK.added == ()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            f"- id: {MINI}\n  prices: [{{from: 2026-08-01, train_mtok: 1, confidence: high, {SOURCE}}}]",
            "extra_rewrites_past",
        ),
        (f"- id: {MINI}\n  prices: [{{train_mtok: -1, confidence: high, {SOURCE}}}]", "record_invalid"),
        (f"- id: {MINI}\n  prices: [{{train_mtok: 1, confidence: high}}]", "record_invalid"),
        ("- id: acme/x", "record_invalid"),
        ("id: acme/x", "extra_prices_no_list"),
    ],
)
def test_a_file_that_is_wrong_or_rewrites_the_past_is_refused(
    tmp_path: Path, text: str, problem: str
) -> None:
    with pytest.raises(Problem) as raised:
        added(tmp_path, text)
    assert raised.value.id == problem


def test_a_file_that_changes_is_read_again(tmp_path: Path) -> None:
    row = "- id: {id}\n  prices: [{{from: 2026-11-20, train_mtok: {rate}, confidence: high, {source}}}]\n"
    for rate in (2, 1):
        book = added(tmp_path, row.format(id=MINI, rate=rate, source=SOURCE))
        assert book.offer(MINI).price_on(TODAY).train_mtok == rate


def test_a_file_that_is_not_there_is_a_problem(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="extra_prices_unreadable"):
        price_book(tmp_path / "missing.yaml")


@given(st.dates(date(2026, 8, 6), date(2030, 1, 1)), st.dates(date(2024, 1, 1), date(2030, 1, 1)))
def test_a_price_change_never_rewrites_the_past(change: date, day: date) -> None:
    offer = BOOK.offer(MINI)
    later = Price.model_validate(
        {**offer.prices[0].model_dump(), "starts": change, "train_mtok": Decimal(99)}
    )
    changed = offer.model_copy(update={"prices": (*offer.prices, later)})
    if not offer.prices[0].begins <= day < change:
        return
    assert changed.price_on(day) == offer.price_on(day)
    assert changed.price_on(change + timedelta(days=1)).train_mtok == 99
