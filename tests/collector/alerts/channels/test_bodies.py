"""What each channel is told: complete, exact, within its limits, and safe whatever an application calls things."""

import email
import email.policy
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from support.notifications import NOON, SECOND, alert, ended, notification

from gemledger_collector.alerts.channels import body_for
from gemledger_collector.alerts.channels.alertmanager import with_ends
from gemledger_collector.alerts.channels.pagerduty import dedup_key
from gemledger_collector.alerts.notification import Notification, Reason
from gemledger_collector.alerts_config import (
    AlertmanagerConfig,
    AlertsConfig,
    AppriseConfig,
    EmailConfig,
    PagerDutyConfig,
    SlackConfig,
    WebhookConfig,
)

CONFIG = AlertsConfig.model_validate(
    {
        "channels": [
            {"name": "hook", "type": "webhook", "url": "http://127.0.0.1:1/hook"},
            {"name": "chat", "type": "slack", "url": "http://127.0.0.1:1/slack"},
            {"name": "pager", "type": "pagerduty", "routing_key": "k" * 32},
            {
                "name": "mail",
                "type": "email",
                "host": "127.0.0.1",
                "from": "gemledger@example.com",
                "to": ["oncall@example.com", "boss@example.com"],
            },
            {"name": "am", "type": "alertmanager", "url": "http://127.0.0.1:9093"},
            {"name": "any", "type": "apprise", "urls": ["json://127.0.0.1"]},
        ]
    }
)
WEBHOOK, SLACK, PAGER, MAIL, PUSH, ANY = CONFIG.channels


def behind(feature: str | None, excess: str) -> dict[str, str | None]:
    """A contributor as the evidence has it."""
    amounts = {"spent_pico_usd": "3", "usual_pico_usd": "1", "excess_pico_usd": excess}
    return {"team": "growth", "feature": feature, **amounts}


EVIDENCE = json.dumps(
    {
        "usual_pico_usd": "1000000000000",
        "contributors": {
            "payer": {
                "largest": [
                    behind("search", "2000000000000"),
                    behind("chat", "400000000000"),
                    behind(None, "-100000000000"),
                    behind("fourth", "1"),
                ]
            }
        },
        "forecast": {"expected_pico_usd": "310000000000000"},
    }
)


def spoken(channel: Any, told: Notification) -> Any:
    """A body, read as JSON."""
    return json.loads(body_for(channel, told))


def test_a_webhook_is_told_of_the_whole_group() -> None:
    """Alertmanager's version 4: what the alerts have in common, how many were left out, why it is sent."""
    growth, search = alert(), alert(filter={"team": "search"})
    told = spoken(WEBHOOK, notification(growth, ended(search), reason=Reason.SOME_RESOLVED))
    assert (told["version"], told["status"], told["receiver"]) == ("4", "firing", "oncall")
    assert told["groupKey"] == '{}:{alertname="hourly-cost"}'
    assert told["groupLabels"] == {"alertname": "hourly-cost"}
    assert told["truncatedAlerts"] == 0
    assert told["notification_reason"] == "some alerts of the group are resolved"
    assert "team" not in told["commonLabels"]
    assert told["commonLabels"]["severity"] == "critical"
    assert told["commonAnnotations"]["runbook_url"] == "https://wiki.example.com/runbook"
    first, second = told["alerts"]
    assert (first["status"], first["endsAt"]) == ("firing", "0001-01-01T00:00:00Z")
    assert (second["status"], second["endsAt"]) == ("resolved", "2026-11-10T12:10:00.000Z")
    assert first["fingerprint"] == growth.identity.fingerprint
    page = f"https://ledger.example.com/alerts?alert={growth.identity.fingerprint}"
    assert first["generatorURL"] == page
    assert first["annotations"] == {
        "summary": "hourly-cost: $12.50 within 1h, limit $10.00 (growth)",
        "value": "$12.50",
        "limit": "$10.00",
        "excess": "$2.50",
        "value_pico_usd": "12500000000000",
        "limit_pico_usd": "10000000000000",
        "excess_pico_usd": "2500000000000",
        "cause": growth.cause,
        "runbook_url": "https://wiki.example.com/runbook",
        "dashboard": page,
        "silence": f"https://ledger.example.com/alerts?silence={growth.identity.fingerprint}&hours=1",
    }


def test_a_flood_of_alerts_is_cut_and_counted() -> None:
    """A webhook is told of a thousand alerts, and how many more there are."""
    flood = [alert(filter={"team": f"team-{number}"}) for number in range(1003)]
    told = spoken(WEBHOOK, notification(*flood))
    assert len(told["alerts"]) == 1000
    assert told["truncatedAlerts"] == 3


