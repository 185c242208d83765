"""The demo from its first part to its summary."""

import time
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from pathlib import Path
from typing import Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

import gemledger
from gemledger.setup import delivery
from gemledger_cli.children import ChildError, Children
from gemledger_cli.demonstration import reporting
from gemledger_cli.demonstration.backfill import Backfill
from gemledger_cli.demonstration.hearing import announce, heard, say
from gemledger_cli.demonstration.live import LiveTraffic
from gemledger_cli.demonstration.parts import Addresses, start_collector, start_dashboard
from gemledger_cli.demonstration.story import RULE
from gemledger_cli.demonstration.summary import Reader
from gemledger_cli.signals import Stop
from gemledger_cli.terminal import ERRORS
from gemledger_simulator import features, traffic
from gemledger_simulator.engine import Engine
from gemledger_simulator.faults import Fault
from gemledger_simulator.process import SimulatorProcess
from gemledger_simulator.settings import Settings
from gemledger_simulator.webhook import WebhookReceiver

SERVICE_NAME = "storefront"
LIVE_CALLS_PER_SECOND = 2.0
INCIDENT_AFTER_SECONDS = 20.0
PROMPT_CHANGE_AFTER_SECONDS = 10.0
HAPPENING = (
    (
        PROMPT_CHANGE_AFTER_SECONDS,
        f"{features.SUPPORT_CHAT} gets prompt {traffic.LIVE_PROMPT_VERSION}: from memory, so more answers are wrong",
    ),
    (
        INCIDENT_AFTER_SECONDS,
        "an incident begins: for 15 s every second call is a search of some 880,000 tokens, more than $3 each",
    ),
)
"""When something happens to live traffic, in seconds after its begin, and what is said then."""
WATCH_SECONDS = 0.2
PAST_FAULTS = ((Fault.QUOTA, 0.006), (Fault.UNAVAILABLE, 0.003))
"""What an ordinary month has; the live simulator, which the judge asks too, has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How this demo runs. ``ends_at`` is an instant of the monotonic clock; None: at Ctrl-C."""

    days: int
    seed: int
    collector_port: int
    dashboard_port: int
    ends_at: float | None
    report_folder: Path | None
    """None: one of its own, which outlives the demo."""


