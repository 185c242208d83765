"""The running loop of the alerts: on the real clock, to a real receiver, until told to stop."""

import asyncio
import time

from gemledger_collector.alerts import loop
from gemledger_collector.alerts.channels import open_channels
from gemledger_collector.telemetry import Telemetry
from gemledger_simulator.webhook import WebhookReceiver

from .conftest import Timeline, spend


async def test_the_loop_pages_once_and_stops_when_told(timeline: Timeline) -> None:
    """The running loop, on the real clock: live spend over the limit is heard once, and counted."""
    with WebhookReceiver() as receiver:
        timeline.channel("oncall", receiver.url).rule(above_usd=10)
        timeline.settings["evaluation_interval"] = "20ms"
        stop, telemetry = asyncio.Event(), Telemetry()
        running = asyncio.create_task(
            loop.run(timeline.store, timeline.config, time.time_ns, stop, telemetry)
        )
        spend(timeline.store, time.time_ns(), 11)
        await asyncio.to_thread(receiver.wait_for, 1, 20)
        seen = telemetry.total("alert_evaluations_total")
        async with asyncio.timeout(20):
            while telemetry.total("alert_evaluations_total") < seen + 3:  # noqa: ASYNC110 - a counter has no event
                await asyncio.sleep(0.02)
        stop.set()
        await asyncio.wait_for(running, 20)
    assert [body["status"] for body in receiver.received] == ["firing"]
    assert telemetry.total("notifications_delivered_total") == 2  # the log has had it too


async def test_a_message_for_a_channel_that_is_gone_waits_for_nobody(timeline: Timeline) -> None:
    """A channel taken out of the configuration leaves nothing behind that is retried for ever."""
    timeline.channel("oncall", "http://127.0.0.1:1/x").budget(limit_usd=10).at("0m").spend(
        12
    ).look()
    timeline.settings["channels"] = []
    stop = asyncio.Event()
    stop.set()
    await loop.run(timeline.store, timeline.config, lambda: timeline.now, stop)
    message = next(each for each in timeline.messages if each.channel == "oncall")
    assert message.next_attempt_unix_nano is None
    assert "no longer in the configuration" in (message.error or "")


def test_the_log_is_always_a_channel(timeline: Timeline) -> None:
    """Without a single channel configured alerts are still written down."""
    assert [channel.name for channel in open_channels(timeline.config)] == ["log"]
