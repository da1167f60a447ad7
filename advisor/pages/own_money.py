"""Amounts in the reader's own currency beside the dollar: the rate is the one typed on the Cost page, or here."""

from __future__ import annotations

import re
from decimal import Decimal

import streamlit as st

from advisor.pages.frame import View
from pricing import Problem
from pricing import typed as read

USUAL = "JPY"


def ask_rate(view: View) -> None:
    """The field for the rate, which the Cost page shows too; what cannot be read is said under it."""
    label = view.say("models.own_rate", currency=_currency(view))
    st.text_input(
        label,
        help=view.say("cost.form.rate_help"),
        placeholder="150",
        **view.keep(f"{_place(view)}.rate", ""),
    )
    with view.problems_shown():
        _rate(view)


def in_own(view: View, amount: Decimal, digits: int | None = None) -> str | None:
    """The amount (USD) at the reader's own rate; None without a rate."""
    try:
        rate = _rate(view)
    except Problem:
        return None
    return None if rate is None else view.money(amount * rate, _currency(view), digits)


def has_rate(view: View) -> bool:
    """Whether amounts can be shown in the reader's own currency."""
    return in_own(view, Decimal(1)) is not None


def _place(view: View) -> str:
    return f"inputs.cost.{view.plan.get('inputs.cost.preset') or 'today'}"


def _rate(view: View) -> Decimal | None:
    typed = str(view.plan.get(f"{_place(view)}.rate") or "").strip()
    return read.amount(typed, view.say("cost.form.rate")) if typed else None


def _currency(view: View) -> str:
    code = str(view.plan.get(f"{_place(view)}.currency") or USUAL).strip().upper()
    return code if re.fullmatch("[A-Z]{3}", code) else USUAL