def test_quantities_other_than_money_keep_their_unit() -> None:
    """A latency is told in seconds and in exact microseconds."""
    slow = alert(
        "p99", metric="latency_p99", unit="microseconds", value=17_250_000, limit=15_000_000
    )
    told = spoken(WEBHOOK, notification(slow))["alerts"][0]["annotations"]
    assert told["summary"] == (
        "p99: 99th percentile of latency 17.2 s within 1h, limit 15 s (growth)"
    )
    assert (told["value_microseconds"], told["excess_microseconds"]) == ("17250000", "2250000")


def test_without_an_external_url_there_are_no_links() -> None:
    """A link that leads nowhere is worse than none; a runbook is an address of its own."""
    told = notification(external_url="")
    annotations = spoken(WEBHOOK, told)["alerts"][0]["annotations"]
    assert {"dashboard", "silence"} & set(annotations) == set()
    (buttons,) = (each for each in spoken(SLACK, told)["blocks"] if each["type"] == "actions")
    assert [each["text"]["text"] for each in buttons["elements"]] == ["Runbook"]


def test_slack_shows_figures_contributors_and_what_to_do() -> None:
    """Header, four figures, the three largest contributors, three links, why it was sent, and a fallback text."""
    message = spoken(SLACK, notification(alert(evidence=EVIDENCE)))
    blocks = message["blocks"]
    kinds = ["header", "section", "section", "section", "section", "actions", "context"]
    assert [block["type"] for block in blocks] == kinds
    assert blocks[0]["text"]["text"] == "[FIRING:1] hourly-cost"
    assert [field["text"] for field in blocks[2]["fields"]] == [
        "*Observed*\n$12.50",
        "*Expected*\nusual $1.00; limit $10.00",
        "*Excess*\n$2.50",
        "*Forecast*\n$310.00",
    ]
    assert blocks[4]["text"]["text"].splitlines() == [
        "*Top contributors*",
        "1. growth / search: +$2.00",
        "2. growth / chat: +$0.40",
        "3. growth / (none): -$0.10",
    ]
    buttons = {each["text"]["text"]: each["url"] for each in blocks[5]["elements"]}
    assert list(buttons) == ["Silence 1h", "Dashboard", "Runbook"]
    assert buttons["Runbook"] == "https://wiki.example.com/runbook"
    assert message["text"].startswith("[FIRING:1] hourly-cost: hourly-cost: $12.50")


def test_what_a_rule_or_a_spike_says_in_its_own_words_is_what_people_read() -> None:
    """The configuration's summary; a spike's usual, excess and projection; figures for programs stay exact."""
    own = {
        "summary": "call Ada",
        "usual": "$1.00 an hour",
        "excess": "$40.00 so far",
        "projection": "$90.00 by the end of the day",
        "value_pico_usd": "0",
    }
    told = notification(alert(annotations=own))
    blocks = spoken(SLACK, told)["blocks"]
    assert blocks[1]["text"]["text"] == "*call Ada*"
    assert [field["text"].split("\n")[1] for field in blocks[2]["fields"]] == [
        "$12.50",
        "usual $1.00 an hour; limit $10.00",
        "$40.00 so far",
        "$90.00 by the end of the day",
    ]
    annotations = spoken(WEBHOOK, told)["alerts"][0]["annotations"]
    assert (annotations["summary"], annotations["excess"]) == ("call Ada", "$40.00 so far")
    assert annotations["value_pico_usd"] == "12500000000000"


def test_slack_names_some_of_many_alerts_and_counts_the_rest() -> None:
    """The first in full, ten in a line each, and how many more."""
    many = [alert(filter={"team": f"team-{number}"}) for number in range(30)]
    told = spoken(SLACK, notification(*many))
    (lines,) = (
        each["text"]["text"].splitlines()
        for each in told["blocks"]
        if each["type"] == "section" and "team-1)" in each.get("text", {}).get("text", "")
    )
    assert len(lines) == 11
    assert lines[-1] == "… and 19 more"


