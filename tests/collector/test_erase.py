"""One user is removed from everywhere, down to the bytes of the file; what was spent stays what it was."""

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest
from support.caches import created as cache_created
from support.collector import RunningCollector, config_for
from support.jobs import created as job_created
from support.otlp import NOON, call, call_attributes, payload

from gemledger_collector.storage.store import Store

ANNA = "anna.ångström@example.com"
BILL = (
    "select slot_unix_seconds, response_model, team, cost_status, sum(calls)::int,"
    " sum(cost_pico_usd)::hugeint from ledger group by all order by all"
)
CHARGED = (
    "select response_model, team, cost_status, count(*), sum(cost_pico_usd)::hugeint"
    " from charges group by all order by all"
)


def of_anna(number: int, **changes: Any) -> Any:
    """A call that says in many ways whose it is."""
    span = call(number, attributes=call_attributes(attribution_user_id=ANNA, **changes))
    told = {
        "gen_ai.conversation.id": f"talk-{ANNA}",
        "gen_ai.input.messages": f'[{{"role": "user", "content": "I am {ANNA}"}}]',
        "gen_ai.output.messages": f'[{{"role": "model", "content": "Hello {ANNA}"}}]',
        "enduser.id": ANNA,
        "gemledger.label.who": ANNA,
    }
    for key, value in told.items():
        span.attributes.add(key=key).value.string_value = value
    span.events.add(name=f"said by {ANNA}", time_unix_nano=span.start_time_unix_nano)
    span.status.message = f"no answer for {ANNA}"
    return span


def of_somebody(number: int) -> Any:
    """A call of another user, with content."""
    span = call(number, attributes=call_attributes(attribution_user_id="bert"))
    span.attributes.add(key="gen_ai.input.messages").value.string_value = '[{"content": "hi"}]'
    return span


def lines(answer: Any) -> list[dict[str, Any]]:
    """What a command of upkeep told."""
    assert answer.status_code == 200, answer.text
    return [json.loads(line) for line in answer.text.splitlines()]


def erase(collector: RunningCollector, **options: Any) -> list[dict[str, Any]]:
    """Ask for it over the API."""
    return lines(collector.http.post("/api/v1/upkeep/erase", json={"user_id": ANNA, **options}))


def test_a_user_is_gone_from_every_byte_and_the_bill_is_the_same(tmp_path: Path) -> None:
    """Columns, attributes, labels, events, contents, jobs, caches, rollups, the audit: nothing names them."""
    path = tmp_path / "x.duckdb"
    with RunningCollector(
        config_for(path, processors={"redact": {"content": False}}), lambda: NOON
    ) as collector:
        by_attribute = call(7)
        by_attribute.attributes.add(key="user.id").value.string_value = ANNA
        theirs = [
            of_anna(1),
            of_anna(2),
            by_attribute,
            job_created(3, attribution_user_id=ANNA),
            cache_created(attribution_user_id=ANNA),
        ]
        assert collector.send(payload([*theirs, of_somebody(5)])).status_code == 200
        collector.http.post(
            "/api/v1/sql", json={"sql": f"select count(*) from calls where user_id = '{ANNA}'"}
        )
        before = collector.select(BILL), collector.select(CHARGED)
        by_user = "select sum(cost_pico_usd)::hugeint from ledger_user where user_id = "
        owed = collector.select(f"{by_user}'{ANNA}'")
        counted = erase(collector, dry_run=True)[0]
        assert counted["dry_run"]
        assert counted["rows"]["spans"] == 5
        assert collector.select(f"select count(*) from calls where user_id = '{ANNA}'") == [[4]]
        told = erase(collector)
        assert told[0]["rows"]["contents"] == 2
        assert told[-1]["bytes_after"] > 0
        assert (collector.select(BILL), collector.select(CHARGED)) == before
        assert collector.select(f"{by_user}'(erased)'") == owed
        assert collector.select("select count(*) from calls where user_id = 'bert'") == [[1]]
        assert collector.select("select count(*) from contents") == [[1]]
        ((detail,),) = collector.select("select detail from audit where action = 'erase'")
        assert json.loads(detail)["spans"] == 5
        held = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    held += path.read_bytes()
    for spelling in (ANNA.encode(), json.dumps(ANNA)[1:-1].encode(), b"ngstr"):
        assert spelling not in held
    assert b"bert" in held


def test_erasing_that_could_not_rewrite_the_file_is_finished_by_upkeep(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is remembered in the transaction that erased."""
    from gemledger_collector.exporters_config import Compaction  # noqa: PLC0415
    from gemledger_collector.storage import compactions  # noqa: PLC0415
    from gemledger_collector.upkeep.compaction import Compacting  # noqa: PLC0415

    with store.writing() as transaction:
        compactions.ask(transaction, 1, "erase")
    upkeep = Compacting(store, Compaction())
    monkeypatch.setattr("gemledger_collector.storage.files.require_room", _fail)
    with pytest.raises(OSError, match="no room"):
        upkeep.round(2)
    monkeypatch.undo()
    upkeep.round(3)
    upkeep.round(4)
    with store.reading() as snapshot:
        latest = compactions.latest(snapshot)
    assert (latest.due, latest.done_unix_nano) == (False, 3)


def _fail(*_: object) -> None:
    raise OSError("no room")


def test_no_table_with_a_user_is_forgotten(tmp_path: Path) -> None:
    """A new table with a column for the user must be erased from, too."""
    path = tmp_path / "x.duckdb"
    Store.open(path).close()
    with duckdb.connect(str(path)) as connection:
        tables = connection.execute(
            "select c.table_name from duckdb_columns() c join duckdb_tables() using (table_name)"
            " where column_name = 'user_id'"
        ).fetchall()
    assert {name for (name,) in tables} == {
        "spans",
        "job_events",
        "cache_events",
        "ledger_user",
        "feedback",
    }
