"""The whole way of a text: app, SDK, collector, judge, API, exports, report, backup; and all it leaves behind."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from support import otlp, otlp_logs
from support.judge_server import JudgeServer
from support.processes import CollectorProcess, run_gemledger

from gemledger.redaction import KINDS as REDACTED
from gemledger_simulator.process import SimulatorProcess

from .planting import HOSTS, KINDS, ONE_LINE, Garden

PICTURE = "bytes of a picture"
OF_THE_APP = {
    # what is stored where content is on and redaction is off
    "prompt": True,
    "system instruction": True,
    "answer": True,
    "thought": True,
    "streamed answer": True,
    "tool arguments": True,
    "tool result": True,
    "tool description": True,
    "tool call of an answer": True,
    "text beside a picture": True,
    "sentence the judge quotes": True,
    "text that is embedded": True,
    # what no setting stores
    PICTURE: False,
    "exception in a tool": False,
    "error of Google's": False,
    "exception of the app's": False,
    "content of a cache": False,
    "display name of a cache": False,
    "request of a batch": False,
    "name of a batch": False,
}
"""Place → whether its text is in the store when nothing is redacted."""
ATTRIBUTES = frozenset(KINDS) - HOSTS
"""Of other instrumentations' attributes hosts and IP addresses stay: docs/other-instrumentations.md says so."""

SHORT = frozenset({"email", "phone", "card", "iban", "ssn"})
"""What a column of a few hundred characters has room for."""


@dataclass
class Trail:
    """What was planted, and all files a run left behind; ``stored`` are the places that a store has unredacted."""

    folder: Path
    garden: Garden = field(default_factory=Garden)
    stored: set[str] = field(default_factory=set)
    backup: Path = Path()
    exports: list[Path] = field(default_factory=list)
    logs: list[Path] = field(default_factory=list)
    others: list[Path] = field(default_factory=list)

    def plant(self, place: str, *, stored: bool, kinds: frozenset[str] = frozenset(KINDS)) -> str:
        """A text for a place."""
        if stored:
            self.stored.add(place)
        return self.garden.text(place, kinds)

    def write(self, name: str, content: str | bytes) -> Path:
        """A file of the run."""
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path


def configuration(*, redacting: bool) -> str:
    """What the collector is told beside its address and file."""
    content = "" if redacting else "processors: {redact: {content: false}}\n"
    return (
        f"{content}extensions:\n"
        "  judge: {model: gemini-2.5-flash-lite, interval: 200ms, retry_after: 1s, max_attempts: 2,\n"
        "    rules: [{name: chat, rubrics: [accuracy, tone], sample_rate: 1.0}]}\n"
        "  alerts: {evaluation_interval: 200ms, group_wait: 0s,\n"
        "    rules: [{name: any, above_usd: 0.0000001, window: 1h}]}\n"
    )


