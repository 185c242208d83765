"""What is open, budgets, rules, silences and channels of one moment, typed; and the collector's JSON made into that."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from gemledger_dashboard.alerts import alert_answers, limit_answers, past_answers
from gemledger_dashboard.alerts.alert_answers import Channel, Rule, Silence
from gemledger_dashboard.alerts.limit_answers import Budget
from gemledger_dashboard.alerts.past_answers import Alert
from gemledger_dashboard.drawing.formats import parse_pico
from gemledger_dashboard.frame import json_parts
from gemledger_dashboard.spend.sums import Json

_MONEY = {"spent_pico_usd", "usual_pico_usd", "excess_pico_usd", "parts"}


@dataclass(frozen=True, slots=True)
class Contributor:
    """Who is behind an excess, beside what is usual for them."""

    labels: Mapping[str, str]
    spent_pico_usd: int
    usual_pico_usd: int
    excess_pico_usd: int


@dataclass(frozen=True, slots=True)
class Told:
    """The newest message to a channel, and how many there were; `sent_at` None: it has not arrived."""

    channel: str
    created_at: datetime
    sent_at: datetime | None
    waiting: bool
    error: str
    messages: int


@dataclass(frozen=True, slots=True)
class OpenAlert:
    """An alert that is open, why, who was told of it, and what in the configuration made it."""

    alert: Alert
    metric: str | None
    contributors: tuple[Contributor, ...]
    told: tuple[Told, ...]
    configured: str | None
    acknowledgement: str | None
    """The id of the silence by which somebody has acknowledged it."""
    quiet: tuple[str, ...]
    """What else keeps it quiet, in words."""
    said: str
    """By whom it was acknowledged, and with which words."""

    @property
    def name(self) -> str:
        """As the collector's API knows this stay of the alert."""
        return f"{self.alert.fingerprint}@{self.alert.started_at.isoformat()}"


@dataclass(frozen=True, slots=True)
class BurnRate:
    """How fast a budget is spent: 1 ends exactly at the limit."""

    long_seconds: int
    short_seconds: int
    factor: float
    long_rate: float
    short_rate: float
    state: str


@dataclass(frozen=True, slots=True)
class Ahead:
    """How a budget's period will end: four of five futures lie between; when the limit is reached."""

    low_pico_usd: int
    likely_pico_usd: int
    high_pico_usd: int
    probability_over: float
    reached_at: datetime | None
    reached_earliest: datetime | None
    reached_latest: datetime | None


@dataclass(frozen=True, slots=True)
class Limit:
    """A budget with what is reserved of it, how fast it is spent, and how it will end (None: too early to say)."""

    budget: Budget
    reserved_pico_usd: int
    left_pico_usd: int
    group_count: int
    burn_rates: tuple[BurnRate, ...]
    ahead: Ahead | None


@dataclass(frozen=True, slots=True)
class Board:
    """Everything of one moment."""

    at: datetime
    open_count: int
    open: tuple[OpenAlert, ...]
    limits: tuple[Limit, ...]
    rules: tuple[Rule, ...]
    silences: tuple[Silence, ...]
    channels: tuple[Channel, ...]


def board(body: Json) -> Board:
    """`/api/v1/alerts/board`."""
    return Board(
        at=datetime.fromisoformat(body["at"]),
        open_count=int(body["open_count"]),
        open=tuple(_open(row) for row in body["open"]),
        limits=tuple(_limit(row) for row in body["budgets"]),
        rules=alert_answers.rules(body),
        silences=alert_answers.silences(body),
        channels=alert_answers.channels(body),
    )


def _open(row: Json) -> OpenAlert:
    muted = row["muted_by"]
    seen = next((each for each in muted if each["by"] == "acknowledgement"), None)
    others = {**row, "muted_by": [each for each in muted if each is not seen]}
    alert = past_answers.alert(others)
    return OpenAlert(
        alert=alert,
        metric=row["metric"],
        contributors=tuple(_contributor(each) for each in row["contributors"]),
        told=tuple(_told(each) for each in row["told"]),
        configured=row["configured"],
        acknowledgement=None if seen is None else str(seen["name"]),
        quiet=alert.muted_by,
        said="" if seen is None else str(seen["words"]),
    )


def _contributor(row: Json) -> Contributor:
    return Contributor(
        labels={name: str(value or "") for name, value in row.items() if name not in _MONEY},
        spent_pico_usd=parse_pico(row["spent_pico_usd"]),
        usual_pico_usd=parse_pico(row["usual_pico_usd"]),
        excess_pico_usd=parse_pico(row["excess_pico_usd"]),
    )


def _told(row: Json) -> Told:
    return Told(
        channel=str(row["channel"]),
        created_at=datetime.fromisoformat(row["created_at"]),
        sent_at=json_parts.moment(row["sent_at"]),
        waiting=bool(row["waiting"]),
        error=row["error"] or "",
        messages=int(row["messages"]),
    )


def _limit(row: Json) -> Limit:
    return Limit(
        budget=limit_answers.budget(row),
        reserved_pico_usd=parse_pico(row["reserved_pico_usd"]),
        left_pico_usd=parse_pico(row["left_pico_usd"]),
        group_count=int(row["group_count"]) if row["each"] else 0,
        burn_rates=tuple(_burn_rate(each) for each in row["burn_rates"]),
        ahead=_ahead(row["forecast"]),
    )


def _burn_rate(row: Json) -> BurnRate:
    return BurnRate(
        long_seconds=int(row["long_window_seconds"]),
        short_seconds=int(row["short_window_seconds"]),
        factor=float(row["factor"]),
        long_rate=float(row["long_rate"]),
        short_rate=float(row["short_rate"]),
        state=str(row["state"]),
    )


def _ahead(row: Json | None) -> Ahead | None:
    if row is None or row["end"] is None:
        return None
    end, reached = row["end"], row["reached"] or {}
    return Ahead(
        low_pico_usd=parse_pico(end["low_pico_usd"]),
        likely_pico_usd=parse_pico(end["likely_pico_usd"]),
        high_pico_usd=parse_pico(end["high_pico_usd"]),
        probability_over=float(end["probability_over"]),
        reached_at=json_parts.moment(reached.get("likely")),
        reached_earliest=json_parts.moment(reached.get("earliest")),
        reached_latest=json_parts.moment(reached.get("latest")),
    )
