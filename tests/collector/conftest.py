"""A running collector and an open store for every test that asks."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.blank import open_blank
from support.collector import RunningCollector, config_for

from gemledger_collector.storage.store import Store


@pytest.fixture
def collector(tmp_path: Path) -> Iterator[RunningCollector]:
    """A collector with default settings on a free port."""
    with RunningCollector(config_for(tmp_path / "ledger.duckdb")) as running:
        yield running


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty store."""
    opened = open_blank(tmp_path / "store.duckdb")
    yield opened
    opened.close()
