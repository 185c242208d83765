"""Whatever is said in whatever order, each user has one voice about each answer."""

import itertools
from collections.abc import Iterator
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.blank import open_blank
from support.otlp import NOON, SECOND

from gemledger_collector.processors.feedback import Given
from gemledger_collector.storage import feedback
from gemledger_collector.storage.feedback import FeedbackSearch
from gemledger_collector.storage.store import Store

HOUR = 3600 * SECOND
_numbers = itertools.count(1)

SAID = st.lists(
    st.tuples(
        st.sampled_from(["r1", "r2"]),
        st.sampled_from(["anna", "bert", None]),
        st.sampled_from(["up", "down"]),
    ),
    max_size=10,
)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """One store, of which each example has an hour of its own."""
    path = tmp_path_factory.mktemp("store") / "store.duckdb"
    opened = open_blank(path)
    yield opened
    opened.close()


def row(at: int, said: tuple[str, str | None, str]) -> Given:
    """One feedback."""
    response, user, thumbs = said
    return Given(
        feedback_id=str(UUID(int=next(_numbers))),
        given_at_unix_nano=at,
        trace_id=None,
        span_id=None,
        response_id=response,
        name="user_feedback",
        label=thumbs,
        score=None,
        comment=None,
        user_id=user,
    )


@settings(max_examples=25, deadline=None)
@given(SAID)
def test_the_last_of_each_user_is_all_that_counts(
    shared: Store, said: list[tuple[str, str | None, str]]
) -> None:
    """And it counts once."""
    begin = NOON + next(_numbers) * HOUR
    rows = [row(begin + number * SECOND, each) for number, each in enumerate(said)]
    with shared.writing() as transaction:
        feedback.append(transaction, rows, begin, "app")
    with shared.reading() as snapshot:
        search = FeedbackSearch(since=begin, until=begin + HOUR)
        found = feedback.counted(snapshot, search, [])
    last = {(response, user): thumbs for response, user, thumbs in said}
    assert sum(each.given for each in found) == len(last)
    assert sum(each.down for each in found) == list(last.values()).count("down")
