"""The storage of caches in the ledger: every hour once, corrected when more is heard, whatever the clock does."""

import itertools
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from support.caches import (
    HOUR,
    NAME,
    START,
    STORAGE_PICO,
    created,
    deleted,
    gone,
    read,
    told,
    updated,
)
from support.otlp import SECOND, payload

from gemledger.pricing import load_book
from gemledger_collector.processors.chain import Chain
from gemledger_collector.processors.chain import read as decoded
from gemledger_collector.settle.caches.storage import StorageSettling
from gemledger_collector.settle_config import SettleConfig
from gemledger_collector.storage.spans import SpanWriter
from gemledger_collector.storage.store import Store
from gemledger_collector.storage.user_sql import Bounds

BOOK = load_book()
FULL_HOUR = 50_000 * STORAGE_PICO


class Ledger:
    """A store that hears of caches, and settles when it is told what time it is."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.store = Store.open(path)
        self._chain, self._writer = Chain(BOOK), SpanWriter()
        self._settling = StorageSettling(self.store, BOOK, SettleConfig())

    def hears(self, *spans: Span) -> None:
        """These spans arrive, in one request."""
        batch = self._chain.run(decoded([payload(spans)]).decoded.batch)
        with self.store.writing() as transaction:
            self._writer.write(transaction, batch.spans)

    def settles(self, seconds: float) -> int:
        """A round, so many seconds after noon; how many charges it added."""
        return self._settling.round(round((START + seconds) * SECOND)).charges

    def restarts(self) -> None:
        """Another process opens the file."""
        self.store.close()
        self.store = Store.open(self._path)
        self._settling = StorageSettling(self.store, BOOK, SettleConfig())

    def ask(self, sql: str) -> list[tuple[object, ...]]:
        """Rows of a SELECT."""
        return [tuple(row) for row in self.store.ask(sql, Bounds()).rows]

    @property
    def hours(self) -> list[int]:
        """What each hour from noon on costs by its charges so far."""
        rows = self.ask(
            "select start_time_unix_nano, sum(cost_pico_usd)::bigint from charges"
            " where charge_type = 'cache_storage' group by 1 order by 1"
        )
        assert self.ask("select sum(cost_pico_usd) from charges") == self.ask(
            "select sum(cost_pico_usd) from ledger"
        )
        return [int(str(pico)) for _, pico in rows]


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """An empty one."""
    opened = Ledger(tmp_path / "caches.duckdb")
    yield opened
    opened.store.close()


def test_storage_is_billed_hour_by_hour_to_whoever_made_the_cache(ledger: Ledger) -> None:
    """50,000 tokens of 2.5 Flash for two and a half hours: 5 cents an hour, on the line of storage."""
    ledger.hears(created(ttl=9_000))
    assert ledger.settles(600) == 0
    assert ledger.settles(HOUR) == 1
    assert ledger.settles(HOUR + 60) == 0
    assert ledger.settles(2 * HOUR + 60) == 1
    assert ledger.settles(3 * HOUR) == 1
    assert ledger.settles(900 * HOUR) == 0
    assert ledger.hours == [FULL_HOUR, FULL_HOUR, FULL_HOUR // 2] == [5 * 10**10] * 2 + [25 * 10**9]
    charged = ledger.ask(
        "select distinct operation, calls, team, feature, service_name, request_model, platform,"
        " cost_status, price_row, cost_pico_usd = storage_pico_usd, cache_name from charges"
        " where charge_type = 'cache_storage'"
    )
    assert (
        charged
        == [
            (
                "cache_storage",
                0,
                "search",
                "manuals",
                "shop",
                "gemini-2.5-flash",
                "gemini_api",
                "exact",
                "gemini_api/gemini-2.5-flash/standard/base/2025-06-17",
                True,
                NAME,
            )
        ]
        or charged[0][8]
    )
    assert ledger.ask(
        "select settlement_id from charges where charge_type = 'cache_storage' order by 1 limit 1"
    ) == [(f"cache_storage:{NAME}:{START}",)]


def test_creation_and_storage_together_cost_what_was_written_out_by_hand(ledger: Ledger) -> None:
    """A cache of 12,345 tokens, made at 12:10:07, read twice, prolonged once and deleted at 15:00:01."""
    ledger.hears(
        created(12_345, 607, ttl=HOUR),
        read(700, 12_345),
        updated(1_000, 9 * HOUR),
        read(5_000, 12_345),
        deleted(3 * HOUR + 1),
    )
    ledger.settles(4 * HOUR)
    seconds = 3 * HOUR + 1 - 607
    creation = 12_345 * 300_000
    reads = 2 * (12_345 * 30_000 + 100 * 300_000 + 100 * 2_500_000)
    storage = 12_345 * seconds * 1_000_000 // 3_600
    assert sum(ledger.hours) == storage == 34_956_925_000
    assert ledger.ask("select sum(cost_pico_usd)::bigint from charges") == [
        (creation + reads + storage,)
    ]


@pytest.mark.parametrize("order", list(itertools.permutations(range(4)))[::5])
def test_whatever_the_order_of_arrival_the_sum_is_the_same(
    ledger: Ledger, order: tuple[int, ...]
) -> None:
    """Creation, two updates and a deletion come in any order, with rounds in between."""
    spans = [
        created(ttl=HOUR),
        updated(60, 2 * HOUR),
        updated(120, 20 * HOUR),
        deleted(5 * HOUR + 36),
    ]
    for at, position in enumerate(order):
        ledger.hears(spans[position])
        ledger.settles((4 + at) * HOUR)
    ledger.settles(30 * HOUR)
    assert ledger.hours[:6] == [FULL_HOUR] * 5 + [FULL_HOUR // 100]
    assert sum(ledger.hours[6:]) == 0


def test_a_deletion_that_is_heard_late_takes_back_what_was_too_much(ledger: Ledger) -> None:
    """Deleted after ninety minutes, heard of five hours later: corrections are charges of their own, and negative."""
    ledger.hears(created())
    ledger.settles(5 * HOUR)
    assert ledger.hours == [FULL_HOUR] * 5
    ledger.hears(deleted(5_400))
    assert ledger.settles(6 * HOUR) == 4
    assert ledger.hours == [FULL_HOUR, FULL_HOUR // 2, 0, 0, 0]
    assert ledger.settles(7 * HOUR) == 0
    assert ledger.ask(
        "select settlement_id, cost_pico_usd from charges where settlement_id like '%:1' order by 1"
    )[0] == (f"cache_storage:{NAME}:{START + HOUR}:1", -FULL_HOUR // 2)


def test_an_update_that_is_heard_late_adds_what_was_missing(ledger: Ledger) -> None:
    """An hour, as far as was known; a day, in truth."""
    ledger.hears(created(ttl=HOUR))
    ledger.settles(3 * HOUR)
    assert ledger.hours == [FULL_HOUR]
    ledger.hears(updated(1_800, 24 * HOUR))
    ledger.settles(3 * HOUR)
    assert ledger.hours == [FULL_HOUR] * 3


def test_storage_moves_to_whoever_made_the_cache_once_that_is_known(ledger: Ledger) -> None:
    """A look comes first, by another team: what was billed to it is taken back when the creation is heard of."""
    look = told(
        "cache_get",
        60,
        attribution_team="ops",
        cache_tokens=50_000,
        cache_create_time_unix_seconds=START,
        cache_expire_time_unix_seconds=START + 24 * HOUR,
    )
    ledger.hears(look)
    ledger.settles(2 * HOUR)
    by_team = (
        "select team, sum(cost_pico_usd)::bigint from ledger where storage_pico_usd <> 0"
        " group by 1 order by 1"
    )
    assert ledger.ask(by_team) == [("ops", 2 * FULL_HOUR)]
    ledger.hears(created())
    ledger.settles(2 * HOUR)
    assert ledger.ask(by_team) == [("ops", 0), ("search", 2 * FULL_HOUR)]


def test_a_cache_deleted_elsewhere_ends_at_the_first_look_that_says_so(ledger: Ledger) -> None:
    """Until then it is billed: nobody can know when it was deleted."""
    ledger.hears(created(), gone(2 * HOUR), gone(9 * HOUR))
    ledger.settles(12 * HOUR)
    assert ledger.hours == [FULL_HOUR] * 2


def test_a_restart_neither_loses_nor_doubles_an_hour(ledger: Ledger) -> None:
    """Another process goes on where the first one stopped, down for hours or not."""
    ledger.hears(created())
    ledger.settles(2 * HOUR)
    for hour in (2, 5, 5):
        ledger.restarts()
        ledger.settles(hour * HOUR)
    assert ledger.hours == [FULL_HOUR] * 5


def test_a_clock_that_jumps_neither_runs_away_nor_takes_back(ledger: Ledger) -> None:
    """A century ahead: up to the expiry and no further. Back before the creation: as it was."""
    ledger.hears(created(ttl=6 * HOUR))
    ledger.settles(2 * HOUR)
    ledger.settles(-100 * 24 * HOUR)
    assert ledger.hours == [FULL_HOUR] * 2
    ledger.settles(36_500 * 24 * HOUR)
    assert ledger.hours == [FULL_HOUR] * 6
    ledger.settles(3 * HOUR)
    assert ledger.hours == [FULL_HOUR] * 6


def test_a_cache_nobody_hears_of_is_not_billed_for_ever(ledger: Ledger) -> None:
    """Made to live for 300 days: 31 are billed; a call that reads it is a sign of life."""
    ledger.hears(created(ttl=300 * 24 * HOUR))
    ledger.settles(200 * 24 * HOUR)
    assert len(ledger.hours) == 31 * 24
    ledger.hears(read(10 * 24 * HOUR))
    ledger.settles(200 * 24 * HOUR + HOUR)
    assert len(ledger.hours) == 41 * 24
    assert set(ledger.hours) == {FULL_HOUR}


def test_absurd_facts_are_refused(ledger: Ledger) -> None:
    """A cache for ten thousand years, and others that cannot be: not one hour, but for the one among them that can."""
    ledger.hears(
        created(ttl=10_000 * 366 * 24 * HOUR),
        created(cache_name="cachedContents/c2", cache_tokens=10**15),
        created(cache_name="cachedContents/c3", cache_tokens=-4),
        created(cache_name="cachedContents/c4", cache_create_time_unix_seconds=2**61, ttl=2**61),
        created(cache_name="cachedContents/c5", cache_create_time_unix_seconds=-(2**61)),
        created(cache_name="cachedContents/c6", cache_tokens="many"),
        created(cache_name="cachedContents/c7", ttl=HOUR),
    )
    ledger.settles(1_000 * HOUR)
    assert ledger.hours == [FULL_HOUR]


def test_storage_without_a_rate_is_unpriced_and_never_nothing(ledger: Ledger) -> None:
    """3.5 Flash Lite: each hour says once that its cost is not known."""
    model = "gemini-3.5-flash-lite"
    ledger.hears(created(ttl=2 * HOUR, request_model=model, response_model=model))
    ledger.settles(HOUR)
    ledger.settles(5 * HOUR)
    ledger.settles(6 * HOUR)
    assert ledger.ask(
        "select cost_pico_usd, cost_status, cost_reasons, count(*) from charges"
        " where charge_type = 'cache_storage' group by all"
    ) == [(None, "unpriced", "no_rate:token_hour", 2)]


def test_a_cache_is_known_by_the_last_part_of_its_name(ledger: Ledger) -> None:
    """The SDK takes an id alone, and Vertex AI gives the number of a project where people write its name."""
    full = "projects/123/locations/global/cachedContents/c9"
    ledger.hears(
        created(cache_name=full, ttl=9 * HOUR), deleted(HOUR, cache_name="projects/shop/…/c9")
    )
    ledger.settles(9 * HOUR)
    assert ledger.hours == [FULL_HOUR]


def test_a_list_tells_when_its_caches_end(ledger: Ledger) -> None:
    """One span, two caches: what it shows of an expiry holds from then on."""
    other = "cachedContents/c2"
    ledger.hears(
        created(ttl=HOUR),
        created(ttl=HOUR, cache_name=other),
        told(
            "cache_list",
            60,
            cache_name=None,
            caches_listed=f"{NAME} {START + 2 * HOUR},{other} {START + 3 * HOUR},broken,",
        ),
    )
    ledger.settles(9 * HOUR)
    assert sum(ledger.hours) == 5 * FULL_HOUR


@pytest.mark.parametrize("seed", range(4))
def test_any_story_of_a_cache_adds_up(ledger: Ledger, seed: int) -> None:
    """Random updates, arrivals, rounds, restarts and jumps of the clock: in the end the sum is that of the life."""
    chance = random.Random(seed)
    ends = chance.randrange(HOUR, 30 * HOUR)
    stops = chance.choice([None, chance.randrange(60, 30 * HOUR)])
    spans = [created(77_777, chance.randrange(60), ttl=chance.randrange(60, 9 * HOUR))]
    spans.append(updated(90, ends))
    if stops is not None:
        spans.append(deleted(stops))
    begins = spans[0].start_time_unix_nano // SECOND - START
    chance.shuffle(spans)
    for span in spans:
        ledger.hears(span)
        for _ in range(3):
            ledger.settles(chance.randrange(60, 40 * HOUR))
        if chance.random() < 0.5:
            ledger.restarts()
    ledger.settles(50 * HOUR)
    life = min(ends, stops or ends) - begins
    assert sum(ledger.hours) == 77_777 * max(0, life) * STORAGE_PICO // 3_600
