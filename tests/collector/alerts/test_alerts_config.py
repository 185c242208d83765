"""What the configuration of alerts refuses, and with which words."""

from datetime import timedelta

import pytest
import yaml
from pydantic import ValidationError

from gemledger_collector.alerts_config import AlertsConfig
from gemledger_collector.config_values import parse_duration

WHOLE = """
evaluation_interval: 15s
budgets:
  - {name: support-daily, limit_usd: 25.10, period: day, timezone: Europe/Berlin, thresholds: [50, 100],
     filter: {team: support}, severity: critical, for: 5m}
rules:
  - {name: hourly-cost, metric: cost, window: 1h, above_usd: 10, for: 0s, filter: {}, severity: critical}
channels:
  - {name: oncall, type: webhook, url: "http://127.0.0.1:9999/hook", timeout: 5s}
routes: [{match: {severity: critical}, channels: [oncall, log]}]
"""


def test_a_whole_section_is_read_and_money_is_exact() -> None:
    """Every key of the documented example means what it says; 25.10 USD are an exact number of picoUSD."""
    config = AlertsConfig.model_validate(yaml.safe_load(WHOLE))
    assert config.budgets[0].limit_pico_usd == 25_100_000_000_000
    assert config.budgets[0].hold == timedelta(minutes=5)
    assert config.rules[0].limit_pico_usd == 10 * 10**12
    assert config.channels[0].timeout == timedelta(seconds=5)


@pytest.mark.parametrize(
    ("written", "where", "what"),
    [
        (
            "budgets: [{name: a, limit_usd: 0}]",
            ("budgets", 0, "limit_usd"),
            "give an amount above 0",
        ),
        (
            "budgets: [{name: a, limit_usd: .nan}]",
            ("budgets", 0, "limit_usd"),
            "give an amount above 0",
        ),
        (
            "budgets: [{name: a, limit_usd: plenty}]",
            ("budgets", 0, "limit_usd"),
            "write US dollars",
        ),
        (
            "budgets: [{name: a, limit_usd: 1, period: year}]",
            ("budgets", 0, "period"),
            "'day', 'week' or 'month'",
        ),
        (
            "budgets: [{name: a, limit_usd: 1, timezone: Mars/One}]",
            ("budgets", 0, "timezone"),
            "IANA name",
        ),
        (
            "budgets: [{name: a, limit_usd: 1, thresholds: [50, 50]}]",
            ("budgets", 0),
            "give each once",
        ),
        (
            "budgets: [{name: a, limit_usd: 1, thresholds: []}]",
            ("budgets", 0, "thresholds"),
            "at least 1",
        ),
        (
            "budgets: [{name: a, limit_usd: 1, filter: {taem: x}}]",
            ("budgets", 0, "filter", "taem"),
            "not permitted",
        ),
        (
            "rules: [{name: a, above_usd: 1, window: 30s}]",
            ("rules", 0),
            "no multiple of a minute",
        ),
        (
            "rules: [{name: a, above_usd: 1, window: 70m}]",
            ("rules", 0),
            "multiple of the ledger's 15 minutes",
        ),
        ("rules: [{name: a, above_usd: 1, metric: vibes}]", ("rules", 0, "metric"), "'cost'"),
        ("rules: [{name: a, above_usd: 1, window: soon}]", ("rules", 0, "window"), "such as 15s"),
        ("channels: [{name: log, type: webhook, url: 'http://x'}]", (), "always there"),
        (
            "channels: [{name: a, type: webhook, url: 'ftp://x'}]",
            ("channels", 0, "webhook", "url"),
            "pattern",
        ),
        ("routes: [{channels: [nobody]}]", (), "'nobody'"),
        ("evaluation_interval: 0s", (), "above 0"),
        ("budgets: [{name: a, limit_usd: 1}, {name: a, limit_usd: 2}]", (), "share the name 'a'"),
    ],
)
def test_a_wrong_setting_is_refused_with_its_place(
    written: str, where: tuple[object, ...], what: str
) -> None:
    """The path to the value, and words that lead to a right one."""
    with pytest.raises(ValidationError) as refused:
        AlertsConfig.model_validate(yaml.safe_load(written))
    (problem,) = refused.value.errors()
    assert problem["loc"] == where
    assert what in problem["msg"]


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("500ms", 0.5), ("15s", 15), ("5m", 300), ("1h", 3600), ("1d", 86400), ("1.5h", 5400)],
)
def test_durations_are_written_with_their_unit(written: str, seconds: float) -> None:
    """A number alone would leave the unit to guessing."""
    assert parse_duration(written) == timedelta(seconds=seconds)
