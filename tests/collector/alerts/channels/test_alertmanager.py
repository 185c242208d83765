"""A real Alertmanager takes what we push, groups it by its own configuration, and hears when it is over."""

import asyncio
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
from support.http_sink import HttpSink
from support.monitoring import alertmanager
from support.notifications import SECOND, alert, ended, notification, row
from support.waiting import eventually

from gemledger_collector.alerts import loop
from gemledger_collector.alerts.channels import Outcome, body_for, open_channel
from gemledger_collector.alerts_config import AlertsConfig
from gemledger_collector.telemetry import Telemetry

from ..conftest import Timeline, spend

CONFIG = """
route: {{receiver: team, group_by: [alertname], group_wait: 0s, group_interval: 1s, repeat_interval: 1h}}
receivers: [{{name: team, webhook_configs: [{{url: "{url}", send_resolved: true}}]}}]
"""


def test_it_takes_groups_and_resolves_the_alerts_we_push(tmp_path: Path) -> None:
    """Two alerts of one rule are one group there; pushed again they are the same two; each ends when we say so."""
    now = time.time_ns()
    names = ["growth", 'a "quoted" \\ name, with {all=~"of"} ü\n']
    pair = [
        alert(filter={"team": name}, started_at=now - 60 * SECOND, firing_since=now - 60 * SECOND)
        for name in names
    ]
    with HttpSink() as sink, alertmanager(tmp_path, CONFIG.format(url=sink.url)) as client:
        written = {"name": "am", "type": "alertmanager", "url": str(client.base_url)}
        config = AlertsConfig.model_validate({"channels": [written]}).channels[0]
        channel = open_channel(config)
        told = notification(*pair)
        for _ in range(2):
            assert channel.send(row(body_for(config, told)), now) == Outcome()
        (group,) = eventually(lambda: client.get("/api/v2/alerts/groups").json(), bool)
        assert {each["labels"]["team"] for each in group["alerts"]} == {
            "growth",
            'a "quoted" \\ name, with {all=~"of"} ü ',
        }
        assert {each["annotations"]["excess_pico_usd"] for each in group["alerts"]} == {
            "2500000000000"
        }
        over = notification(*(ended(each, after_seconds=30) for each in pair))
        eventually(lambda: sink.received, bool)
        assert channel.send(row(body_for(config, over)), now) == Outcome()
        bodies = eventually(lambda: heard(sink), lambda told: told[-1]["status"] == "resolved")
        assert client.get("/api/v2/alerts").json() == []
        channel.close()
    assert [each["status"] for each in bodies] == ["firing", "resolved"]
    assert len(bodies[-1]["alerts"]) == 2


def test_an_alert_that_is_pushed_no_more_ends_by_itself(tmp_path: Path) -> None:
    """The end is four pushes away: if we die, nobody is paged for ever."""
    now = time.time_ns()
    with alertmanager(tmp_path, CONFIG.format(url="http://127.0.0.1:1/")) as client:
        written = {"name": "am", "type": "alertmanager", "url": str(client.base_url)}
        written["resend_every"] = "500ms"
        config = AlertsConfig.model_validate({"channels": [written]}).channels[0]
        channel = open_channel(config)
        one = alert(started_at=now - SECOND, firing_since=now - SECOND)
        assert channel.send(row(body_for(config, notification(one))), now) == Outcome()
        channel.close()
        eventually(lambda: client.get("/api/v2/alerts").json(), lambda told: len(told) == 1)
        eventually(lambda: client.get("/api/v2/alerts").json(), lambda told: not told)


async def test_the_running_loop_keeps_an_alert_alive_there_until_it_is_over_here(
    timeline: Timeline, tmp_path: Path
) -> None:
    """Told again before it would end by itself, and of its end at once; two messages, however long it fired."""
    with alertmanager(tmp_path, CONFIG.format(url="http://127.0.0.1:1/")) as client:
        written = {"name": "am", "type": "alertmanager", "url": str(client.base_url)}
        timeline.settings["channels"] = [written | {"resend_every": "500ms"}]
        timeline.settings["evaluation_interval"] = "50ms"
        timeline.rule("dear", above_usd=10, window="2h", filter={"team": "growth"})
        spend(timeline.store, time.time_ns(), 12, team="growth")
        stop, telemetry = asyncio.Event(), Telemetry()
        running = asyncio.create_task(
            loop.run(timeline.store, timeline.config, time.time_ns, stop, telemetry)
        )

        async def until(enough: Callable[[Any], bool]) -> Any:
            return await asyncio.to_thread(eventually, lambda: there(client), enough)

        active = await until(bool)
        updated = active[0]["updatedAt"]
        again = await until(lambda told: told[0]["updatedAt"] > updated)
        assert again[0]["fingerprint"] == active[0]["fingerprint"]
        assert again[0]["startsAt"] == active[0]["startsAt"]
        spend(timeline.store, time.time_ns(), -5, team="growth")
        await until(lambda told: not told)
        stop.set()
        await asyncio.wait_for(running, 20)
    told = [each for each in timeline.messages if each.channel == "am"]
    assert [each.status for each in told] == ["firing", "resolved"]
    assert telemetry.by_reason("notifications_delivered_total")["am"] == 2


def there(client: httpx.Client) -> Any:
    """The alerts that Alertmanager has."""
    return client.get("/api/v2/alerts").json()


def heard(sink: HttpSink) -> list[Any]:
    """What Alertmanager told its receiver."""
    return [json.loads(each.body) for each in list(sink.received)]
