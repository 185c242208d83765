"""Whether channels work, asked over HTTP of a whole collector: a state for each, and a message to try one."""

import json
import time
from pathlib import Path
from typing import Any

import pytest
from support.collector import RunningCollector, config_for
from support.http_sink import Answer, HttpSink
from support.otlp import call, call_attributes, payload
from support.prometheus import parse
from support.waiting import eventually


def configured(path: Path, *channels: dict[str, Any]) -> Any:
    """A rule that fires at once, and channels named by their kind."""
    alerts = {
        "evaluation_interval": "50ms",
        "group_wait": "0s",
        "rules": [{"name": "any", "window": "1h", "above_usd": 0.000001, "metric": "cost"}],
        "channels": [{"name": each["type"], **each} for each in channels],
    }
    return config_for(path / "ledger.duckdb", extensions={"alerts": alerts})


def state_of(collector: RunningCollector, name: str) -> Any:
    """One channel's line."""
    told = collector.http.get("/api/v1/alerts/channels").json()["channels"]
    return next(each for each in told if each["name"] == name)


def test_a_channel_that_is_down_is_said_and_harms_no_other(tmp_path: Path) -> None:
    """One answers, one says 503, one refuses for good: each has its state, here and in /metrics."""
    with HttpSink() as good, HttpSink(*[Answer(503, b"down")] * 99) as bad, HttpSink() as wrong:
        wrong.answers = [Answer(404)] * 99
        config = configured(
            tmp_path,
            {"type": "webhook", "url": good.url},
            {"type": "slack", "url": bad.url},
            {"type": "pagerduty", "url": wrong.url, "routing_key": "k" * 32},
        )
        with RunningCollector(config) as collector:
            assert state_of(collector, "webhook")["state"] == "unused"
            collector.send(payload([call(1, start=time.time_ns(), attributes=call_attributes())]))
            eventually(lambda: state_of(collector, "webhook"), lambda told: told["state"] == "ok")
            failing = eventually(
                lambda: state_of(collector, "slack"), lambda told: told["state"] == "failing"
            )
            gone = eventually(
                lambda: state_of(collector, "pagerduty"), lambda told: told["state"] == "gave_up"
            )
            page = eventually(
                lambda: parse(collector.http.get("/metrics").text),
                lambda told: counted(told, "given_up_total", "pagerduty") == 1,
            )
            log = state_of(collector, "log")
    assert (failing["waiting"], failing["last_error"]) == (1, "HTTP 503: down")
    assert failing["next_attempt_at"] is not None
    assert (gone["given_up"], gone["waiting"], gone["last_error"]) == (1, 0, "HTTP 404")
    assert (log["type"], log["state"]) == ("log", "ok")
    assert counted(page, "delivered_total", "webhook") == 1
    assert counted(page, "failed_total", "slack") >= 1
    assert counted(page, "waiting", "slack") == 1
    assert counted(page, "waiting", "webhook") == counted(page, "given_up_total", "slack") == 0
    firing = (("severity", "critical"), ("state", "firing"))
    assert page["gemledger_alerts"].samples["", firing] == 1
    assert len(page["gemledger_alerts"].samples) == 9


def counted(page: Any, name: str, channel: str) -> float:
    """A channel's sample."""
    samples = page[f"gemledger_notifications_{name}"].samples
    value: float = samples["", (("channel", channel),)]
    return value


@pytest.fixture
def sink() -> Any:
    """A server for everything."""
    with HttpSink() as sink:
        yield sink


def test_a_test_message_goes_out_at_once_and_its_outcome_comes_back(
    tmp_path: Path, sink: HttpSink
) -> None:
    """It says that it is a test, ends the incident it opened, and is in the audit; nothing is tried again."""
    config = configured(
        tmp_path,
        {"type": "webhook", "url": f"{sink.url}/hook"},
        {"type": "pagerduty", "url": f"{sink.url}/pd", "routing_key": "k" * 32},
        {"type": "slack", "url": f"{sink.url}/slack"},
        {"type": "alertmanager", "url": sink.url},
    )
    with RunningCollector(config) as collector:
        for name in ("log", "webhook", "pagerduty", "slack", "alertmanager"):
            answer = collector.http.post(f"/api/v1/alerts/channels/{name}/test")
            assert answer.json() == {
                "channel": name,
                "delivered": True,
                "error": None,
                "would_be_retried": False,
            }
        sink.answers = [Answer(500, b"oh")]
        failed = collector.http.post("/api/v1/alerts/channels/webhook/test").json()
        unknown = collector.http.post("/api/v1/alerts/channels/nobody/test")
        audit = collector.http.get("/api/v1/audit", params={"action": "channel_test"}).json()
        assert state_of(collector, "webhook")["state"] == "unused"
    paths = ["/hook", "/pd", "/pd", "/slack", "/api/v2/alerts", "/hook"]
    assert [each.path for each in sink.received] == paths
    hook, trigger, resolve, slack, pushed, _ = (json.loads(each.body) for each in sink.received)
    assert "to see whether this channel works" in hook["alerts"][0]["annotations"]["summary"]
    assert (trigger["event_action"], resolve["event_action"]) == ("trigger", "resolve")
    assert trigger["dedup_key"] == resolve["dedup_key"]
    assert "gemledger-test" in slack["text"]
    assert pushed[0]["labels"]["alertname"] == "gemledger-test"
    assert (failed["delivered"], failed["error"], failed["would_be_retried"]) == (
        False,
        "HTTP 500: oh",
        True,
    )
    assert unknown.status_code == 404
    assert "log, webhook, pagerduty, slack, alertmanager" in unknown.json()["error"]["message"]
    assert audit["lines"][0]["detail"] == {"channel": "webhook"}
    assert len(audit["lines"]) == 6
