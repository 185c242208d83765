"""A shop of two features over some days, told to a real collector whose clock says when it is."""

from collections.abc import Iterator
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from support.collector import RunningCollector, config_for
from support.otlp import call, call_attributes, payload

from gemledger_collector.alerts.periods import unix_nano

NUMBERS = count(1)
MORNING = "2026-11-29T06:30:00+00:00"
"""When the report of 28 November is asked for."""


def at(written: str) -> int:
    """Unix nanoseconds of an ISO time; without an offset UTC."""
    moment = datetime.fromisoformat(written)
    return unix_nano(moment if moment.tzinfo else datetime.fromisoformat(f"{written}+00:00"))


class Shop:
    """A collector, and calls that are made at given times."""

    def __init__(self, running: RunningCollector) -> None:
        self.running = running

    def calls(self, when: str, many: int = 1, *, seconds: float = 1.0, **attributes: Any) -> None:
        """So many calls, a minute apart."""
        told = call_attributes(**attributes)
        spans = [
            call(
                next(NUMBERS),
                start=at(when) + place * 60 * 10**9,
                attributes=told,
                seconds=seconds,
            )
            for place in range(many)
        ]
        assert self.running.send(payload(spans)).status_code == 200

    def report(self, day: str | None = "2026-11-28", **asked: Any) -> Any:
        """The report in JSON."""
        given = {"day": day, **asked}
        return self.running.get(
            "/api/v1/report", **{key: value for key, value in given.items() if value is not None}
        )

    def written(self, form: str, day: str = "2026-11-28", **asked: Any) -> str:
        """The report as text."""
        answer = self.running.http.get(
            "/api/v1/report", params={"day": day, "format": form, **asked}
        )
        assert answer.status_code == 200, answer.text
        return answer.text

    def sums(self, since: str, until: str) -> int:
        """What the bill says of a time, added up apart from any rollup."""
        ((pico,),) = self.running.select(
            "select coalesce(sum(cost_pico_usd), 0)::varchar from charges where start_time_unix_nano >= "
            f"{at(since)} and start_time_unix_nano < {at(until)}"
        )
        return int(pico)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """Open, on the morning after."""
    extensions = {"alerts": {"budgets": [{"name": "all", "limit_usd": "1.50"}]}}
    config = config_for(tmp_path / "shop.duckdb", extensions=extensions)
    with RunningCollector(config, clock=lambda: at(MORNING)) as running:
        yield Shop(running)


@pytest.fixture
def busy(shop: Shop) -> Shop:
    """A month with a day of which there is much to tell."""
    for day in range(20, 28):
        shop.calls(
            f"2026-11-{day}T09:00", 20, attribution_feature="chat", attribution_prompt_version="v1"
        )
        shop.calls(f"2026-11-{day}T13:00", 5, attribution_feature="find", attribution_team="growth")
    shop.calls("2026-11-28T09:00", 40, attribution_feature="chat", attribution_prompt_version="v1")
    shop.calls(
        "2026-11-28T10:00",
        10,
        attribution_feature="chat",
        attribution_prompt_version="v2",
        output_tokens=900,
    )
    shop.calls("2026-11-28T13:00", 5, attribution_feature="find", attribution_team="growth")
    shop.calls("2026-11-28T14:00", 2, response_model="gemini-9-unheard-of")
    shop.calls(
        "2026-11-28T15:00",
        1,
        error_type="429",
        response_model=None,
        input_tokens=None,
        output_tokens=None,
    )
    return shop
