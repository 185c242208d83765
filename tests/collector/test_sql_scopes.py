"""What a reader without the scopes ``content`` and ``admin`` may read by SQL."""

from collections.abc import Iterator

import pytest

from gemledger_collector.access import Caller
from gemledger_collector.errors import Forbidden, QueryRefused
from gemledger_collector.storage.sql_scopes import SCOPE_OF_TABLE
from gemledger_collector.storage.store import Store
from gemledger_collector.storage.user_sql import Asking, Bounds

READER = Caller("grafana", frozenset({"read"}))
CONTENT_READER = Caller("reviewer", frozenset({"read", "content"}))


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """An empty store: whether something may be asked does not depend on what is in it."""
    opened = Store.open(tmp_path_factory.mktemp("scopes") / "store.duckdb")
    yield opened
    opened.close()


def ask(store: Store, sql: str, caller: Caller) -> object:
    """Rows of a SELECT, asked by somebody."""
    return store.ask(sql, Bounds(), Asking(caller)).rows


@pytest.mark.parametrize(
    "sql",
    [
        "select * from contents",
        "from contents",
        "table contents",
        'select * from "Contents"',
        "select * from 'contents'",
        "select * from main.contents",
        "select * from store.main.contents",
        "select * from store.contents",
        "select * from (select * from contents)",
        "select 1 where exists (select 1 from contents)",
        "select (select max(input_messages) from contents)",
        "with c as (select * from contents) select * from c",
        "with contents as (select * from contents) select * from contents",
        "with recursive r as (select input_messages from contents union all select 'x' from r) select * from r",
        "select 1 union all select length(input_messages) from contents",
        "select * from calls semi join contents using (trace_id, span_id)",
        "select * from calls, lateral (select * from contents where contents.span_id = calls.span_id)",
        "select list_transform([1], x -> (select count(*) from contents))",
        "summarize contents",
        "describe contents",
        "show contents",
        "select columns('.*messages') from contents",
        "unpivot contents on columns('.*messages')",
        "select * from contents using sample 5",
        "select team from calls order by (select max(input_messages) from contents)",
        "select team, count(*) from calls group by all having (select count(*) from contents) > 0",
        "select sum(cost_usd) over (order by (select count(*) from contents)) from calls",
        "select * from spans",
        "select * from evaluations",
        "select * from audit",
    ],
)
def test_content_and_audit_stay_closed_however_they_are_spelled(store: Store, sql: str) -> None:
    """Forbidden before it runs, and the message names the scope that is lacking."""
    with pytest.raises((Forbidden, QueryRefused)) as refused:
        ask(store, sql, READER)
    if "unpivot" not in sql:
        assert isinstance(refused.value, Forbidden), refused.value
        assert "scope" in str(refused.value)


@pytest.mark.parametrize(
    "sql",
    [
        "select * from calls",
        "select team, sum(cost_usd) from main.charges group by all",
        "with x as (select 1 as n), y as (from x) select n from y",
        "with recursive r as (select 1 as n union all select n + 1 from r where n < 9) select n from r",
        "select * from range(3), unnest([1, 2])",
        "select * from information_schema.tables",
        "select * from duckdb_columns()",
        "show tables",
        "describe calls",
        "summarize calls",
        "values (1), (2)",
        "select * from ledger join settlements on true",
    ],
)
def test_figures_are_open_to_every_reader(store: Store, sql: str) -> None:
    """And so is what tells of the schema."""
    ask(store, sql, READER)


def test_the_scope_content_opens_contents_and_admin_the_audit(store: Store) -> None:
    """One more door each."""
    assert ask(store, "select * from contents", CONTENT_READER) == []
    with pytest.raises(Forbidden, match="audit by SQL takes the scope admin"):
        ask(store, "select * from audit", CONTENT_READER)
    assert ask(store, "select * from audit", Caller("root", frozenset({"admin"}))) == []


def test_a_table_nobody_thought_of_is_for_admin_alone(store: Store) -> None:
    """Whoever adds a table says who may read it."""
    with store.reading() as snapshot:
        there = set(snapshot.query("table_names")["table_name"].to_pylist())
    assert there - set(SCOPE_OF_TABLE) == set()
    with pytest.raises(Forbidden, match="nowhere by SQL takes the scope admin"):
        ask(store, "select * from nowhere", READER)
