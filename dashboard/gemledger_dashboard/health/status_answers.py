"""What `/api/v1/status` answers, typed: what every page needs of the collector. Pure."""

from dataclasses import dataclass
from datetime import datetime

from gemledger_dashboard.frame import display
from gemledger_dashboard.frame.display import Display
from gemledger_dashboard.frame.json_parts import moment
from gemledger_dashboard.health import health_answers
from gemledger_dashboard.health.health_answers import Health
from gemledger_dashboard.spend.sums import Json


@dataclass(frozen=True, slots=True)
class Status:
    """The collector itself."""

    version: str
    price_book: str
    latest_call: datetime | None
    health: Health
    display: Display
    models: tuple[str, ...] = ()
    """Those that were called, in the order of their first calls."""


def status(body: Json) -> Status:
    """`/api/v1/status`."""
    return Status(
        version=str(body["version"]),
        price_book=str(body["price_book"]),
        latest_call=moment(body["latest_call"]),
        health=health_answers.health(body),
        display=display.parse(body["display"]) if "display" in body else display.Display(),
        models=tuple(str(model) for model in body.get("models", ())),
    )
