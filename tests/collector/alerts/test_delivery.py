"""From the outbox to a real receiver: at least once, in order, patient, and never twice without a crash."""

import logging

import pytest

from gemledger_collector.alerts.alert import State
from gemledger_collector.alerts.channels import LogChannel, Outcome, Webhook
from gemledger_collector.alerts.delivery import GIVE_UP_NS, retry_seconds
from gemledger_collector.alerts.notification import Reason
from gemledger_collector.alerts_config import WebhookConfig
from gemledger_collector.storage.alert_outbox import SUPERSEDED, NotificationRow
from gemledger_simulator.webhook import WebhookReceiver

from .conftest import Timeline

SECOND = 10**9


def webhook(url: str) -> Webhook:
    """A channel to a receiver."""
    config = {"name": "oncall", "type": "webhook", "url": url, "timeout": "2s"}
    return Webhook(WebhookConfig.model_validate(config))


def test_a_broken_budget_reaches_the_receiver_once_and_its_resolution_once(
    timeline: Timeline,
) -> None:
    """One body when it breaks, none while it stays broken, one when the period is over."""
    with WebhookReceiver() as receiver:
        timeline.channel("oncall", receiver.url).budget(
            "support", limit_usd=10, filter={"team": "support"}
        )
        channel = webhook(receiver.url)
        timeline.at("0m").spend(12, team="support").look().deliver(channel)
        timeline.at("1m").spend(1, team="support").look().deliver(channel)
        timeline.restart().at("17h").look().deliver(channel)
        timeline.at("18h").look().deliver(channel)
        channel.close()
    assert [body["status"] for body in receiver.received] == ["firing", "resolved"]


def test_the_body_has_the_shape_of_alertmanagers_webhook(timeline: Timeline) -> None:
    """Whoever can read an Alertmanager can read us; amounts are exact, the cause is named."""
    with WebhookReceiver() as receiver:
        timeline.channel("oncall", receiver.url).budget(
            "support", limit_usd=10, filter={"team": "support"}
        )
        timeline.at("0m").spend(12.5, team="support", feature="chat").look().deliver(
            channel := webhook(receiver.url)
        )
        channel.close()
    body = receiver.received[0]
    assert body["version"] == "4"
    assert body["receiver"] == "oncall"
    assert body["notification_reason"] == Reason.FIRST
    assert body["commonLabels"] == body["alerts"][0]["labels"]
    alert = body["alerts"][0]
    assert alert["labels"] == {
        "alertname": "support",
        "rule": "support",
        "kind": "budget",
        "severity": "critical",
        "team": "support",
        "threshold_percent": "100",
    }
    assert alert["startsAt"] == "2026-11-10T08:00:00.000Z"
    assert alert["endsAt"].startswith("0001")
    assert alert["annotations"]["value_pico_usd"] == "12500000000000"
    assert alert["annotations"]["excess_pico_usd"] == "2500000000000"
    assert "support / chat / gemini-2.5-flash" in alert["annotations"]["cause"]
    assert len(alert["fingerprint"]) == 16


def test_a_receiver_that_is_down_hears_it_once_when_it_is_up_again(timeline: Timeline) -> None:
    """503 and 429 are asked again after a growing pause; the message arrives once."""
    with WebhookReceiver(statuses=(503, 429)) as receiver:
        timeline.channel("oncall", receiver.url).budget(limit_usd=10).at("0m").spend(12).look()
        channel = webhook(receiver.url)
        assert timeline.deliver(channel) == timeline.now + 1 * SECOND
        assert timeline.deliver(channel) == timeline.now + 1 * SECOND, (
            "asked again before it was due"
        )
        assert timeline.at("2s").deliver(channel) == timeline.now + 2 * SECOND
        assert timeline.at("5s").deliver(channel) is None
        assert timeline.at("1h").look().deliver(channel) is None
        channel.close()
    assert len(receiver.refused) == 2
    assert len(receiver.received) == 1
    message = next(each for each in timeline.messages if each.channel == "oncall")
    assert (message.attempts, message.error) == (3, None)


def test_a_receiver_that_does_not_listen_is_asked_again(timeline: Timeline) -> None:
    """A refused connection is no reason to forget."""
    with WebhookReceiver() as gone:
        url = gone.url
    timeline.channel("oncall", url).budget(limit_usd=10).at("0m").spend(12).look()
    channel = webhook(url)
    assert timeline.deliver(channel) == timeline.now + 1 * SECOND
    message = next(each for each in timeline.messages if each.channel == "oncall")
    assert "ConnectError" in (message.error or "")
    with WebhookReceiver(port=int(url.split(":")[2].split("/")[0])) as receiver:
        assert timeline.at("2s").deliver(channel) is None
    channel.close()
    assert len(receiver.received) == 1


