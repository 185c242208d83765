"""Writes the price book's quick form, built.json, from the TOML files under pricing/books; a test compares both.

usage: python scripts/build_prices.py
"""

from pathlib import Path

from gemledger.pricing import built
from gemledger.pricing.reading import read_book

BOOKS = Path(__file__).parents[1] / "instrumentation/gemledger/pricing/books"


def main() -> None:
    """Read every file, refuse what is wrong with file and line, write the rest in one go."""
    files = {
        str(path.relative_to(BOOKS)): path.read_text(encoding="utf-8")
        for path in sorted(BOOKS.rglob("*.toml"))
    }
    version, models = read_book(files)
    (BOOKS / built.FILE).write_text(built.dumps(version, models), encoding="utf-8")
    rows = sum(len(model.rows) for model in models)
    print(f"{built.FILE}: {version}, {len(models)} models, {rows} rows")


if __name__ == "__main__":
    main()