def run_the_app(
    trail: Trail, collector: CollectorProcess, simulator: SimulatorProcess, *, redacting: bool
) -> None:
    """The real SDK in a process of its own."""
    texts = {place: trail.plant(place, stored=stored) for place, stored in OF_THE_APP.items()}
    texts["the app's own key"] = trail.garden.value("the app's own key", "api_key google")
    planted = (
        trail.folder.parent / f"{trail.folder.name}-texts.json"
    )  # what the app is told is no trace of it
    planted.write_text(json.dumps(texts))
    spool = trail.folder / "spool"
    environ = {
        "PLANTED": str(planted),
        "GOOGLE_GEMINI_BASE_URL": simulator.url,
        "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
        "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT": "SPAN_ONLY",
        "GEMLEDGER_SPOOL_DIR": str(spool),
        "GEMLEDGER_REDACTION_KEEP": "" if redacting else ",".join(REDACTED),
    }
    ended = subprocess.run(
        [sys.executable, "-m", "hygiene.shop_app"],
        env={**os.environ, **environ, "PYTHONPATH": str(Path(__file__).parents[1])},
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr.decode()
    trail.logs += [trail.write("app.out", ended.stdout), trail.write("app.err", ended.stderr)]
    trail.others += [path for path in spool.rglob("*") if path.is_file()]


def send_foreign_spans(trail: Trail, collector: CollectorProcess) -> None:
    """Other instrumentations' shapes: attributes, lists, events, status, names; and log events."""
    plant: Callable[..., str] = trail.plant
    inputs = json.dumps(
        [
            {
                "role": "user",
                "parts": [
                    {"type": "text", "content": plant("foreign gen_ai messages", stored=True)}
                ],
            }
        ]
    )
    span = otlp.call(
        1,
        start=time.time_ns(),
        attributes={
            "gen_ai.system": "gemini",
            "gen_ai.operation.name": "chat",
            "gen_ai.request.model": "gemini-2.5-flash",
            "gen_ai.response.model": "gemini-2.5-flash",
            "gen_ai.usage.input_tokens": 10,
            "gen_ai.usage.output_tokens": 10,
            "gen_ai.input.messages": inputs,
            "app.note": plant("foreign attribute", stored=True, kinds=ATTRIBUTES),
            "app.list": [plant("foreign list", stored=True, kinds=ATTRIBUTES)],
            "app.map": {
                "deep": {"er": [plant("foreign nested map", stored=True, kinds=ATTRIBUTES)]}
            },
            "app.bytes": plant("foreign bytes", stored=True, kinds=ATTRIBUTES).encode(),
            "error.type": plant("foreign error type", stored=True, kinds=SHORT)[:300],
        },
    )
    span.name = f"POST /users/{trail.garden.value('foreign span name', 'email')}"
    trail.stored.add("foreign span name")
    span.status.message = plant("foreign status", stored=True, kinds=ATTRIBUTES)
    event = span.events.add(name="exception", time_unix_nano=time.time_ns())
    for key, place in (
        ("exception.message", "foreign exception"),
        ("exception.stacktrace", "foreign stack trace"),
    ):
        otlp.fill(event.attributes.add(key=key).value, plant(place, stored=True, kinds=ATTRIBUTES))
    link = span.links.add(trace_id=b"1" * 16, span_id=b"2" * 8)
    otlp.fill(
        link.attributes.add(key="note").value, plant("foreign link", stored=True, kinds=ATTRIBUTES)
    )
    older = otlp.call(
        3,
        start=time.time_ns(),
        attributes={
            "gen_ai.system": "gemini",
            "llm.request.type": "chat",
            "gen_ai.request.model": "gemini-2.5-flash",
            "gen_ai.prompt.0.role": "user",
            "gen_ai.prompt.0.content": plant("foreign prompt attribute", stored=True),
            "gen_ai.completion.0.content": plant("foreign answer attribute", stored=True),
        },
    )
    body = otlp.request(
        [span, older],
        scope="opentelemetry.instrumentation.other",
        resource={
            "service.name": "shop",
            "host.note": plant("resource attribute", stored=True, kinds=ATTRIBUTES),
        },
    )
    body.resource_spans[0].scope_spans[0].scope.version = plant(
        "scope version", stored=True, kinds=ATTRIBUTES
    )
    _post(collector, "/v1/traces", body.SerializeToString())
    _post(collector, "/v1/logs", otlp_logs.logs(_records(plant, span)).SerializeToString())


def _records(plant: Callable[..., str], span: Any) -> list[Any]:
    now = time.time_ns()
    said = [
        {
            "role": "user",
            "parts": [{"type": "text", "content": plant("log content event", stored=True)}],
        }
    ]
    return [
        otlp_logs.event(
            "gen_ai.evaluation.result",
            span,
            time=now,
            attributes={
                "gen_ai.evaluation.name": "accuracy",
                "gen_ai.evaluation.score.label": "bad",
                "gen_ai.evaluation.explanation": plant("log evaluation", stored=True),
            },
        ),
        otlp_logs.event(
            "gen_ai.client.inference.operation.details",
            otlp.call(2),
            time=now,
            attributes={"gen_ai.input.messages": json.dumps(said)},
        ),
        otlp_logs.event("app.said", span, plant("log of another kind", stored=False), time=now),
    ]


def _post(collector: CollectorProcess, path: str, content: bytes) -> None:
    headers = {"Content-Type": "application/x-protobuf"}
    answer = httpx.post(f"{collector.url}{path}", content=content, headers=headers, trust_env=False)
    assert answer.status_code == 200, answer.text


def ask_badly(trail: Trail, collector: CollectorProcess) -> None:
    """Questions full of what must not be kept: SQL, paths, parameters, headers, bodies that are no bodies."""

    def text(place: str) -> str:
        return trail.plant(place, stored=False, kinds=ONE_LINE)

    with httpx.Client(base_url=collector.url, trust_env=False, timeout=30) as http:
        http.post("/api/v1/sql", json={"sql": f"select '{text('SQL')}'"})
        http.post(
            "/api/v1/sql", json={"sql": f"select '{text('SQL that fails')}' + nothing_of_that_name"}
        )
        http.post("/api/v1/sql", json={"sql": "select $p", "params": {"p": text("SQL parameter")}})
        http.get(f"/api/v1/contents/{text('path')}".replace("/wiki", "").replace("://", ""))
        http.get("/api/v1/calls", params={"user_id": text("query parameter"), "limit": "none"})
        http.get("/api/v1/report", params={"day": text("day of a report")})
        http.get(
            "/api/v1/summary",
            headers={"User-Agent": text("user agent"), "Referer": text("referrer")},
        )
        http.get(
            "/healthz",
            headers={"Authorization": f"Bearer {trail.garden.value('token', 'bearer_token')}"},
        )
        http.post(
            "/v1/traces",
            content=text("body that is no OTLP").encode(),
            headers={"Content-Type": "application/x-protobuf"},
        )
        http.post(
            "/v1/traces",
            content=json.dumps({"resourceSpans": text("JSON that is no OTLP")}),
            headers={"Content-Type": "application/json"},
        )
        http.post(
            "/webhooks/gemini",
            content=text("webhook").encode(),
            headers={"webhook-id": text("webhook id")},
        )
        http.post("/api/v1/alerts/preview", json={"rule": text("rule")})
        http.post(
            "/api/v1/alerts/silences",
            json={
                "matchers": ['rule="x"'],
                "duration": "1h",
                "comment": text("comment of a silence")[:900],
            },
        )
        http.post("/api/v1/upkeep/erase", json={"user_id": text("user to erase"), "dry_run": True})


def wait_for_judgements(collector: CollectorProcess, least: int = 4) -> None:
    """Until the judge has said something, some of it in prose."""
    deadline = time.monotonic() + 60
    while True:
        (row,) = collector.query(
            "select count(label) as told, count(*) - count(label) as failed from evaluations"
        )
        if row["told"] >= least and row["failed"] >= 1:
            return
        assert time.monotonic() < deadline, f"the judge has said {row}"
        time.sleep(0.2)


def take_everything_out(trail: Trail, collector: CollectorProcess) -> None:
    """Every export in both formats, the report in three, metrics, and a backup."""
    today = time.strftime("%Y-%m-%d", time.gmtime())
    tomorrow = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 86_400))
    days = ("--from", today, "--to", tomorrow)
    for dataset in ("focus", "charges", "calls", "ledger", "evaluations", "contents"):
        for form in ("parquet", "csv"):
            path = trail.folder / f"{dataset}.{form}"
            _gemledger("export", dataset, *days, "--output", str(path), "--url", collector.url)
            trail.exports.append(path)
    for form in ("html", "markdown", "json"):
        path = trail.folder / f"report.{form}"
        _gemledger(
            "report", "--day", today, "--format", form, "--out", str(path), "--url", collector.url
        )
        trail.exports.append(path)
    trail.others.append(trail.write("metrics.txt", collector.get_text("/metrics")))
    trail.backup = trail.folder / "backup.duckdb"
    _gemledger("backup", str(trail.backup), "--url", collector.url)


def _gemledger(*arguments: str) -> None:
    ended = run_gemledger(*arguments)
    assert ended.returncode == 0, ended.stderr


def walk(
    trail: Trail,
    start: Callable[..., CollectorProcess],
    judge: JudgeServer,
    simulator: SimulatorProcess,
    *,
    redacting: bool,
) -> CollectorProcess:
    """The whole way once; the collector has ended by then."""
    collector = start(configuration(redacting=redacting))
    run_the_app(trail, collector, simulator, redacting=redacting)
    send_foreign_spans(trail, collector)
    ask_badly(trail, collector)
    wait_for_judgements(collector)
    take_everything_out(trail, collector)
    collector.stop()
    trail.logs.append(collector.log)
    assert judge.bodies
    return collector
