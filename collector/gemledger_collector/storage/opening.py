"""Opening the database file: settings, migrations, and one clear line for each way it can fail."""

import re
from contextlib import suppress
from pathlib import Path

import duckdb

from gemledger_collector.errors import (
    StoreCorrupt,
    StoreError,
    StoreLocked,
    StoreNewer,
    StoreUnavailable,
)
from gemledger_collector.storage.statements import migrations

STORAGE_VERSION = "v1.5.0"
"""File format that DuckDB 1.5 and 2.x both open."""


def connect(path: Path, memory_limit: str) -> duckdb.DuckDBPyConnection:
    """A connection to an up-to-date database. Raises StoreError."""
    settings: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": memory_limit,
        "storage_compatibility_version": STORAGE_VERSION,
        "preserve_insertion_order": "false",  # halves the memory of an insert
        # A checkpoint writes the last row group of a table anew, so the fewer the better: at DuckDB's own 16 MB
        # inserting is 1.8 times slower than at a full row group's 100 MB. Reading the log again takes a second.
        "checkpoint_threshold": "100MB",
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "python_enable_replacements": "false",  # a query must never see our Python variables
    }
    if duckdb.__version__.startswith("1."):
        # 1.5 pushes the other side's key range into Arrow scans, where a UBIGINT above 2**63 overflows.
        settings["disabled_optimizers"] = "join_filter_pushdown"
    try:
        connection = duckdb.connect(str(path), config=settings)
    except duckdb.Error as error:
        raise explain(path, error) from error
    try:
        _migrate(path, connection)
        _lock_down(connection)
    except StoreError:
        connection.close()
        raise
    except duckdb.Error as error:
        connection.close()
        raise explain(path, error) from error
    return connection


def _lock_down(connection: duckdb.DuckDBPyConnection) -> None:
    """No SQL, ours or a user's, reaches other files or the network, nor changes that again."""
    for setting in (
        "TimeZone = 'UTC'",
        "enable_external_access = false",
        "lock_configuration = true",
    ):
        connection.execute(f"set global {setting}").fetchall()


def _migrate(path: Path, connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(
        "create table if not exists schema_migrations "
        "(version integer not null, name varchar not null, applied_at timestamp not null)"
    ).fetchall()
    rows = connection.execute("select version from schema_migrations").fetchall()
    applied = {int(version) for (version,) in rows}
    known = migrations()
    require_known(path, max(applied, default=0))
    for migration in known:
        if migration.version not in applied:
            _apply(connection, migration.sql, migration.version, migration.name)


def require_known(path: Path, version: int) -> None:
    """Raise StoreNewer for a schema that a newer gemledger wrote."""
    newest = migrations()[-1].version
    if version > newest:
        raise StoreNewer(
            f"{path} has schema version {version}, this gemledger knows up to {newest}; "
            "upgrade gemledger, or set exporters.duckdb.path to another file"
        )


def _apply(connection: duckdb.DuckDBPyConnection, sql: str, version: int, name: str) -> None:
    connection.execute("begin transaction").fetchall()
    try:
        for part in connection.extract_statements(sql):
            connection.execute(part).fetchall()
        connection.execute(
            "insert into schema_migrations values ($version, $name, now()::timestamp)",
            {"version": version, "name": name},
        ).fetchall()
        connection.execute("commit").fetchall()
    except duckdb.Error:
        with suppress(duckdb.Error):  # a commit that failed has ended the transaction itself
            connection.execute("rollback").fetchall()
        raise


def damaged(text: str) -> bool:
    """Whether an error of DuckDB says that the file is not as it was written."""
    return bool(
        re.search(r"not a valid DuckDB|[Cc]orrupt|checksum|Serialization|attempted to read", text)
    )


def explain(path: Path, error: duckdb.Error) -> StoreError:
    """The error of opening ``path`` in one line: what is wrong and what to do."""
    text = str(error)
    line = text.strip().partition("\n")[0]
    if "lock" in text and ("Conflicting" in text or "being used" in text):
        holder = re.search(r"PID (\d+)", text)
        owner = f"process {holder[1]}" if holder else "another process"
        return StoreLocked(
            f"{path} is in use by {owner}; stop it, or ask it over HTTP (gemledger query), "
            "or set exporters.duckdb.path to another file"
        )
    if re.search(r"version number|newer version|storage version", text):
        return StoreNewer(
            f"{path} was written by a newer DuckDB than the installed {duckdb.__version__}; "
            "upgrade the duckdb package, or set exporters.duckdb.path to another file"
        )
    if damaged(text):
        return StoreCorrupt(
            f"{path} is not a usable DuckDB database ({line}); restore a backup, "
            "or move the file away to start a new one"
        )
    return StoreUnavailable(
        f"{path} cannot be opened ({line}); check exporters.duckdb.path and its permissions"
    )