def test_pagerduty_gets_an_event_for_each_alert_and_one_end_of_the_same_incident() -> None:
    """Trigger and resolve share a key that follows from the labels; the routing key is in no body."""
    growth, search = alert(), alert(filter={"team": "search"})
    trigger, resolve = spoken(PAGER, notification(growth, ended(search)))
    assert (trigger["event_action"], resolve["event_action"]) == ("trigger", "resolve")
    assert trigger["dedup_key"] == dedup_key(growth) == dedup_key(ended(growth))
    assert resolve == {"event_action": "resolve", "dedup_key": dedup_key(search)}
    assert trigger["dedup_key"] != resolve["dedup_key"]
    assert len(trigger["dedup_key"]) == 32
    payload = trigger["payload"]
    assert payload["severity"] == "critical"
    assert payload["source"] == "https://ledger.example.com"
    assert payload["timestamp"] == "2026-11-10T12:00:00.000Z"
    assert (payload["group"], payload["class"]) == ("growth", "rule")
    assert payload["custom_details"]["excess_pico_usd"] == "2500000000000"
    assert [each["text"] for each in trigger["links"]] == ["Dashboard", "Silence 1h", "Runbook"]
    assert "routing_key" not in json.dumps(trigger)


def test_a_mail_is_readable_as_text_and_as_html_and_belongs_to_a_thread() -> None:
    """One id for one notification however often it is made, one thread for all about a group."""
    first = mail(notification(alert(evidence=EVIDENCE)))
    again = mail(notification(alert(evidence=EVIDENCE)))
    later = mail(notification(reason=Reason.REPEAT, created_at_unix_nano=NOON + 14_400 * SECOND))
    assert first["Message-ID"] == again["Message-ID"] != later["Message-ID"]
    assert first["References"] == later["References"] != first["Message-ID"]
    assert first["Subject"] == later["Subject"] == "[FIRING:1] hourly-cost"
    assert first["To"] == "oncall@example.com, boss@example.com"
    assert first["Date"] == "Tue, 10 Nov 2026 12:00:30 +0000"
    parts = (first.get_body((kind,)).get_content() for kind in ("plain", "html"))
    text, html = (part.replace("\r\n", "\n") for part in parts)
    assert "  Excess: $2.50\n" in text
    assert "  1.: growth / search: +$2.00\n" in text
    assert "<td><b>Excess</b></td><td>$2.50</td>" in html
    assert 'href="https://wiki.example.com/runbook"' in html


def test_alertmanager_is_pushed_what_fires_with_an_end_in_the_near_future() -> None:
    """As Prometheus does: an alert that we no longer push ends by itself; one that is over has its true end."""
    body = body_for(PUSH, notification(alert(), ended(alert(filter={"team": "search"}))))
    assert isinstance(PUSH, AlertmanagerConfig)
    firing, over = json.loads(with_ends(body, NOON + 3600 * SECOND, PUSH.resend_every))
    assert firing["startsAt"] == "2026-11-10T12:00:00.000Z"
    assert firing["endsAt"] == "2026-11-10T13:04:00.000Z"
    assert over["endsAt"] == "2026-11-10T12:10:00.000Z"
    assert firing["labels"]["team"] == "growth"


def test_apprise_gets_a_title_a_text_and_a_kind() -> None:
    """What has ended is a success; what fires is as bad as its severity."""
    told = spoken(ANY, notification())
    assert (told["title"], told["kind"]) == ("[FIRING:1] hourly-cost", "failure")
    assert told["body"].startswith("firing: hourly-cost: $12.50")
    assert spoken(ANY, notification(ended(alert())))["kind"] == "success"


def test_the_log_gets_a_line_for_each_alert() -> None:
    """State, severity, amounts, cause, and why."""
    over = ended(alert(filter={"team": "search"}, cause=""))
    told = notification(alert(cause="nobody"), over, reason=Reason.REPEAT)
    assert body_for("log", told).splitlines() == [
        f"firing [critical] hourly-cost: $12.50 within 1h, limit $10.00 (growth); nobody ({Reason.REPEAT})",
        "resolved [critical] hourly-cost: $12.50 within 1h, limit $10.00 (search) (no longer breached)",
    ]


def test_evidence_that_nobody_understands_is_left_out() -> None:
    """A message must not fail over a detail."""
    odd = '{"contributors": {"payer": {"largest": [3, {"team": 4}]}}, "forecast": "x"}'
    for evidence in ("no json", "[1]", '{"contributors": [3]}', odd):
        told = spoken(SLACK, notification(alert(evidence=evidence)))
        assert "contributors" not in json.dumps(told)


def mail(told: Notification) -> Any:
    """A mail as its reader's program sees it."""
    written = body_for(MAIL, told)
    return email.message_from_bytes(written.encode("ascii"), policy=email.policy.default)


