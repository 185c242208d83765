"""SQL texts by name: ``queries/NAME.sql`` and the numbered ``migrations``."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources


@dataclass(frozen=True, slots=True)
class Migration:
    """One step of the schema, applied once."""

    version: int
    name: str
    sql: str


@cache
def statement(name: str) -> str:
    """The text of ``queries/NAME.sql``. Raises LookupError for a name without a file."""
    file = resources.files(f"{__package__}.queries").joinpath(f"{name}.sql")
    if not file.is_file():
        raise LookupError(f"no statement {name!r}: queries/{name}.sql does not exist")
    return file.read_text(encoding="utf-8")


@cache
def migrations() -> Sequence[Migration]:
    """Every migration, in order of its number."""
    folder = resources.files(f"{__package__}.migrations")
    files = sorted(file.name for file in folder.iterdir() if file.name.endswith(".sql"))
    return tuple(
        Migration(
            version=int(name.partition("_")[0]),
            name=name.removesuffix(".sql"),
            sql=folder.joinpath(name).read_text(encoding="utf-8"),
        )
        for name in files
    )
