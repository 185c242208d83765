"""Write the list of tables in docs/storage.md from the migrations: their columns as DuckDB has them, their comments.

``--check`` writes nothing, and exits with 1 where the page says something else.
"""

import re
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import duckdb

from gemledger_collector.storage.statements import migrations
from gemledger_collector.storage.store import Store

PAGE = Path(__file__).parents[1] / "docs" / "storage.md"
MARK = "<!-- tables: written by scripts/schema_page.py from the migrations -->\n"
MEANINGS = {
    "spans": "One row per span as it came, with what it cost. Once a span: by start, span id and trace id.",
    "contents": "Captured prompts and answers, redacted, one row per call that has some.",
    "schema_migrations": "Which migrations were applied, and when.",
    "calls": "The view to ask: one row per call that is billed.",
    "charges": "The view that sums to the bill: one row per billed amount, calls among them.",
    "jobs": "What each job of `job_events` is now.",
}
"""Of tables whose migration has no comment above them."""

_CREATE = re.compile(r"((?:^--[^\n]*\n)*)^create (?:table|view) (\w+)", re.MULTILINE)
_COLUMN = re.compile(
    r"^ {4}(\w+) [^\n]*?-- (.+)$|^alter table (\w+) add column (\w+) [^\n]*?-- (.+)$"
)


def page() -> str:
    """The whole page with the list as it should be."""
    written = PAGE.read_text(encoding="utf-8").partition(MARK)[0]
    return f"{written}{MARK}\n{''.join(_tables())}"


def _tables() -> Iterator[str]:
    about, columns = _comments()
    for table, kind, names in _schema():
        yield f"### {table}\n\n"
        meaning = MEANINGS.get(table) or about.get(table, "")
        yield f"{'View. ' if kind == 'VIEW' else ''}{meaning}\n\n"
        said = columns.get(table, {}) if kind != "VIEW" else {}
        plain = [name for name in names if name not in said]
        for name in names:
            if name in said:
                yield f"- `{name}`: {said[name]}\n"
        if plain:
            yield f"- {', '.join(f'`{name}`' for name in plain)}\n"
        yield "\n"


def _schema() -> Iterator[tuple[str, str, list[str]]]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.duckdb"
        Store.open(path).close()
        with duckdb.connect(str(path), read_only=True) as connection:
            rows = connection.execute(
                "select table_name, table_type, list(column_name order by ordinal_position)"
                " from information_schema.columns join information_schema.tables using (table_schema, table_name)"
                " where table_schema = 'main' group by all order by table_type, table_name"
            ).fetchall()
    for name, kind, columns in rows:
        yield str(name), str(kind), list(columns)


def _comments() -> tuple[Mapping[str, str], Mapping[str, Mapping[str, str]]]:
    """Table → what stands above it; table → column → what stands beside it."""
    about: dict[str, str] = {}
    columns: dict[str, dict[str, str]] = {}
    for migration in migrations():
        for comment, table in _CREATE.findall(migration.sql):
            text = " ".join(line.removeprefix("--").strip() for line in comment.splitlines())
            about[table] = text or about.get(table, "")
        table = ""
        for line in migration.sql.splitlines():
            if found := re.match(r"create (?:table|view) (\w+)", line):
                table = found[1]
            if found := _COLUMN.match(line):
                name, said = found[1] or found[4], found[2] or found[5]
                columns.setdefault(found[3] or table, {})[name] = said
    return about, columns


def main() -> int:
    """Write the page, or compare it."""
    wanted = page()
    if "--check" in sys.argv:
        return int(PAGE.read_text(encoding="utf-8") != wanted)
    PAGE.write_text(wanted, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
