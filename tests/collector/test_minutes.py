"""The minutes in memory say what the store says, however the calls arrived and whatever became of them."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from support.billed import storage
from support.jobs import ask, write_payloads
from support.otlp import NOON, SECOND, call, call_attributes, payload
from support.revising import HALF, finish, opened, reprice

from gemledger import semconv
from gemledger_collector.storage import minutes as minutes_module
from gemledger_collector.storage.minute_cells import FIGURES, bucket_of, key_of, metric_of
from gemledger_collector.storage.minutes import KEPT_MINUTES, Minutes, View
from gemledger_collector.storage.settlements import append_charges
from gemledger_collector.storage.store import Store

MINUTE = 60 * SECOND
NOW = NOON + 85 * MINUTE
"""When the minutes are asked for: what began before 11:56 is out of reach, what begins at 13:30, too early."""

HOURS = storage(7, "search").deliveries[1].storage
"""What a cache's storage cost, the last hour of which takes back."""

Row = tuple[object, ...]


def told(view: View) -> tuple[list[Row], list[Row]]:
    """Figures by minute and key, and histograms, without what cancels out."""
    cells = [
        (minute, view.keys[key], *figures, dearest)
        for minute, key, figures, dearest in zip(
            view.minutes.tolist(),
            view.cell_keys.tolist(),
            view.figures.tolist(),
            view.dearest.tolist(),
            strict=True,
        )
        if any(figures)
    ]
    histograms = [
        (minute, view.keys[key], metric, bucket, count)
        for minute, key, metric, bucket, count in zip(
            view.code_minutes.tolist(),
            key_of(view.codes).tolist(),
            metric_of(view.codes).tolist(),
            bucket_of(view.codes).tolist(),
            view.counts.tolist(),
            strict=True,
        )
        if count
    ]
    return sorted(cells, key=repr), sorted(histograms, key=repr)


def rebuilt(store: Store, now: int = NOW) -> tuple[list[Row], list[Row]]:
    """What somebody who asks for the first time is told."""
    return told(Minutes(store).read(now))


@st.composite
def spans(draw: st.DrawFn) -> list[tuple[str, Span]]:
    """Calls of all sorts, each with the scope that tells of it; some are told twice."""
    found = []
    for number in range(1, draw(st.integers(1, 12)) + 1):
        at = NOON + draw(st.integers(-10, 100)) * MINUTE + draw(st.integers(0, 59)) * SECOND
        failed = draw(st.sampled_from([None, None, None, "429", "400", "503", "TimeoutError"]))
        attributes = call_attributes(
            response_id=f"r{number}",
            response_model=draw(st.sampled_from(["gemini-2.5-flash", "unheard-of", None])),
            attribution_team=draw(st.sampled_from(["search", "growth", None])),
            input_tokens=draw(st.integers(0, 10**6)),
            error_type=failed,
            time_to_first_chunk_seconds=draw(st.sampled_from([None, 0.25, 3.0])),
            unsampled_calls=draw(st.sampled_from([None, None, None, 7])),
        )
        summed = semconv.UNSAMPLED_CALLS in attributes
        span = call(
            number, start=at, attributes=attributes, seconds=draw(st.sampled_from([0.1, 4]))
        )
        if summed:
            span.name = semconv.UNSAMPLED_SPAN
        found.append((semconv.SCOPE_NAME, span))
        if not summed and draw(st.booleans()):
            later = at + draw(st.sampled_from([1000, MINUTE]))
            double = call(number + 500, trace=number, start=later, attributes=attributes)
            found.insert(draw(st.integers(0, len(found))), ("other", double))
    return found


def in_groups(draw: st.DataObject, arriving: Sequence[object]) -> Iterator[slice]:
    """Cuts what arrives into commits."""
    cuts = draw.draw(st.lists(st.integers(0, len(arriving)), max_size=4).map(sorted))
    for start, end in zip([0, *cuts], [*cuts, len(arriving)], strict=True):
        if end > start:
            yield slice(start, end)


@settings(max_examples=6, deadline=None)
@given(st.data(), spans(), st.sampled_from([0, 3, 10**6]))
def test_what_is_kept_is_what_is_read_anew(
    data: st.DataObject, arriving: list[tuple[str, Span]], most_waiting: int
) -> None:
    """Calls told late and twice, sums, settlements, prices changed and changed back: asked at any moment in between."""
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patched:
        patched.setattr(minutes_module, "_MOST_WAITING_ROWS", most_waiting)
        store = opened(folder)
        minutes = Minutes(store)
        if data.draw(st.booleans()):
            minutes.read(NOW - 5 * MINUTE)
        for group in in_groups(data, arriving):
            for scope in {scope for scope, _ in arriving[group]}:
                own = [span for each, span in arriving[group] if each == scope]
                write_payloads(store, [payload(own, scope=scope)])
            if data.draw(st.booleans()):
                minutes.read(NOW - data.draw(st.integers(0, 5)) * MINUTE)
        if data.draw(st.booleans()):
            with store.writing() as transaction:
                append_charges(transaction, HOURS)
        if data.draw(st.booleans()):
            reprice(store, HALF)
            finish(store, piece_rows=2)
        assert told(minutes.read(NOW)) == rebuilt(store)
        assert_minutes_are_the_ledger(store, minutes.read(NOW))
        store.close()


