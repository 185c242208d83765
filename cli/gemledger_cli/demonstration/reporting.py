"""The report of the demo's day, as ``gemledger report`` has it: written in every form, and a few lines of it told."""

import json
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from gemledger_cli.demonstration.story import RULE
from gemledger_cli.demonstration.summary import Reader

SUFFIXES = {"html": "html", "markdown": "md", "json": "json"}
QUIET_SECONDS = 3.0
"""The judge's calls are in the ledger sooner than that."""
PATIENCE_SECONDS = 12.0
LOOK_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class WrittenReport:
    """Where each form of the report is, and what it says."""

    day: date
    files: dict[str, Path]
    said: dict[str, Any]

    def lines(self) -> Iterator[str]:
        """Where it is, and its most telling lines."""
        until = "" if self.said["is_over"] else ", as far as it has come"
        yield f"The report of {self.day}{until}:"
        yield from (f"  {sentence}" for sentence in self.said["sentences"])
        for new in self.said["changes"]["newcomers"]:
            yield f"  New: {new['kind']} {new['name']} of {new['feature']}, {new['calls']} calls."
        for alert in self.said["alerts"]:
            if alert["rule"] == RULE:
                yield f"  Alert at {alert['began_at'][11:16]}: {alert['summary']}."
        for form, file in self.files.items():
            yield f"  {form:<9} {file}"

    def as_json(self) -> dict[str, Any]:
        """For machines."""
        return {
            "day": str(self.day),
            "files": {form: str(file) for form, file in self.files.items()},
            "cost_pico_usd": self.said["spend"]["day"]["cost_pico_usd"],
        }


def write(reader: Reader, day: date, folder: Path | None) -> WrittenReport:
    """Ask the collector for the report of that day of UTC and write it in each form, once the ledger is quiet.

    Without a folder it goes to a new one, which is not removed: somebody will want to open it.
    """
    _wait_until_quiet(reader, day)
    folder = folder or Path(tempfile.mkdtemp(prefix="gemledger-report-"))
    files = {form: folder / f"report-{day}.{suffix}" for form, suffix in SUFFIXES.items()}
    for form, file in files.items():
        file.write_text(reader.report(day, form), encoding="utf-8")
    return WrittenReport(day, files, json.loads(files["json"].read_text(encoding="utf-8")))


def _wait_until_quiet(reader: Reader, day: date) -> None:
    """Until nothing more is billed: the judge may still be at the last answers."""
    began = changed = time.monotonic()
    known = reader.spent_pico_usd(day)
    while (now := time.monotonic()) - changed < QUIET_SECONDS and now - began < PATIENCE_SECONDS:
        time.sleep(LOOK_SECONDS)
        spent = reader.spent_pico_usd(day)
        if spent != known:
            known, changed = spent, time.monotonic()