def test_what_lay_in_the_outbox_at_a_crash_is_sent_afterwards(timeline: Timeline) -> None:
    """The message is written with the alert's change, so a crash before sending loses nothing."""
    with WebhookReceiver() as receiver:
        timeline.channel("oncall", receiver.url).budget(limit_usd=10).at("0m").spend(12).look()
        timeline.restart().at("1m").look().deliver(channel := webhook(receiver.url))
        channel.close()
    assert len(receiver.received) == 1


def test_a_crash_after_sending_sends_the_same_message_again(timeline: Timeline) -> None:
    """At least once: the repetition has the same fingerprint and the same idempotency key."""

    class Crash(Exception):  # noqa: N818 - it stands for the end of the process
        """The process ends here."""

    class CrashingWebhook(Webhook):
        """Sends, and does not live to note it."""

        def send(self, row: NotificationRow, now: int) -> Outcome:
            """Send for real."""
            super().send(row, now)
            sent.append(row.notification_id)
            raise Crash

    sent: list[str] = []

    with WebhookReceiver() as receiver:
        timeline.channel("oncall", receiver.url).budget(limit_usd=10).at("0m").spend(12).look()
        crashing = CrashingWebhook(
            WebhookConfig.model_validate({"name": "oncall", "type": "webhook", "url": receiver.url})
        )
        with pytest.raises(Crash):
            timeline.deliver(crashing)
        crashing.close()
        waiting = [each for each in timeline.restart().messages if each.channel == "oncall"]
        assert [each.notification_id for each in waiting] == sent
        timeline.at("1m").look().deliver(channel := webhook(receiver.url))
        channel.close()
    first, again = receiver.received
    assert first == again


def test_a_resolution_never_overtakes_the_alert_it_ends(timeline: Timeline) -> None:
    """With the receiver down for a while both wait, and both come, in their order."""
    with WebhookReceiver(statuses=(500, 500)) as receiver:
        timeline.channel("oncall", receiver.url).budget(limit_usd=10).at("0m").spend(12).look()
        channel = webhook(receiver.url)
        timeline.deliver(channel)
        timeline.budget(limit_usd=100).at("2s").look().deliver(channel)
        timeline.at("1m").deliver(channel)
        channel.close()
    assert [body["status"] for body in receiver.received] == ["firing", "resolved"]


def test_of_thresholds_crossed_together_only_the_highest_is_told_and_so_is_only_its_end(
    timeline: Timeline,
) -> None:
    """One broken budget is one message, and one when it is over, also after a restart in between."""
    with WebhookReceiver() as receiver:
        timeline.channel("oncall", receiver.url).budget(limit_usd=10, thresholds=[100, 50, 75])
        timeline.at("0m").spend(12).look().deliver(channel := webhook(receiver.url))
        timeline.restart().at("5m").look().deliver(channel)
        timeline.at("24h").look().deliver(channel)
        channel.close()
    assert told_thresholds(receiver) == [("firing", "100"), ("resolved", "100")]
    assert [alert.state for alert in timeline.alerts] == [State.RESOLVED] * 3


def test_thresholds_crossed_one_after_the_other_are_each_told_and_end_together(
    timeline: Timeline,
) -> None:
    """Whoever heard that a threshold fires hears that it ended."""
    with WebhookReceiver() as receiver:
        timeline.channel("oncall", receiver.url).budget(limit_usd=10, thresholds=[100, 50, 75])
        timeline.at("0m").spend(6).look().deliver(channel := webhook(receiver.url))
        timeline.at("5m").spend(6).look().deliver(channel)
        timeline.at("24h").look().deliver(channel)
        channel.close()
    assert told_thresholds(receiver) == [
        ("firing", "50"),
        ("firing", "100"),
        ("resolved", "50"),
    ]
    ended = [each["labels"]["threshold_percent"] for each in receiver.received[-1]["alerts"]]
    assert ended == ["50", "100"]


def told_thresholds(receiver: WebhookReceiver) -> list[tuple[str, str]]:
    """Status and threshold of every message, in order of arrival."""
    return [
        (body["status"], body["alerts"][0]["labels"]["threshold_percent"])
        for body in receiver.received
    ]


def test_a_receiver_that_refuses_for_good_is_not_asked_again(timeline: Timeline) -> None:
    """404 will stay 404: given up, on record, and the log has had its line."""
    with WebhookReceiver(statuses=(404,)) as receiver:
        timeline.channel("oncall", receiver.url).budget(limit_usd=10).at("0m").spend(12).look()
        channel = webhook(receiver.url)
        assert timeline.deliver(channel) is None
        assert timeline.at("1h").deliver(channel) is None
        channel.close()
    assert timeline.deliver(LogChannel()) is None
    by_channel = {each.channel: each for each in timeline.messages}
    assert (by_channel["oncall"].error, by_channel["oncall"].delivered_at_unix_nano) == (
        "HTTP 404",
        None,
    )
    assert by_channel["log"].delivered_at_unix_nano is not None


