"""Rules that change decide anew what is stored: what they, or nobody, had decided, and nothing else."""

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from support import caches
from support.collector import RunningCollector, config_for
from support.jobs import DAY, HOUR, ask, created, settlement
from support.otlp import NOON, call, call_attributes, payload
from support.revising import assert_whole, finish, opened
from support.waiting import eventually

from gemledger import semconv
from gemledger.pricing import load_book
from gemledger_collector.attribution_config import AttributeProcessor
from gemledger_collector.processors.attribute import Attribution
from gemledger_collector.processors.chain import Chain
from gemledger_collector.processors.decode import decode
from gemledger_collector.settle.caches.storage import StorageSettling
from gemledger_collector.settle_config import SettleConfig
from gemledger_collector.storage.spans import SpanWriter
from gemledger_collector.upkeep.revise.asked import follow_rules
from gemledger_collector.upkeep.revise.running import Reviser

PAYERS = (
    "select span_id, team, cost_center, attribution_rule from spans "
    "where cost_status is not null order by span_id"
)
NONE = AttributeProcessor()
SHOP: Mapping[str, Any] = {"name": "shop", "match": {"service": "shop"}, "set": {"team": "shop"}}
CENTER: Mapping[str, Any] = {
    "name": "center",
    "match": {"team": ["shop", "search"]},
    "set": {"cost_center": "4711"},
}


def rules(*given: Mapping[str, Any]) -> AttributeProcessor:
    """``processors.attribute``, as the file has it."""
    return AttributeProcessor.model_validate({"rules": [dict(rule) for rule in given]})


RULE = st.fixed_dictionaries(
    {
        "match": st.one_of(
            st.fixed_dictionaries({"feature": st.sampled_from("fg")}),
            st.fixed_dictionaries(
                {"labels": st.fixed_dictionaries({"tenant": st.sampled_from("xy")})}
            ),
        ),
        "set": st.sampled_from(
            [{"team": "a"}, {"team": "b", "cost_center": "1"}, {"cost_center": "2"}]
        ),
    },
    optional={
        "from": st.sampled_from(["2026-11-01", "2026-11-02"]),
        "until": st.sampled_from(["2026-11-03", "2026-11-04"]),
    },
)
SETS = st.lists(RULE, max_size=3).map(
    lambda found: rules(*({"name": f"r{number}", **rule} for number, rule in enumerate(found)))
)


@st.composite
def calls(draw: st.DrawFn) -> bytes:
    """Calls of three days, some with a team of their own."""
    spans = []
    for number in range(draw(st.integers(1, 12))):
        attributes = call_attributes(
            attribution_team=draw(st.sampled_from([None, None, "own"])),
            attribution_feature=draw(st.sampled_from(["f", "g", None])),
        )
        if label := draw(st.sampled_from(["x", "y", None])):
            attributes[f"{semconv.LABEL_PREFIX}tenant"] = label
        start = NOON + draw(st.integers(0, 2)) * DAY + number
        spans.append(call(number, start=start, attributes=attributes))
    return payload(spans)


@settings(max_examples=4, deadline=None)
@given(calls(), st.lists(SETS, min_size=2, max_size=3))
def test_the_store_is_as_if_the_newest_rules_had_always_been_there(
    sent: bytes, sets: list[AttributeProcessor]
) -> None:
    """Whatever rules came before; the ledger follows by team and cost center; without rules all is as the app said."""
    with TemporaryDirectory() as folder:
        store = opened(folder)
        chains = [Chain(load_book(), attribution=Attribution(each)) for each in [*sets, NONE]]
        follow_rules(store, sets[0], NOON)
        finish(store)
        with store.writing() as transaction:
            SpanWriter().write(transaction, chains[0].run(decode([sent]).batch).spans)
        for newer, chain in zip([*sets[1:], NONE], chains[1:], strict=True):
            follow_rules(store, newer, NOON)
            finish(store, piece_rows=4)
            fresh = chain.run(decode([sent]).batch).spans
            names = ("span_id", "team", "cost_center", "attribution_rule")
            wanted = sorted(zip(*(fresh.column(name).to_pylist() for name in names), strict=True))
            assert ask(store, PAYERS) == wanted
            assert_whole(store)
        store.close()


def test_only_the_time_of_the_changed_rules_is_looked_at(tmp_path: Path) -> None:
    """A rule for the second day looks at the second day; the same rules again at nothing."""
    store = opened(tmp_path)
    chain = Chain(load_book())
    sent = payload([call(n, start=NOON + n % 3 * DAY + n) for n in range(30)])
    with store.writing() as transaction:
        SpanWriter().write(transaction, chain.run(decode([sent]).batch).spans)
    dated = {**CENTER, "from": "2026-11-02", "until": "2026-11-03"}
    assert len(follow_rules(store, rules(dated), NOON)) == 1
    finish(store)
    assert ask(store, "select looked_at, changed from revisions") == [(10, 10)]
    assert follow_rules(store, rules(dated), NOON) == []
    store.close()


