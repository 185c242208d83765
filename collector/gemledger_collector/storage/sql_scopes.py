"""What a person's SELECT names, and whether its caller may read that.

The names are taken from DuckDB's own parse tree, so that no spelling escapes: quotes, upper case, a schema in front,
a CTE, a subquery in a lambda. A table nobody listed here is for ``admin``, a table function nobody listed for nobody.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import duckdb

from gemledger_collector.access import Caller, Scope
from gemledger_collector.errors import Forbidden, QueryRefused

SCOPE_OF_TABLE: Mapping[str, Scope] = {
    "calls": "read",
    "charges": "read",
    "jobs": "read",
    "alerts": "read",
    "notifications": "read",
    "alert_groups": "read",
    "silences": "read",
    "reservations": "read",
    "feedback": "content",  # people quote what they comment on
    "human_labels": "content",  # and what they label
    "canary_verdicts": "read",
    "sampling_slots": "read",
    "judge_reservations": "read",
    "reports": "read",
    "ledger": "read",
    "ledger_user": "read",
    "latency": "read",
    "rollup_slots": "read",
    "retention_log": "read",
    "compactions": "read",
    "revisions": "read",
    "price_changes": "read",
    "cache_charges": "read",
    "cache_events": "read",
    "job_events": "read",
    "settlements": "read",
    "rate_limits": "read",
    "webhook_events": "read",
    "webhook_ids": "read",
    "schema_migrations": "read",
    "spans": "content",  # their events and nested attributes are as they came
    "contents": "content",
    "evaluations": "content",  # a judge's evidence quotes the answer
    "external_evaluations": "content",  # an explanation may quote it, too
    "pending_contents": "content",
    "log_digests": "read",
    "audit": "admin",
    # What there is, never what is in it.
    "duckdb_tables": "read",
    "duckdb_views": "read",
    "duckdb_columns": "read",
}
"""Table or view → the scope it takes to read it."""

TABLE_FUNCTIONS = frozenset(
    {
        "range",
        "generate_series",
        "unnest",
        "json_each",
        "json_tree",
        "repeat",
        "repeat_row",
        "duckdb_tables",
        "duckdb_views",
        "duckdb_columns",
        "duckdb_functions",
        "duckdb_types",
        "pragma_version",
    }
)
"""Those that make rows of their arguments, or tell what there is. Others read files, settings, or SQL in a string."""

_CATALOGS = frozenset({"information_schema", "pg_catalog"})


@dataclass(frozen=True, slots=True)
class Names:
    """What a statement names, in lower case. ``own`` are its common table expressions."""

    tables: frozenset[str]
    functions: frozenset[str]
    own: frozenset[str]


def require_leave(cursor: duckdb.DuckDBPyConnection, sql: str, caller: Caller) -> None:
    """Raise Forbidden for a table the caller may not read, QueryRefused for a function nobody may call."""
    names = _names(_tree(cursor, sql))
    for function in sorted(names.functions - TABLE_FUNCTIONS):
        raise QueryRefused(
            f"the table function {function}() is not for user SQL; use one of: "
            + ", ".join(sorted(TABLE_FUNCTIONS))
        )
    for table in sorted(names.tables):
        # A listed name counts even where a CTE takes it: which one is meant depends on where it stands.
        needed = SCOPE_OF_TABLE.get(table)
        if needed is None and table not in names.own:
            needed = "admin"
        if needed is not None and not caller.may(needed):
            raise Forbidden(
                f"reading {table} by SQL takes the scope {needed}, which {caller.name} does not have; "
                "the views calls and charges are open to every reader"
            )


def _tree(cursor: duckdb.DuckDBPyConnection, sql: str) -> Any:  # noqa: ANN401 - JSON
    row = cursor.execute("select json_serialize_sql($sql::varchar)", {"sql": sql}).fetchall()[0]
    try:
        tree = json.loads(row[0])
    except RecursionError:
        raise QueryRefused(
            "the query is nested too deeply to be checked; make it flatter"
        ) from None
    if tree.get("error"):
        raise QueryRefused(
            f"the query cannot be checked ({tree.get('error_message')}); write it as a plain SELECT"
        )
    return tree


def _names(tree: object) -> Names:
    tables: set[str] = set()
    functions: set[str] = set()
    own: set[str] = set()
    for node in _nodes(tree):
        match node:
            case {"type": "BASE_TABLE", "schema_name": schema, "table_name": name}:
                if str(schema).lower() not in _CATALOGS:
                    tables.add(str(name).lower())
            case {"type": "SHOW_REF", "query": None, "table_name": name}:
                if not str(name).startswith('"'):  # "tables", in quotes, is none: it lists them
                    tables.add(str(name).lower())
            case {"type": "TABLE_FUNCTION", "function": {"function_name": name}}:
                functions.add(str(name).lower())
            case {"cte_map": {"map": list(entries)}}:
                own.update(str(entry["key"]).lower() for entry in entries)
    return Names(frozenset(tables), frozenset(functions), frozenset(own))


def _nodes(tree: object) -> Iterator[Mapping[str, Any]]:
    """Every object of a JSON document."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            yield node
            waiting.extend(node.values())
        elif isinstance(node, list):
            waiting.extend(node)
