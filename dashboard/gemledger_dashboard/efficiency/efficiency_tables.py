"""Efficiency as tables; amounts are exact Decimals. Pure."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from zoneinfo import ZoneInfo

import pandas as pd

from gemledger_dashboard.drawing import formats
from gemledger_dashboard.efficiency.efficiency_answers import (
    Bill,
    Cache,
    Conversation,
    Reuse,
    Waste,
)
from gemledger_dashboard.efficiency.efficiency_tiles import per_call
from gemledger_dashboard.latency.latency_tables import kind_name
from gemledger_dashboard.spend import grouping
from gemledger_dashboard.spend.spend_answers import Spend
from gemledger_dashboard.spend.sums import Sums

STREAMS: Mapping[str, str] = {
    "abandoned": "Stream abandoned: nobody read on",
    "cancelled": "Stream cancelled",
    "error": "Stream broken",
}


def groups(spend: Spend, by: str, title: str) -> pd.DataFrame:
    """One line per group, the dearest first: cost of a call, what is cached, what is thought."""
    return pd.DataFrame(
        [
            {
                title: group.names[0],
                "Calls": group.sums.calls,
                "Cost": _dollars(group.sums.priced_pico_usd),
                "Cost per call": _dollars(per_call(group.sums)),
                "Cache-hit share": _part(group.sums.cache_read_tokens, group.sums.input_tokens),
                "Cached input": _dollars(group.sums.cache_read_pico_usd),
                "Fresh input": _dollars(group.sums.input_pico_usd),
                "Thinking": _dollars(group.sums.thoughts_pico_usd),
                "Thinking share": _part(group.sums.thoughts_pico_usd, group.sums.cost_pico_usd),
                "Thinking tokens": group.sums.thoughts_tokens,
                "Unpriced calls": group.sums.unpriced_calls,
            }
            for group in grouping.groups(spend, by)
        ]
    )


def tiers(spend: Spend) -> pd.DataFrame:
    """One line per service tier: its share of calls and of the cost."""
    found = grouping.groups(spend, "service_tier")
    whole = Sums.total(group.sums for group in found)
    return pd.DataFrame(
        [
            {
                "Tier": group.names[0],
                "Calls": group.sums.calls,
                "Share of calls": _part(group.sums.calls, whole.calls),
                "Cost": _dollars(group.sums.priced_pico_usd),
                "Share of cost": _part(group.sums.cost_pico_usd, whole.cost_pico_usd),
                "Cost per call": _dollars(per_call(group.sums)),
            }
            for group in found
        ]
    )


def just_above(waste: Waste) -> pd.DataFrame:
    """One line per model and tier: what was paid just above its step, and what it would have been just below."""
    return pd.DataFrame(
        [
            {
                "Model": each.model,
                "Platform": each.platform,
                "Tier": each.service_tier,
                "Step": each.step_tokens,
                "Calls": each.calls,
                "Tokens above": each.above_tokens,
                "Cost": _dollars(each.cost_pico_usd),
                "Reckoned calls": each.reckoned_calls,
                "Just below": _dollars(each.below_pico_usd),
                "Difference": _dollars(each.difference_pico_usd),
            }
            for each in waste.just_above
        ]
    )


def came_to_nothing(waste: Waste) -> pd.DataFrame:
    """One line per way in which calls came to nothing, and their bill."""
    found = [(STREAMS.get(each.kind, each.kind), each) for each in waste.streams]
    found += [(kind_name(each.kind), each) for each in (waste.blocked, *waste.failed) if each.calls]
    return pd.DataFrame([_bill_row(name, bill) for name, bill in found])


def caches(found: Sequence[Cache], zone: ZoneInfo) -> pd.DataFrame:
    """One line per context cache, the newest first: paid, saved, and how often it is read."""
    return pd.DataFrame(
        [
            {
                "Cache": each.name,
                "Model": each.model,
                "Feature": each.feature or grouping.UNSET,
                "State": each.state,
                "Tokens": each.tokens,
                "Created": formats.instant(each.created, zone),
                "Ends": formats.instant(each.ends, zone),
                "Reads": each.reads,
                "Paid": _dollars(each.paid_pico_usd),
                "Saved": _dollars(each.saved_pico_usd),
                "Net": _dollars(each.net_pico_usd),
                "Reads per hour": _number(each.reads_per_hour),
                "Break-even per hour": _number(each.break_even_reads_per_hour),
                "Verdict": each.verdict,
                "Why": each.reason,
            }
            for each in found
        ]
    )


def reuse(found: Sequence[Reuse]) -> pd.DataFrame:
    """One line per feature, prompt version and model: what was cached by itself, and what could have been."""
    return pd.DataFrame(
        [
            {
                "Feature": each.feature or grouping.UNSET,
                "Prompt version": each.prompt_version or grouping.UNSET,
                "Model": each.model,
                "Calls": each.calls,
                "Prompt tokens": each.prompt_tokens,
                "Hit share": each.hit_share,
                "Best hour": each.possible_share,
                "Saved": _dollars(each.saved_pico_usd),
                "At the best hour's share": _dollars(each.could_save_pico_usd)
                if each.possible_share is not None
                else None,
                "Too short": _part(each.short_calls, each.seen_calls),
            }
            for each in found
        ]
    )


def conversations(found: Sequence[Conversation], zone: ZoneInfo) -> pd.DataFrame:
    """One line per conversation, the dearest first."""
    return pd.DataFrame(
        [
            {
                "Conversation": each.conversation_id,
                "Team": each.team or grouping.UNSET,
                "Feature": each.feature or grouping.UNSET,
                "Calls": each.calls,
                "Cost": _dollars(each.cost_pico_usd),
                "Cost per call": _per_call(each),
                "Unpriced calls": each.unpriced_calls,
                "Errors": each.errors,
                "First call": formats.instant(each.first_call, zone),
                "Last call": formats.instant(each.last_call, zone),
            }
            for each in found
        ]
    )


def _per_call(each: Conversation) -> Decimal | None:
    priced = each.calls - each.unpriced_calls
    if each.cost_pico_usd is None or priced <= 0:
        return None
    return _dollars(each.cost_pico_usd // priced)


def _bill_row(name: str, bill: Bill) -> dict[str, object]:
    unknown = 0 < bill.calls == bill.unbounded_calls and bill.cost_pico_usd == 0
    return {
        "What": name,
        "Calls": bill.calls,
        "Cost": None if unknown else _dollars(bill.cost_pico_usd),
        "At most": None if bill.unbounded_calls else _dollars(bill.cost_upper_pico_usd),
        "Without upper bound": bill.unbounded_calls,
    }


def _dollars(pico_usd: int | None) -> Decimal | None:
    return None if pico_usd is None else Decimal(pico_usd).scaleb(-12)


def _part(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _number(text: str | None) -> float | None:
    return None if text is None else float(text)
