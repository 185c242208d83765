"""A day's sums as FOCUS rows: one per SKU, cost line and attribution.

A row's SKU is the row of the price book and the line of the cost: model, tier and context step have one, input and
output tokens have one each. What Google will invoice is not known here: the cost is ours, computed from what was used,
with the status of its computation in ``x_CostStatus``; an unpriced row says 0 as the format demands, and ``unpriced``.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Context, Decimal
from typing import Any

import pyarrow as pa

from gemledger import semconv
from gemledger_collector.focus.columns import SCHEMA

Row = Mapping[str, Any]

KEYS = (
    "service_name",
    "provider",
    "platform",
    "response_model",
    "service_tier",
    "long_context",
    "price_row",
    "cost_status",
    "purpose",
    "account_project",
    "account_key_digest",
    "team",
    "cost_center",
    "feature",
    "environment",
    "prompt_version",
)
_TOKENS = {
    "input": ("Input tokens", ("input_tokens",), ("cache_read_tokens", "tool_use_tokens")),
    "cache_read": ("Cached input tokens", ("cache_read_tokens",), ()),
    "tool_use": ("Tool use tokens", ("tool_use_tokens",), ()),
    "output": ("Output tokens", ("output_tokens",), ("thoughts_tokens",)),
    "thoughts": ("Thinking tokens", ("thoughts_tokens",), ()),
}
"""Token lines: what they are called, and which counts less which others they are, so that none overlaps."""

_QUANTITIES = {
    "grounding": ("Grounding with Google Search", ("grounding_queries", "grounded_prompts")),
    "maps": ("Grounding with Google Maps", ("maps_queries",)),
    "media": ("Images, video and music", ("images", "video_seconds", "songs")),
    "storage": ("Context cache storage", ()),
}
_UNITS = {
    "grounding_queries": "Queries",
    "grounded_prompts": "Prompts",
    "maps_queries": "Queries",
    "images": "Images",
    "video_seconds": "Seconds",
    "songs": "Songs",
}
_SERVICES = {"gemini_api": "Gemini API", "vertex_ai": "Vertex AI"}
_PICO = Decimal(10) ** -12
_PRICE_STEP = Decimal(10) ** -18
_EXACT = Context(prec=60)  # Python's own 28 digits would round a large bill


@dataclass(frozen=True, slots=True)
class Period:
    """The day the rows are about, and the month it is billed in."""

    start: datetime
    end: datetime
    month_start: datetime
    month_end: datetime


def focus_rows(sums: Sequence[Row], quantities: Sequence[Row], period: Period) -> pa.Table:
    """FOCUS rows of one period, in the order of ``sums``; their costs sum to theirs, to the pico."""
    counted = {tuple(row[key] for key in KEYS): row for row in quantities}
    records = [
        record
        for row in sums
        for record in _records(row, counted.get(tuple(row[key] for key in KEYS), {}), period)
    ]
    return pa.Table.from_pylist(records, SCHEMA)


def _records(row: Row, counted: Row, period: Period) -> Iterator[Row]:
    shared = {**_who(row), **_when(period)}
    lines = [line for line in semconv.COST_LINES if _is_there(row, line)]
    for index, line in enumerate(lines):
        calls = {"x_Calls": row["calls"], "x_Errors": row["errors"]} if index == 0 else {}
        yield {**shared, **_line(row, counted, line), **calls}
    if not lines and row["calls"]:  # free, failed, or of unknown size: calls all the same
        yield {
            **shared,
            **_line(row, counted, "input"),
            "x_Calls": row["calls"],
            "x_Errors": row["errors"],
        }


def _is_there(row: Row, line: str) -> bool:
    return bool(row[f"{line}_pico_usd"] or _tokens(row, line))


def _tokens(row: Row, line: str) -> int:
    if line not in _TOKENS:
        return 0
    _, counts, without = _TOKENS[line]
    return sum(int(row[name]) for name in counts) - sum(int(row[name]) for name in without)


def _line(row: Row, counted: Row, line: str) -> Row:
    """What the row costs, how much of what that is, and at which price."""
    pico = int(row[f"{line}_pico_usd"])
    cost = _EXACT.multiply(Decimal(pico), _PICO)
    quantity, unit = _quantity(row, counted, line)
    price = _unit_price(cost, quantity)
    sku = f"{row['price_row'] or _model(row)}/{line}"
    what = (_TOKENS.get(line) or _QUANTITIES[line])[0]
    return {
        "BilledCost": cost,
        "ContractedCost": cost,
        "EffectiveCost": cost,
        "ListCost": cost,
        "PricingCurrencyEffectiveCost": cost,
        "ConsumedQuantity": quantity,
        "ConsumedUnit": unit,
        "PricingQuantity": quantity,
        "PricingUnit": unit,
        "ListUnitPrice": price,
        "ContractedUnitPrice": price,
        "PricingCurrencyListUnitPrice": price,
        "PricingCurrencyContractedUnitPrice": price,
        "SkuId": f"{row['platform'] or 'unknown'}/{_model(row)}/{line}",
        "SkuPriceId": sku,
        "SkuMeter": what,
        "ChargeClass": "Correction" if pico < 0 else None,
        "ChargeDescription": f"{what} of {_model(row)}, {row['service_tier'] or 'standard'}",
        "x_CostLine": line,
        "x_PicoUsd": str(pico),
    }


def _quantity(row: Row, counted: Row, line: str) -> tuple[Decimal, str]:
    """How much, in which unit; where it is not known (spans that are no longer kept), charges by their cost."""
    if line in _TOKENS:
        return Decimal(_tokens(row, line)), "Tokens"
    for name in _QUANTITIES[line][1]:
        if counted.get(name):
            return Decimal(int(counted[name])), _UNITS[name]
    return Decimal(1), "Charges"


def _unit_price(cost: Decimal, quantity: Decimal) -> Decimal:
    """The mean price of one unit: a line may mix modalities of different rates."""
    if not quantity:
        return Decimal(0)
    return _EXACT.quantize(_EXACT.divide(cost, quantity), _PRICE_STEP)


def _model(row: Row) -> str:
    return str(row["response_model"] or "unknown")


def _who(row: Row) -> Row:
    """Whose account, which service of Google's, and who pays."""
    payer = {
        name: row[name]
        for name in ("team", "cost_center", "feature", "environment", "prompt_version", "purpose")
        if row[name] is not None
    }
    account = row["account_project"] or row["account_key_digest"]
    service = _SERVICES.get(str(row["platform"]), "Gemini")
    return {
        "BillingAccountId": account or "unknown",
        "BillingAccountType": "Project" if row["account_project"] else "API key",
        "SubAccountId": row["team"],
        "SubAccountName": row["team"],
        "SubAccountType": "Team" if row["team"] else None,
        "BillingCurrency": "USD",
        "PricingCurrency": "USD",
        "PricingCategory": "Standard",
        "ChargeCategory": "Usage",
        "ChargeFrequency": "Usage-Based",
        "InvoiceIssuerName": "Google",
        "ProviderName": "Google",
        "PublisherName": "Google",
        "ServiceCategory": "AI and Machine Learning",
        "ServiceSubcategory": "Generative AI",
        "ServiceName": service,
        "Tags": json.dumps(payer, ensure_ascii=False, sort_keys=True),
        "x_CostStatus": row["cost_status"],
        "x_Model": row["response_model"],
        "x_ServiceTier": row["service_tier"],
        "x_Team": row["team"],
        "x_CostCenter": row["cost_center"],
        "x_Feature": row["feature"],
        "x_Environment": row["environment"],
        "x_PromptVersion": row["prompt_version"],
        "x_Purpose": row["purpose"],
        "x_Service": row["service_name"],
    }


def _when(period: Period) -> Row:
    return {
        "ChargePeriodStart": period.start,
        "ChargePeriodEnd": period.end,
        "BillingPeriodStart": period.month_start,
        "BillingPeriodEnd": period.month_end,
    }
