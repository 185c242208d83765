"""``GET /api/v1/alerts/{id}/explain``: why an alert fired, in full."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field

from gemledger_collector.alerts.cause import explained
from gemledger_collector.alerts.records import from_row
from gemledger_collector.api.context import Ask, iso, unix_nano
from gemledger_collector.errors import NotFound
from gemledger_collector.storage import alert_history
from gemledger_collector.storage.alert_history import AlertRow
from gemledger_collector.storage.transaction import Snapshot

router = APIRouter(tags=["alerts"])


class Contributor(BaseModel):
    """A payer's spend beside its usual, in picoUSD; ``parts`` of the payer ranking sum to its excess."""

    team: str | None = None
    feature: str | None = None
    model: str | None = None
    prompt_version: str | None = None
    spent_pico_usd: str
    usual_pico_usd: str
    excess_pico_usd: str
    parts: dict[str, str] | None = None


class EverythingElse(BaseModel):
    """All contributors that a ranking does not name."""

    contributors: int
    spent_pico_usd: str
    usual_pico_usd: str
    excess_pico_usd: str


class Ranking(BaseModel):
    """The contributors that moved most, and everything else: together they are the excess."""

    largest: list[Contributor]
    everything_else: EverythingElse


class Figures(BaseModel):
    """Null where there is nothing to divide by."""

    calls: float
    tokens_per_call: float | None
    cache_hit_share: float | None
    thinking_share: float | None
    pico_usd_per_token: float | None


class WhatChanged(BaseModel):
    """The excess of a window over its usual, split into six factors and among who spent it."""

    window_start: str
    window_end: str
    baseline_start: str
    baseline: str = Field(description="what the window is compared with, in words")
    spent_pico_usd: str
    usual_pico_usd: str
    excess_pico_usd: str
    parts: dict[str, str] = Field(
        description="volume, tokens_per_call, price, model_mix, cache_hits, thinking: they sum to the excess"
    )
    figures: dict[str, Figures] = Field(description="of the window, and usual")
    contributors: dict[str, Ranking] = Field(
        description="by payer (team, feature, model), by each key, and by all of them"
    )


class Piece(BaseModel):
    """What a piece of the window cost, in picoUSD."""

    start: str
    pico_usd: str


class Explanation(BaseModel):
    """An alert and all that is known of why it fired."""

    fingerprint: str
    started_at: str
    rule: str
    kind: str
    state: str
    labels: dict[str, str]
    unit: str
    value: str
    limit: str
    summary: str
    cause: str
    what_changed: WhatChanged | None = Field(description="null: the alert is not about money")
    as_told: bool = Field(description="false: the alert is older than explanations; worked out now")
    series: list[Piece] = Field(description="the spend of the alert's window, piece by piece")


AlertId = Annotated[
    str,
    Path(
        max_length=80,
        description="fingerprint, of its newest alert; or fingerprint@start, the start as the list of alerts told it",
    ),
]


@router.get("/api/v1/alerts/{alert_id}/explain")
def get_explanation(ask: Ask, alert_id: AlertId) -> Explanation:
    """What changed when an alert fired: the excess by factor and by contributor, exact, and the window's spend."""
    with ask.store.reading() as snapshot:
        row = named(snapshot, alert_id)
        found = explained(snapshot, from_row(row), ask.clock())
    return Explanation(
        fingerprint=row.fingerprint,
        started_at=str(iso(row.started_at_unix_nano)),
        rule=row.rule,
        kind=row.kind,
        state=row.state,
        labels=found.alert.identity.labels,
        unit=row.unit,
        value=str(row.value),
        limit=str(row.limit_value),
        summary=row.summary,
        cause=row.cause,
        what_changed=_typed(found.what_changed),
        as_told=found.as_told,
        series=[
            Piece(start=str(iso(each.start_unix_seconds * 10**9)), pico_usd=str(each.pico_usd))
            for each in found.series
        ],
    )


def named(snapshot: Snapshot, alert_id: str) -> AlertRow:
    """The alert of this id. Raises NotFound."""
    fingerprint, _, start = alert_id.partition("@")
    row = alert_history.newest(snapshot, fingerprint, _started_at(start))
    if row is None:
        raise NotFound(
            f"no alert is named {alert_id!r}; GET /api/v1/alerts lists fingerprints and starts"
        )
    return row


def _typed(what: Any) -> WhatChanged | None:  # noqa: ANN401 - JSON
    return None if what is None else WhatChanged.model_validate(what)


def _started_at(written: str) -> int | None:
    """A start in unix nanoseconds or as ISO 8601; None where none is given."""
    if not written:
        return None
    if written.isdigit():
        return min(int(written), 2**63 - 1)
    try:
        moment = datetime.fromisoformat(written)
        return unix_nano(moment)
    except (ValueError, TypeError, OverflowError):
        raise NotFound(
            f"{written!r} is no start of an alert; GET /api/v1/alerts lists fingerprints and starts"
        ) from None