class Show:
    """One demo: its parts live as long as the exit stack it is given."""

    def __init__(self, plan: Plan, folder: Path, stop: Stop, parts: ExitStack) -> None:
        self._plan = plan
        self._folder = folder
        self._stop = stop
        self._receiver = parts.enter_context(WebhookReceiver(on_arrival=announce))
        settings = Settings(seed=plan.seed, latency_scale=0.1)
        self._simulator = parts.enter_context(SimulatorProcess(settings))
        self._children = parts.enter_context(Children())
        self._addresses = Addresses(
            collector_port=plan.collector_port,
            dashboard_port=plan.dashboard_port,
            simulator_url=self._simulator.url,
            webhook_url=self._receiver.url,
        )
        self._reader = Reader(self._addresses.collector_url)
        parts.callback(self._reader.close)
        self._until = datetime.now(UTC)
        self._changed_at: datetime | None = None
        today = self._until.replace(hour=0, minute=0, second=0, microsecond=0)
        self._since = today - timedelta(days=plan.days)  # that many whole days, and today so far

    def run(self) -> dict[str, Any]:
        """Show everything until it is time to end, and return the summary."""
        collector = start_collector(self._children, self._addresses, self._folder)
        dashboard = start_dashboard(self._children, self._addresses, self._folder)
        collector.wait_until_ready(f"{self._addresses.collector_url}/readyz")
        backfilled, seconds = self._write_the_past()
        dashboard.wait_until_ready(f"{self._addresses.dashboard_url}/_stcore/health")
        live = self._go_live()
        gemledger.flush()
        return {
            **self._told_at_the_end(),
            **self._figures(),
            "backfill": {
                "days": self._plan.days,
                "calls": backfilled,
                "seconds": round(seconds, 1),
            },
            "live": live,
            "spans": {**self._reader.spans(), "dropped": delivery().dropped},
        }

    def _write_the_past(self) -> tuple[int, float]:
        calls = list(
            traffic.plan(self._plan.seed, _unix_nano(self._since), _unix_nano(self._until))
        )
        engine = Engine(Settings(seed=self._plan.seed, fault_rates=PAST_FAULTS))
        backfill = Backfill(
            engine, self._addresses.collector_url, self._simulator.url, SERVICE_NAME
        )
        started = time.monotonic()
        with Progress(
            TextColumn(f"Writing {self._plan.days} days of the past"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=ERRORS,
        ) as bar:
            task = bar.add_task("calls", total=len(calls))
            until_stopped = takewhile(lambda _: not self._stop.requested, calls)
            written = backfill.write(until_stopped, lambda count: bar.advance(task, count))
        return written, time.monotonic() - started

    def _go_live(self) -> dict[str, int]:
        if self._stop.requested:  # somebody pressed Ctrl-C while the past was written
            return {"calls": 0, "failed": 0}
        began = datetime.now(UTC).replace(microsecond=0)
        self._changed_at = began + timedelta(seconds=PROMPT_CHANGE_AFTER_SECONDS)
        live = self._start_live(began)
        self._tell()
        try:
            self._wait(began)
        finally:
            live.stop()
        return {"calls": live.made, "failed": live.failed}

    def _start_live(self, began: datetime) -> LiveTraffic:
        gemledger.init(
            service_name=SERVICE_NAME,
            endpoint=self._addresses.collector_url,
            capture_content=True,
            spool=False,  # the demo's collector must not be sent what a real app left behind
        )
        calls = traffic.live(
            self._plan.seed,
            _unix_nano(began),
            calls_per_second=LIVE_CALLS_PER_SECOND,
            incident_at_seconds=INCIDENT_AFTER_SECONDS,
            prompt_change_at_seconds=PROMPT_CHANGE_AFTER_SECONDS,
        )
        live = LiveTraffic(calls, self._simulator.url)
        live.start()
        return live

    def _tell(self) -> None:
        ends = self._plan.ends_at
        left = 0.0 if ends is None else ends - time.monotonic()
        ERRORS.print(
            f"\n  Dashboard   {self._addresses.dashboard_url}\n"
            f"  Collector   {self._addresses.collector_url}   (gemledger query, OTLP, /metrics)\n"
            f"  Webhook     {self._receiver.url}   (this demo's own: what it hears is printed below)\n\n"
            f"Live traffic of {LIVE_CALLS_PER_SECOND:.0f} calls a second runs, by the real SDK. "
            f"{'Ctrl-C ends everything.' if ends is None else f'The demo ends in {left:.0f} s, or at Ctrl-C.'} "
            "Times are UTC.\n",
            soft_wrap=True,
            highlight=False,
        )

    def _wait(self, began: datetime) -> None:
        happening = list(HAPPENING)
        while not self._stop.requested:
            if self._plan.ends_at is not None and time.monotonic() >= self._plan.ends_at:
                return
            if happening and datetime.now(UTC) >= began + timedelta(seconds=happening[0][0]):
                say(happening.pop(0)[1])
            ended = self._children.first_ended()
            if ended is not None:
                raise ChildError(ended.last_words("by itself"))
            time.sleep(WATCH_SECONDS)

    def _told_at_the_end(self) -> dict[str, Any]:
        """What became of the prompt, and the report of its day: told at the terminal, and for the summary."""
        changed_at = self._changed_at
        if changed_at is None or changed_at > datetime.now(UTC):
            return {}
        say("live traffic has ended; the day's report waits until the judge is done")
        report = reporting.write(self._reader, changed_at.date(), self._plan.report_folder)
        told = [heard(body) for body in self._receiver.received]
        promises = [each["promise"] for each in told if each["rule"] == RULE]
        story = self._reader.prompt_story(changed_at, next(iter(promises), ""))
        lines = ["", *story.lines(), "", *report.lines(), ""]
        ERRORS.print("\n".join(lines), highlight=False, markup=False, soft_wrap=True)
        return {"prompt_change": story.as_json(), "report": report.as_json()}

    def _figures(self) -> dict[str, Any]:
        totals = self._reader.totals()
        return {
            "collector": self._addresses.collector_url,
            "dashboard": self._addresses.dashboard_url,
            "calls": totals["calls"],
            "unpriced_calls": totals["unpriced_calls"],
            "cost_pico_usd": str(totals["cost_pico_usd"]),
            "judge": {"calls": totals["judge_calls"]},
            "judged_per_day": self._reader.judged_per_day(self._since, datetime.now(UTC)),
            "alerts": self._reader.alerts(),
            "webhook": [heard(body) for body in self._receiver.received],
        }


def _unix_nano(instant: datetime) -> int:
    return int(instant.timestamp()) * 1_000_000_000