NAMES = st.text(st.characters(codec="utf-8"), max_size=400) | st.sampled_from(
    [
        "<!channel> <https://evil.example|click> & *bold*",
        "a\r\nBcc: everybody@example.com\r\n\r\nhello",
        "\N{RIGHT-TO-LEFT OVERRIDE}gpj.exe\x1b[31m\N{LINE SEPARATOR}x",
        "&" * 5000,
        "<script>alert(1)</script>",
        "\N{PILE OF POO}" * 3000,
    ]
)


@st.composite
def notifications(draw: st.DrawFn) -> Notification:
    """A message in which everything that an application can choose is chosen by chance."""
    count = draw(st.integers(1, 3))
    alerts = []
    for number in range(count):
        one = alert(
            filter={"team": draw(NAMES), "feature": f"{number}", "model": draw(NAMES)},
            cause=draw(NAMES),
            annotations={
                name: draw(NAMES) for name in ("summary", "usual", "excess", "runbook_url")
            },
            evidence=json.dumps(
                {"contributors": {"payer": {"largest": [behind(draw(NAMES), "1")]}}}
            ),
        )
        alerts.append(ended(one) if draw(st.booleans()) else one)
    group = draw(NAMES)
    return notification(
        *sorted(alerts, key=lambda each: each.state != "firing"),
        group_key=group,
        group_labels=(("team", group),),
    )


@given(notifications())
def test_whatever_a_label_says_slack_takes_the_message(told: Notification) -> None:
    """Within Slack's limits, and not one character that Slack would read as a link, mention or markup."""
    message = spoken(SLACK, told)
    assert 0 < len(message["text"]) <= 3000
    assert len(message["blocks"]) <= 50
    assert len(json.dumps(message)) < 40_000
    limits = {"header": 150, "section": 3000, "context": 3000}
    for block in message["blocks"]:
        texts = [block["text"]] if "text" in block else []
        for text in texts:
            assert 0 < len(text["text"]) <= limits[block["type"]]
        fields = block.get("fields", [])
        assert len(fields) <= 10
        for each in fields:
            assert 0 < len(each["text"]) <= 2000
        for text in [*texts, *fields]:
            bare = text["text"]
            for entity in ("&amp;", "&lt;", "&gt;"):
                bare = bare.replace(entity, "")
            assert not set(bare) & set("<>&\r\x1b")
        for button in block.get("elements", []) if block["type"] == "actions" else []:
            assert button["url"].startswith("https://")
            assert len(button["url"]) <= 3000


@given(notifications())
def test_whatever_a_label_says_no_header_of_a_mail_is_broken(told: Notification) -> None:
    """The headers are those we wrote, the recipients those of the configuration; HTML has no markup of theirs."""
    written = body_for(MAIL, told)
    head = written.partition("\r\n\r\n")[0]
    names = {
        line.partition(":")[0] for line in head.split("\r\n") if line and not line[0].isspace()
    }
    assert names == {
        *("From", "To", "Subject", "Date", "Message-ID", "In-Reply-To", "References"),
        *("Auto-Submitted", "MIME-Version", "Content-Type"),
    }
    read = mail(told)
    assert read["To"] == "oncall@example.com, boss@example.com"
    assert len(str(read["Subject"])) <= 150
    html = read.get_body(("html",)).get_content()
    assert "<script" not in html
    assert "<!channel" not in html
    assert "\x1b" not in html + read.get_body(("plain",)).get_content()


@given(notifications())
def test_whatever_a_label_says_every_body_is_one_that_its_channel_reads(
    told: Notification,
) -> None:
    """JSON that any parser takes, as UTF-8, with every label on one line."""
    for channel in (WEBHOOK, PAGER, PUSH, ANY):
        body = body_for(channel, told).encode()
        json.loads(body)
        assert not {b"\x1b", b"\n", b"\r"} & {body[i : i + 1] for i in range(len(body))}
    for pushed in spoken(PUSH, told):
        assert all(value and value.isprintable() for value in pushed["labels"].values())
    for event in spoken(PAGER, told):
        assert len(event["dedup_key"]) <= 255
        assert len(event.get("payload", {}).get("summary", "")) <= 1024
    assert len(body_for("log", told).splitlines()) == len(told.alerts)


def test_the_kinds_of_channels_here_are_all_there_are() -> None:
    """A kind that is added is tested here as well."""
    kinds = {type(channel) for channel in CONFIG.channels}
    known = {WebhookConfig, SlackConfig, PagerDutyConfig, EmailConfig, AlertmanagerConfig}
    assert kinds == {*known, AppriseConfig}
