"""A short run of ``make fuzz``: a real collector is sent spoiled bodies, and does not mind."""

import importlib.util
import os
import sys
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).parents[3] / "scripts" / "fuzz.py"
BODIES = int(os.environ.get("FUZZ_BODIES", "4000" if os.environ.get("CI") else "1000"))


def fuzz() -> ModuleType:
    """The script as a module."""
    spec = importlib.util.spec_from_file_location("fuzz", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["fuzz"] = module
    spec.loader.exec_module(module)
    return module


def test_spoiled_bodies_are_answered_as_documented_and_the_bill_still_sums(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Every body gets a status that is documented for it, and no error of the collector's own."""
    found = fuzz().main(["--count", str(BODIES), "--seed", "5"])
    assert found == 0, capsys.readouterr().out
