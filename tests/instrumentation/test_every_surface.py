"""The table of surfaces in the docs knows every public method of the SDK, and says of each what the patches do."""

import re
from pathlib import Path

import pytest
from google import genai
from support.sdk_methods import public_methods

from gemledger.surfaces import SURFACES

TABLE = Path(__file__).parents[2] / "docs" / "surfaces.md"
_ROW = re.compile(r"^\| (?P<methods>`[^|]+) \|(?P<rest>.*)\|$", re.MULTILINE)
_NAME = re.compile(r"`([\w.]+)`")
OWNERS = {
    "Models": "models",
    "Batches": "batches",
    "Caches": "caches",
    "FileSearchStores": "file_search_stores",
    "Files": "files",
    "GeminiNextGenDecisions": "decisions",
    "GeminiNextGenInteractions": "interactions",
    "Live": "live",
    "Session": "live.AsyncSession",
    "Operations": "operations",
    "Tunings": "tunings",
}
"""Class of the SDK, without its ``Async`` → where a client has it."""
BELOW = {"_generate_content", "_generate_content_stream", "_send_create_once"}
"""Single requests below a public method that has its own row."""


def documented() -> dict[str, str]:
    """Method → what its row says after the names."""
    return {
        name: row["rest"]
        for row in _ROW.finditer(TABLE.read_text(encoding="utf-8"))
        for name in _NAME.findall(row["methods"])
    }


def patched() -> set[str]:
    """Public methods that the patch table replaces, or whose private body it does."""
    return {
        f"{OWNERS[surface.owner.removeprefix('Async')]}.{surface.method.removeprefix('_')}"
        for surface in SURFACES
        if surface.method not in BELOW and surface.owner.removeprefix("Async") in OWNERS
    }


@pytest.mark.filterwarnings("ignore")  # some of the SDK's modules warn that they are experimental
def test_no_public_method_of_the_sdk_is_unknown_to_the_table() -> None:
    """A new method is a new row, written by somebody who has found out what it bills."""
    client = genai.Client(api_key="no-request-is-made")
    assert public_methods(client) == set(documented())


def test_the_table_promises_what_is_patched_and_nothing_else() -> None:
    """The docs promise what the code does."""
    promised = {
        name
        for name, rest in documented().items()
        if re.search(r"\| (recorded|watched)|^ (recorded|watched)", rest)
    }
    assert promised == patched()
