"""How a company reads its figures: configured once, told to every dashboard."""

from pathlib import Path

import pytest
from support.collector import RunningCollector, config_for

from gemledger_collector.config import Config, load
from gemledger_collector.errors import ConfigError

WHOLE = """
extensions:
  dashboard:
    timezone: Europe/Berlin
    month_starts_on: 26
    currency:
      code: EUR
      rates:
      - {from: 2026-11-01, per_usd: '0.9231', source: ECB 2026-10-31}
      - {from: '2026-10-01', per_usd: 0.9, source: ECB 2026-09-30}
"""


def told(tmp_path: Path, text: str) -> Config:
    """The configuration in a file."""
    path = tmp_path / "otel-config.yaml"
    path.write_text(text, encoding="utf-8")
    return load(path, {})


def test_nothing_configured_is_the_readers_own_zone_and_dollars(
    collector: RunningCollector,
) -> None:
    """A month is a calendar month."""
    assert collector.get("/api/v1/status")["display"] == {
        "timezone": None,
        "month_starts_on": 1,
        "currency": None,
    }


def test_zone_month_and_dated_rates_are_told_to_the_digit(tmp_path: Path) -> None:
    """Rates by the day they begin, with who says so."""
    extensions = told(tmp_path, WHOLE).extensions.model_dump(include={"dashboard"}, by_alias=True)
    config = config_for(tmp_path / "ledger.duckdb", extensions=extensions)
    with RunningCollector(config) as collector:
        answer = collector.get("/api/v1/status")["display"]
    assert answer == {
        "timezone": "Europe/Berlin",
        "month_starts_on": 26,
        "currency": {
            "code": "EUR",
            "rates": [
                {"from_day": "2026-10-01", "per_usd": "0.9", "source": "ECB 2026-09-30"},
                {"from_day": "2026-11-01", "per_usd": "0.9231", "source": "ECB 2026-10-31"},
            ],
        },
    }


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("Europe/Berlin", "Mars/Olympus", "is no time zone"),
        ("26", "31", "month_starts_on"),
        ("EUR", "USD", "name another currency"),
        ("EUR", "euro", "currency.code"),
        ("'0.9231'", "'-1'", "is not a rate"),
        ("'0.9231'", "much", "is not a rate"),
        ("2026-11-01", "'2026-13-01'", "is not a day"),
        ("2026-11-01", "2026-10-01", "two rates begin on 2026-10-01"),
        ("ECB 2026-10-31", "''", "source"),
    ],
)
def test_what_cannot_be_is_named(tmp_path: Path, old: str, new: str, complaint: str) -> None:
    """The collector does not start with it."""
    with pytest.raises(ConfigError, match=complaint):
        told(tmp_path, WHOLE.replace(old, new))