def test_rules_that_change_in_the_middle_of_a_run_replace_it(tmp_path: Path) -> None:
    """What the older run had left to do is done by the newer one, by the newer rules."""
    store = opened(tmp_path)
    sent = payload([call(n, start=NOON + n) for n in range(9)])
    with store.writing() as transaction:
        SpanWriter().write(transaction, Chain(load_book()).run(decode([sent]).batch).spans)
    follow_rules(store, rules(CENTER), NOON)
    assert Reviser(store, load_book(), 4).step(NOON)
    follow_rules(store, NONE, NOON + 1)
    finish(store)
    assert ask(store, "select distinct cost_center from spans") == [(None,)]
    assert ask(store, "select state from revisions order by created_unix_nano") == [
        ("replaced",),
        ("done",),
    ]
    assert_whole(store)
    store.close()


def test_a_restart_with_rules_moves_what_is_stored_and_what_follows_from_it(tmp_path: Path) -> None:
    """Calls, content, a batch and its settlements; what the app said stays; taking the rules away restores it all."""
    path = tmp_path / "x.duckdb"
    silent = call_attributes(
        attribution_team=None,
        input_messages='[{"role": "user", "parts": [{"type": "text", "content": "hi"}]}]',
    )
    spans = [
        call(1, attributes=silent),
        call(2, start=NOON + 1),
        created(3, "batches/1", attribution_team=None),
        settlement("batch:batches/1:flash", "batches/1", attribution_team="fetcher"),
    ]
    payers = "select charge_type, team, cost_center from charges order by all"
    with RunningCollector(config_for(path)) as collector:
        assert collector.send(payload(spans)).status_code == 200
        before = collector.select(payers)
    both = {"attribute": {"rules": [SHOP, CENTER]}}
    with RunningCollector(config_for(path, processors=both)) as collector:
        runs = eventually(
            lambda: collector.get("/api/v1/attribution")["runs"],
            lambda found: bool(found) and all(run["state"] == "done" for run in found),
        )
        assert collector.select(payers) == [
            ["batch", "shop", "4711"],
            ["call", "search", "4711"],
            ["call", "shop", "4711"],
            ["call", "shop", "4711"],
        ]
        by_team = "select team, sum(calls)::bigint from {} group by all having sum(calls) <> 0"
        ledger = sorted(map(str, collector.select(by_team.format("ledger"))))
        assert ledger == sorted(map(str, collector.select(by_team.format("charges"))))
        (moved,) = (row for row in runs[0]["difference"] if row["old_team"] == "search")
        assert (moved["month"], moved["new_cost_center"], moved["charges"]) == (
            "2026-11",
            "4711",
            1,
        )
        collector.read_again(config_for(path))
        eventually(
            lambda: collector.get("/api/v1/attribution")["runs"],
            lambda found: len(found) == 2 and all(run["state"] == "done" for run in found),
        )
        assert collector.select(payers) == before


def test_storage_of_a_cache_is_billed_anew_to_whom_the_rules_say_made_it(tmp_path: Path) -> None:
    """Settling takes the hours back from nobody and gives them to the team; later hours are the team's at once."""
    store = opened(tmp_path)
    sent = payload([caches.created(attribution_team=None)])
    with store.writing() as transaction:
        SpanWriter().write(transaction, Chain(load_book()).run(decode([sent]).batch).spans)
    settling = StorageSettling(store, load_book(), SettleConfig())
    settling.round(NOON + 2 * HOUR)
    billed = (
        "select team, sum(cost_pico_usd)::bigint from charges where charge_type = 'cache_storage' "
        "group by all having sum(cost_pico_usd) <> 0 order by all"
    )
    ((nobody, hours),) = ask(store, billed)
    assert nobody is None
    follow_rules(store, rules(SHOP, CENTER), NOON)
    finish(store)
    settling.round(NOON + 2 * HOUR)
    assert ask(store, billed) == [("shop", hours)]
    settling.round(NOON + 4 * HOUR)
    assert ask(store, billed) == [("shop", 2 * int(str(hours)))]
    assert_whole(store)
    store.close()


def test_what_rules_would_change_is_told_before_they_do(tmp_path: Path) -> None:
    """A preview names months and payers, and leaves everything as it is."""
    with RunningCollector(config_for(tmp_path / "x.duckdb")) as collector:
        collector.send(
            payload([call(1), call(2, attributes=call_attributes(attribution_team=None))])
        )
        asked = collector.http.post("/api/v1/attribution/preview", json={"rules": [dict(SHOP)]})
        assert asked.status_code == 202, asked.text
        path = f"/api/v1/attribution/{asked.json()['id']}"
        found = eventually(lambda: collector.get(path), lambda run: run["state"] != "running")
        assert found["difference"] == [
            {
                "month": "2026-11",
                "old_team": None,
                "old_cost_center": None,
                "new_team": "shop",
                "new_cost_center": None,
                "charges": 1,
                "cost_pico_usd": "550000000",
            }
        ]
        assert collector.select("select count(*) from charges where team = 'shop'") == [[0]]
        refused = collector.http.post(
            "/api/v1/attribution/preview", json={"rules": [{**SHOP, "match": {}}]}
        )
        assert refused.status_code == 400
        assert "match is empty" in refused.json()["error"]["message"]
