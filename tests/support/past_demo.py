"""The demo's past without its live traffic: figures that stand still, collected and shown by real processes."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import httpx

from gemledger_cli.addresses import free_port
from gemledger_cli.children import Children
from gemledger_cli.demonstration.backfill import Backfill
from gemledger_cli.demonstration.parts import Addresses, start_collector, start_dashboard
from gemledger_cli.demonstration.show import PAST_FAULTS, SERVICE_NAME
from gemledger_simulator import traffic
from gemledger_simulator.engine import Engine
from gemledger_simulator.process import SimulatorProcess
from gemledger_simulator.settings import Settings
from gemledger_simulator.webhook import WebhookReceiver

SEED = 7
DAYS = 8
CALLS_PER_DAY = 200
JUDGED = "SELECT count(*) AS verdicts FROM evaluations"
QUIET_SECONDS = 15.0
"""Who has judged nothing more for so long has judged everything."""
PATIENCE_SECONDS = 180.0


@dataclass(frozen=True)
class PastDemo:
    """Where it is while it runs; `at` is a moment in a quarter of an hour that is over."""

    url: str
    dashboard_url: str
    at: datetime
    store: Path


def asked(store: Path, text: str, *values: object) -> list[dict[str, Any]]:
    """Rows of one SELECT, with a value for each `?`, of a store that nobody has open."""
    with duckdb.connect(str(store), read_only=True) as connection:
        found = connection.execute(text, values)
        names = [column[0] for column in found.description or ()]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


@contextmanager
def past_demo(folder: Path) -> Iterator[PastDemo]:
    """Some days written through the real instrumentation, judged, with the alerts they raise; then silence."""
    until = datetime.now(UTC).replace(second=0, microsecond=0)
    with ExitStack() as parts:
        receiver = parts.enter_context(WebhookReceiver())
        simulator = parts.enter_context(SimulatorProcess(Settings(seed=SEED, latency_scale=0.1)))
        children = parts.enter_context(Children())
        addresses = Addresses(
            collector_port=free_port(),
            dashboard_port=free_port(),
            simulator_url=simulator.url,
            webhook_url=receiver.url,
        )
        collector = start_collector(children, addresses, folder)
        dashboard = start_dashboard(children, addresses, folder)
        collector.wait_until_ready(f"{addresses.collector_url}/readyz")
        _write(addresses, until)
        _wait_until_judged(addresses.collector_url)
        dashboard.wait_until_ready(f"{addresses.dashboard_url}/_stcore/health")
        at = _last_minute_of_the_slot_before(datetime.now(UTC))
        store = folder / "gemledger.duckdb"
        yield PastDemo(addresses.collector_url, addresses.dashboard_url, at, store)


def _last_minute_of_the_slot_before(now: datetime) -> datetime:
    """In a slot of the ledger that is over: whatever the judge still spends is of a later one."""
    slot = now.replace(minute=now.minute // 15 * 15, second=0, microsecond=0)
    return slot - timedelta(minutes=1)


def _write(addresses: Addresses, until: datetime) -> None:
    today = until.replace(hour=0, minute=0)
    since, end = (int(at.timestamp()) * 10**9 for at in (today - timedelta(days=DAYS), until))
    engine = Engine(Settings(seed=SEED, fault_rates=PAST_FAULTS))
    backfill = Backfill(engine, addresses.collector_url, addresses.simulator_url, SERVICE_NAME)
    backfill.write(traffic.plan(SEED, since, end, CALLS_PER_DAY), lambda _: None)


def _wait_until_judged(url: str) -> None:
    """Until the number of verdicts stands still."""
    began = changed = time.monotonic()
    known = 0
    while known == 0 or time.monotonic() - changed < QUIET_SECONDS:
        assert time.monotonic() - began < PATIENCE_SECONDS, f"still judging after {known} verdicts"
        time.sleep(0.5)
        answer = httpx.post(f"{url}/api/v1/sql", json={"sql": JUDGED}, trust_env=False, timeout=30)
        ((count,),) = answer.raise_for_status().json()["rows"]
        if count != known:
            known, changed = count, time.monotonic()
