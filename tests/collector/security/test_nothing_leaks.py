"""No secret, prompt or token in any log or metric, whatever goes wrong with the requests that hold them."""

import json
import re
import signal
import time
from collections.abc import Callable

import httpx
from support.otlp import call, call_attributes, payload
from support.processes import CollectorProcess
from support.tokens import Issued, extensions
from support.waiting import eventually

from gemledger import semconv
from gemledger_collector.tokens import new_secret

PROMPT, IN_SQL, IN_PATH, IN_URL, IN_BODY = (
    f"planted-{name}-7f3a" for name in ("prompt", "sql", "path", "url", "body")
)
WRONG_TOKEN, CONFIGURED_PLAINLY = new_secret(), new_secret()
WEBHOOK_SECRET = "whsec_cGxhbnRlZC1zZWNyZXQtb2YtMjQtYnl0ZXM="
SENDER, READER = Issued("sender", ["ingest"]), Issued("reader", ["read"])
PLANTED = (
    PROMPT,
    IN_SQL,
    IN_PATH,
    IN_URL,
    IN_BODY,
    WRONG_TOKEN,
    CONFIGURED_PLAINLY,
    WEBHOOK_SECRET,
    SENDER.secret,
    READER.secret,
    SENDER.hash,
    READER.hash,
)


def configured() -> str:
    """Tokens, a webhook of which the address is a secret and where nobody listens, and a rule that fires."""
    document = extensions(SENDER, READER) | {
        "alerts": {
            "evaluation_interval": "50ms",
            "lateness": "1s",
            "group_wait": "0s",
            "rules": [{"name": "any", "window": "15m", "above_usd": 0.000001}],
            "channels": [
                {"name": "hook", "type": "webhook", "url": f"http://127.0.0.1:9/{IN_URL}"}
            ],
        },
        "settle": {"webhooks": {"secrets": [WEBHOOK_SECRET]}},
    }
    return f"extensions: {json.dumps(document)}\n"


def ask_in_every_wrong_way(http: httpx.Client) -> None:
    """Requests that fail, each with a secret in the place where it would be in a real one."""
    for token in (WRONG_TOKEN, CONFIGURED_PLAINLY, "hunter2"):
        http.get("/api/v1/status", headers={"Authorization": f"Bearer {token}"})
    http.get("/api/v1/status", params={"token": READER.secret})
    http.get(f"/{IN_PATH}/{READER.secret}", headers=READER.header)
    http.get(f"/api/v1/audit?x={IN_PATH}", headers=READER.header)
    http.get(f"/api/v1/spend?since={IN_PATH}", headers=READER.header)
    for sql in (
        f"select '{IN_SQL}'",
        f"select '{IN_SQL}",
        f"select {IN_SQL.replace('-', '_')} from calls",
        f"select error('{IN_SQL}')",
        f"copy calls to '/{IN_SQL}'",
    ):
        http.post("/api/v1/sql", json={"sql": sql}, headers=READER.header)
    http.post("/api/v1/sql", content=f'{{"sql": "{IN_BODY}', headers=READER.header)
    http.post("/api/v1/sql", json={IN_BODY: IN_BODY}, headers=READER.header)
    signed = {
        "webhook-id": "1",
        "webhook-timestamp": str(int(time.time())),
        "webhook-signature": f"v1,{IN_BODY}",
    }
    http.post("/webhooks/gemini", json={"data": IN_BODY}, headers=signed)


def send_in_every_wrong_way(http: httpx.Client) -> None:
    """Spans with a prompt in them: whole, cut off, claimed to be something else, and as broken JSON."""
    attributes = call_attributes() | {
        semconv.INPUT_MESSAGES: json.dumps(
            [{"role": "user", "parts": [{"type": "text", "content": PROMPT}]}]
        )
    }
    good = payload([call(1, start=time.time_ns(), attributes=attributes)])
    protobuf = {"Content-Type": "application/x-protobuf"}
    assert (
        http.post("/v1/traces", content=good, headers=SENDER.header | protobuf).status_code == 200
    )
    for content, headers in (
        (good[:-20], protobuf),
        (good, protobuf | {"Content-Encoding": "gzip"}),
        (good, {"Content-Type": f"text/{IN_BODY}"}),
        (f'{{"resourceSpans": "{PROMPT}'.encode(), {"Content-Type": "application/json"}),
        (
            b'{"resourceSpans": [{"scopeSpans": [{"spans": [{"traceId": "'
            + PROMPT.encode()
            + b'"}]}]}]}',
            {"Content-Type": "application/json"},
        ),
    ):
        http.post("/v1/traces", content=content, headers=SENDER.header | headers)
    http.post("/v1/traces", content=good, headers=protobuf)


WRONG_CONFIGURATIONS = (
    f"extensions: {{api: {{tokens: [{{name: a, hash: {CONFIGURED_PLAINLY}, scopes: [read]}}]}}}}",
    f"extensions: {{api: {{tokens: [{CONFIGURED_PLAINLY}]}}}}",
    f"extensions: {{alerts: {{channels: [{{name: a, type: webhook, url: 'htps:/{IN_URL}'}}]}}}}",
    f"extensions: {{alerts: {{channels: [{{name: a, type: webhook, ulr: 'https://h/{IN_URL}'}}]}}}}",
    f"extensions: {{settle: {{webhooks: {{secrets: '{WEBHOOK_SECRET}'}}}}}}",
    f"extensions: {{settle: {{webhooks: {{fetch: {{api_key: [{IN_URL}]}}}}}}}}",
    f"processors: {{redact: {{key: [{IN_URL}]}}}}",
)


def refusals(collector: CollectorProcess) -> Callable[[], int]:
    """How many files it refused to read."""
    return lambda: collector.log.read_text().count("stays as it was")


def test_nothing_that_was_planted_is_in_the_log_or_the_metrics(
    start_collector: Callable[..., CollectorProcess],
) -> None:
    """Of ordinary and of failing requests, of alerts that cannot be sent, and of configurations with mistakes."""
    collector = start_collector(configured())
    with httpx.Client(base_url=collector.url, trust_env=False, timeout=30) as http:
        send_in_every_wrong_way(http)
        ask_in_every_wrong_way(http)
        metrics = eventually(
            lambda: http.get("/metrics", headers=READER.header).text,
            lambda text: re.search(r"notifications_failed_total\{[^}]*\} [1-9]", text) is not None,
        )
    assert 'callers_refused_total{reason="unknown"}' in metrics
    assert "alert firing" in collector.log.read_text()
    assert collector.process is not None
    rest = collector.config.read_text().partition("extensions:")[0]
    for number, wrong in enumerate(WRONG_CONFIGURATIONS, 1):
        collector.config.write_text(f"{rest}{wrong}\n")
        collector.process.send_signal(signal.SIGHUP)
        eventually(refusals(collector), number.__le__)
    collector.stop()
    log = collector.log.read_text()
    assert [secret for secret in PLANTED if secret in log or secret in metrics] == []
