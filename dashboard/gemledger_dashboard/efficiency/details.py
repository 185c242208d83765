"""What is looked at closely on the page about efficiency: caches, or conversations."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import streamlit as st

from gemledger_dashboard.drawing import formats, sheets
from gemledger_dashboard.drawing.sheets import Sheet
from gemledger_dashboard.efficiency import efficiency_questions, efficiency_tables
from gemledger_dashboard.efficiency.efficiency_answers import Caches, Conversation, Reuse
from gemledger_dashboard.frame import filters, narrowing, notices
from gemledger_dashboard.frame.asking import ask, ask_all

CACHES, CONVERSATIONS = "caches", "conversations"
CHOICES: Mapping[str, str] = {CACHES: "Caches", CONVERSATIONS: "Conversations"}


def dollars(*names: str) -> dict[str, Any]:
    """Columns of amounts."""
    return dict.fromkeys(names, st.column_config.NumberColumn(format="$%.6f"))


def counts(*names: str) -> dict[str, Any]:
    """Columns of whole numbers."""
    return dict.fromkeys(names, st.column_config.NumberColumn(format="localized"))


def shares(*names: str) -> dict[str, Any]:
    """Columns of shares."""
    return dict.fromkeys(names, st.column_config.NumberColumn(format="percent"))


def caching(window: filters.Window) -> None:
    """The ledger of context caches, and what Gemini cached by itself."""
    ledger, reuse = ask_all(
        efficiency_questions.caches(window), efficiency_questions.caching(window)
    )
    notices.stale((ledger, reuse), window.zone)
    _caches(ledger.value, window)
    _reuse(reuse.value, window)


def conversations(window: filters.Window) -> None:
    """The dearest conversations."""
    found = ask(efficiency_questions.conversations(window, narrowing.only()))
    notices.stale((found,), window.zone)
    _conversations(found.value, window)


def _caches(found: Caches, window: filters.Window) -> None:
    if not found.caches:
        st.subheader("Context caches")
        st.markdown("No context cache lived in this time range or after it.")
        return
    amounts = ("Paid", "Saved", "Net")
    sheets.show(
        Sheet(
            "caches",
            "Context caches",
            efficiency_tables.caches(found.caches, window.zone),
            dollars(*amounts) | counts("Tokens", "Reads"),
        )
    )
    words = (
        f"{formats.plural(found.count, 'cache')}: {formats.usd(found.paid_pico_usd)} paid, "
        f"{formats.usd(found.saved_pico_usd)} saved, net {formats.usd(found.net_pico_usd)}; "
        f"{formats.count(found.orphans)} not read for hours. Of caches that lived at the beginning of this time range "
        "or later, over their whole life, whatever is chosen on the left. Paid: creation and storage. Saved: cached "
        "tokens at the input rate, less what was paid for them. Break-even: storage rate by (input rate less cache "
        "rate); the verdict compares it with the reads of the last hours."
    )
    st.caption(formats.plain(words))


def _reuse(found: tuple[Reuse, ...], window: filters.Window) -> None:
    if not found:
        st.subheader("Cached by itself")
        st.markdown("No prompt was told in this time range.")
        return
    amounts = ("Saved", "At the best hour's share")
    sheets.show(
        Sheet(
            "caching",
            "Cached by itself",
            efficiency_tables.reuse(found),
            dollars(*amounts)
            | counts("Calls", "Prompt tokens")
            | shares("Hit share", "Best hour", "Too short"),
        )
    )
    longest = efficiency_questions.CACHING_DAYS
    cut = (
        f"Of the last {longest} days. " if window.until - window.since > timedelta(longest) else ""
    )
    words = (
        f"{cut}Of calls that read no context cache, whatever is chosen on the left. At the best hour's share: an "
        "estimate of what more would have been saved, had the share of the best hour with ten calls or more held all "
        "the time, the missing tokens taken as text. Nobody promises a hit. Too short: prompts below the length from "
        "which Gemini caches by itself."
    )
    st.caption(formats.plain(words))


def _conversations(found: tuple[Conversation, ...], window: filters.Window) -> None:
    if not found:
        notices.nothing_matches(
            "No call of this choice names a conversation.",
            "Chats of the SDK do by themselves; others with gen_ai.conversation.id.",
        )
        return
    priced = [each.cost_pico_usd for each in found if each.cost_pico_usd is not None]
    columns = dollars("Cost", "Cost per call") | counts("Calls", "Errors", "Unpriced calls")
    frame = efficiency_tables.conversations(found, window.zone)
    sheets.show(Sheet("conversations", "Dearest conversations", frame, columns))
    ignored = [
        narrowing.DIMENSIONS[name].lower()
        for name in narrowing.only()
        if name not in efficiency_questions.OF_CONVERSATIONS
    ]
    words = (
        f"These {formats.plural(len(found), 'conversation')} cost {formats.usd(sum(priced) if priced else None)}, "
        f"{formats.usd(sum(priced) // len(priced) if priced else None)} each on average: of calls in this time range "
        f"that have a span of their own; the {efficiency_questions.MOST_ROWS} dearest at most."
        + (f" Not narrowed by {', '.join(ignored)}." if ignored else "")
    )
    st.caption(formats.plain(words))
