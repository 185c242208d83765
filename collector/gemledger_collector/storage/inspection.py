"""What a database file holds that nobody has open, every block of it read."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gemledger_collector.errors import StoreCorrupt, StoreUnavailable
from gemledger_collector.storage import opening
from gemledger_collector.storage.rewrite import contents_of, single_value


@dataclass(frozen=True, slots=True)
class Inspection:
    """Rows of each table, the version of the schema, and what the ledger sums to."""

    schema_version: int
    rows: Mapping[str, int]
    cost_pico_usd: int

    def as_json(self) -> dict[str, object]:
        """For programs; money as everywhere, a string."""
        return {
            "schema_version": self.schema_version,
            "rows": dict(self.rows),
            "cost_pico_usd": str(self.cost_pico_usd),
        }

    def told(self) -> str:
        """For people."""
        usd = self.cost_pico_usd / 10**12
        return f"{self.rows.get('spans', 0):,} spans, and a ledger of {usd:,.2f} USD"


def inspect(path: Path) -> Inspection:
    """Read all of it. Raises StoreCorrupt for what is no gemledger database or damaged, StoreNewer, or StoreLocked."""
    if not path.is_file():
        raise StoreUnavailable(f"{path} does not exist, or is no file; give the path of a backup")
    contents = contents_of(path)
    if "schema_migrations" not in contents or "ledger" not in contents:
        raise StoreCorrupt(f"{path} is a database, but none of gemledger; give another file")
    version = single_value(path, "schema_version")
    opening.require_known(path, version)
    return Inspection(
        schema_version=version,
        rows={table: content.rows for table, content in sorted(contents.items())},
        cost_pico_usd=single_value(path, "ledger_total"),
    )