def assert_minutes_are_the_ledger(store: Store, view: View) -> None:
    """The minutes of each slot sum to the ledger's slot: calls, errors, tokens, money."""
    first = NOW // MINUTE + 1 - KEPT_MINUTES
    slots = range(-(-first // 15) * 900, NOW // MINUTE // 15 * 900, 900)
    names = ("calls", "errors", "client_errors", "input_tokens", "output_tokens")
    place = [FIGURES.index(name) for name in (*names, "cost_high", "cost_low")]
    for slot in slots:
        inside = (view.minutes * 60 >= slot) & (view.minutes * 60 < slot + 900)
        *counts, high, low = view.figures[inside][:, place].sum(axis=0).tolist()
        sums = ", ".join(f"coalesce(sum({name}), 0)::bigint" for name in names)
        ledger = ask(
            store,
            f"select {sums}, coalesce(sum(cost_pico_usd), 0)::bigint from ledger "
            f"where slot_unix_seconds = {slot}",
        )
        assert ledger == [(*counts, high * 2**32 + low)]


def test_the_dearest_call_is_another_one_once_it_is_taken_back(store: Store) -> None:
    """A call that is told twice under two teams, the dearer of which loses, is the dearest no longer."""
    minutes = Minutes(store)
    minutes.read(NOON)
    few = call_attributes(response_id="r1", input_tokens=10)
    many = call_attributes(response_id="r2", input_tokens=10**6)
    theirs = call_attributes(response_id="r1", input_tokens=2 * 10**6)
    write_payloads(store, [payload([call(1, trace=1, attributes=theirs)], scope="other")])
    write_payloads(store, [payload([call(2, trace=2, attributes=many)])])
    assert minutes.read(NOON).dearest.tolist() == [600_000_000_000 + 250_000_000]
    write_payloads(store, [payload([call(3, trace=1, attributes=few, start=NOON + 1)])])
    assert minutes.read(NOON).dearest.tolist() == [300_000_000_000 + 250_000_000]
    assert told(minutes.read(NOON)) == rebuilt(store, NOON)


def test_what_is_rolled_back_was_never_there(store: Store) -> None:
    """A commit that fails tells nobody anything."""
    minutes = Minutes(store)
    minutes.read(NOON)
    with pytest.raises(ZeroDivisionError), store.writing() as transaction:
        _ = append_charges(transaction, HOURS) / 0
    assert minutes.read(NOON).minutes.tolist() == []


def test_minutes_pass_and_their_keys_with_them(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After ninety minutes a call is out of reach, and who made it is forgotten."""
    monkeypatch.setattr(minutes_module, "_MOST_IDLE_KEYS", 0)
    minutes = Minutes(store)
    teams = [call_attributes(attribution_team=f"t{number}") for number in range(3)]
    write_payloads(store, [payload([call(n, attributes=each) for n, each in enumerate(teams, 1)])])
    assert len(minutes.read(NOON + 89 * MINUTE).keys) == 3
    later = call(9, start=NOON + MINUTE, attributes=call_attributes(attribution_team="last"))
    write_payloads(store, [payload([later])])
    view = minutes.read(NOON + 90 * MINUTE)
    assert len(view.keys) == 1
    assert told(view) == rebuilt(store, NOON + 90 * MINUTE)


def test_who_asks_for_nothing_costs_nothing(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """After many rows without a question nothing is collected any more; the next question reads the store."""
    monkeypatch.setattr(minutes_module, "_MOST_UNASKED_ROWS", 3)
    minutes = Minutes(store)
    minutes.read(NOON)
    assert store.listeners
    write_payloads(store, [payload([call(number) for number in range(1, 5)])])
    assert not store.listeners
    assert np.array_equal(minutes.read(NOON).figures[:, 0], [4])
    assert store.listeners


def test_a_listener_that_fails_spoils_no_commit(tmp_path: Path) -> None:
    """Committed stays committed; the log says what went wrong."""
    store = opened(tmp_path)

    def broken(_: object) -> None:
        raise RuntimeError("no")

    store.listeners.add(broken)
    write_payloads(store, [payload([call(1)])])
    assert ask(store, "select count(*) from spans") == [(1,)]
    store.close()
