"""Doors for webhooks: one that all tests of a module share, and new ones."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.webhook_door import Door, opened_door


@pytest.fixture(scope="module")
def one_door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """The door of a collector that runs on: a refusal leaves nothing behind for the test after it."""
    with opened_door(tmp_path_factory.mktemp("door")) as opened:
        yield opened


@pytest.fixture
def door(one_door: Door) -> Door:
    """The same, and nothing counted yet."""
    one_door.count_from_here()
    return one_door


@pytest.fixture
def new_door(tmp_path: Path) -> Iterator[Door]:
    """The door of a collector that nobody came to yet."""
    with opened_door(tmp_path) as opened:
        yield opened