def test_a_message_older_than_a_day_is_given_up(timeline: Timeline) -> None:
    """A page of yesterday helps nobody."""
    with WebhookReceiver(statuses=(500,) * 2) as receiver:
        timeline.channel("oncall", receiver.url).budget(limit_usd=10).at("0m").spend(12).look()
        channel = webhook(receiver.url)
        timeline.deliver(channel)
        timeline.now += GIVE_UP_NS
        assert timeline.deliver(channel) is None
        channel.close()


def test_the_pause_doubles_up_to_five_minutes_and_heeds_the_receiver() -> None:
    """1, 2, 4 seconds and so on; Retry-After counts where it is longer."""
    nothing = Outcome("HTTP 503", retry=True)
    assert [retry_seconds(attempts, nothing) for attempts in (0, 1, 2, 8, 9, 1000)] == [
        1,
        2,
        4,
        256,
        300,
        300,
    ]
    assert retry_seconds(0, Outcome("HTTP 429", retry=True, retry_after_seconds=30)) == 30
    assert retry_seconds(0, Outcome("HTTP 429", retry=True, retry_after_seconds=9999)) == 300


def test_the_first_route_that_matches_decides(timeline: Timeline) -> None:
    """Warnings stay in the log, what is critical reaches the one on call."""
    timeline.channel("oncall", "http://127.0.0.1:1/x").channel("team", "http://127.0.0.1:1/y")
    timeline.settings["routes"] = [{"match": {"severity": "critical"}, "channels": ["oncall"]}]
    timeline.budget("dear", limit_usd=10).budget("near", limit_usd=10, severity="warning")
    timeline.at("0m").spend(12).look()
    assert {(each.rule, each.channel) for each in timeline.messages} == {
        ("dear", "log"),
        ("dear", "oncall"),
        ("near", "log"),
    }


def test_the_log_hears_a_warning_with_the_cause(
    timeline: Timeline, caplog: pytest.LogCaptureFixture
) -> None:
    """One line: state, severity, amounts, cause, reason; a name from a span cannot break the line."""
    timeline.budget(limit_usd=10).at("0m").spend(12, team="growth\nERROR all is lost").look()
    with caplog.at_level(logging.INFO, "gemledger.alerts"):
        timeline.deliver(LogChannel())
    (line,) = caplog.messages
    assert line == (
        "alert firing [critical] budget everything: 100 % reached, $12.00 spent of $10.00; "
        "largest contributor: growth ERROR all is lost / (none) / gemini-2.5-flash "
        "with $12.00 of $12.00 excess; no earlier spend to compare with (first time this group is notified)"
    )


def test_what_exceeds_the_pace_of_a_channel_waits_and_arrives(timeline: Timeline) -> None:
    """Two a minute: of five messages two go at once, two a minute later, the last after another one."""
    with WebhookReceiver() as receiver:
        timeline.channel("oncall", receiver.url)
        for number in range(5):
            timeline.budget(f"b{number}", limit_usd=10)
        timeline.at("0m").spend(12).look()
        written = {"name": "oncall", "type": "webhook", "url": receiver.url, "max_per_minute": 2}
        channel = Webhook(WebhookConfig.model_validate(written))
        assert timeline.deliver(channel) == timeline.now + 60 * SECOND
        assert timeline.at("59s").deliver(channel) == timeline.now + 1 * SECOND
        assert len(receiver.received) == 2
        timeline.at("60s").deliver(channel)
        assert len(receiver.received) == 4
        assert timeline.at("2m").deliver(channel) is None
        channel.close()
    assert len({body["groupKey"] for body in receiver.received}) == 5


def test_a_channel_that_comes_back_hears_of_hours_of_reminders_once(timeline: Timeline) -> None:
    """First message, newest reminder, end: the reminders between say nothing that the newest does not."""
    timeline.settings |= {"repeat_interval": "1h", "group_interval": "5m"}
    with WebhookReceiver(statuses=(503,) * 30) as receiver:
        timeline.channel("oncall", receiver.url).rule("dear", above_usd=10, window="12h")
        timeline.at("0m").spend(12).look()
        channel = webhook(receiver.url)
        for hour in range(7):
            timeline.at(f"{60 * hour + 10}m").look().deliver(channel)
        waiting = [each for each in timeline.messages if each.channel == "oncall"]
        timeline.at("13h").look().deliver(channel)
        while receiver.refused and timeline.deliver(channel) is not None:
            timeline.now += 300 * SECOND
        channel.close()
    assert len(waiting) > 4
    assert [body["notification_reason"] for body in receiver.received] == [
        Reason.FIRST,
        Reason.ALL_RESOLVED,
    ]
    errors = {each.error for each in timeline.messages if each.channel == "oncall"}
    assert errors == {None, SUPERSEDED}
