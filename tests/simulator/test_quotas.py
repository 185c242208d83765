"""Rate limits that the simulator keeps, as the real SDK runs into them."""

from datetime import UTC, datetime
from typing import Any

import pytest
from google import genai
from google.genai import errors, types

from gemledger_simulator.process import SimulatorProcess
from gemledger_simulator.quotas import Quotas
from gemledger_simulator.settings import Settings, SettingsError

MODEL = "gemini-2.5-flash"
SECOND = 10**9


def at(moment: str) -> int:
    """Unix nanoseconds of a moment in UTC."""
    return int(datetime.fromisoformat(moment).replace(tzinfo=UTC).timestamp()) * SECOND


def details_of(error: errors.APIError) -> dict[str, Any]:
    """The details of an error by the last word of their type."""
    found = error.details["error"]["details"]
    return {detail["@type"].rpartition(".")[2]: detail for detail in found}


@pytest.mark.parametrize(
    ("settings", "quota_id", "limit"),
    [
        (Settings(requests_per_day=2), "GenerateRequestsPerDayPerProjectPerModel-FreeTier", "2"),
        (
            Settings(input_tokens_per_minute=2),
            "GenerateContentPaidTierInputTokensPerModelPerMinute",
            "2",
        ),
    ],
)
def test_a_limit_of_the_settings_is_kept_per_key_and_model(
    settings: Settings, quota_id: str, limit: str
) -> None:
    """Beyond it comes a 429 that names it, for unary calls and streams alike; counting tokens is free."""
    with SimulatorProcess(settings) as simulator:
        options = types.HttpOptions(base_url=simulator.url)
        with genai.Client(api_key="one", http_options=options) as client:
            for _ in range(2):
                client.models.generate_content(model=MODEL, contents="x")
            with pytest.raises(errors.ClientError) as raised:
                client.models.generate_content(model=MODEL, contents="x")
            with pytest.raises(errors.ClientError):
                list(client.models.generate_content_stream(model=MODEL, contents="x"))
            client.models.count_tokens(model=MODEL, contents="x")
            client.models.generate_content(model="gemini-2.5-pro", contents="x")
        with genai.Client(api_key="two", http_options=options) as client:
            client.models.generate_content(model=MODEL, contents="x")
    details = details_of(raised.value)
    (violation,) = details["QuotaFailure"]["violations"]
    assert (violation["quotaId"], violation["quotaValue"]) == (quota_id, limit)
    assert violation["quotaDimensions"]["model"] == MODEL
    assert 1 <= int(details["RetryInfo"]["retryDelay"].removesuffix("s")) <= 90_000
    assert "Please retry in" in (raised.value.message or "")


def test_a_minute_begins_anew_on_the_clock() -> None:
    """Two requests a minute, and what was refused uses nothing up."""
    quotas = Quotas(Settings(requests_per_minute=2))
    start = at("2026-11-20T12:00:50")
    assert quotas.admit("k", MODEL, start) is None
    assert quotas.admit("k", MODEL, start) is None
    refused = quotas.admit("k", MODEL, start)
    assert refused is not None
    assert (refused.limit, refused.retry_delay) == (2, "10s")
    assert quotas.admit("k", MODEL, start + 10 * SECOND) is None


@pytest.mark.parametrize(
    ("noon", "midnight"),
    [
        ("2026-11-20T20:00", "2026-11-21T08:00"),
        ("2026-11-01T19:00", "2026-11-02T08:00"),  # the day on which clocks went back
        ("2027-03-14T19:00", "2027-03-15T07:00"),  # and forward
    ],
)
def test_a_day_begins_anew_at_midnight_pacific_time(noon: str, midnight: str) -> None:
    """Whatever clocks do."""
    quotas = Quotas(Settings(requests_per_day=1))
    assert quotas.admit("k", MODEL, at(noon)) is None
    assert quotas.admit("k", MODEL, at(midnight) - 1) is not None
    assert quotas.admit("k", MODEL, at(midnight)) is None


def test_a_limit_below_zero_is_refused() -> None:
    """With its name and the remedy."""
    with pytest.raises(SettingsError, match="requests_per_day is -1; give 0 or more"):
        Settings(requests_per_day=-1)


def test_a_429_can_lack_every_detail() -> None:
    """As some proxies send it."""
    with SimulatorProcess() as simulator:
        headers = {"x-simulator-fault": "429-bare"}
        options = types.HttpOptions(base_url=simulator.url, headers=headers)
        with (
            genai.Client(api_key="one", http_options=options) as client,
            pytest.raises(errors.ClientError) as raised,
        ):
            client.models.generate_content(model=MODEL, contents="x")
    assert "details" not in raised.value.details["error"]
