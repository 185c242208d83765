"""What a run has done so far, a line each in ``results.jsonl``: so that it goes on wherever it was ended.

Money is written down before it is spent: what a crash left open counts as spent.
"""

import fcntl
import json
import threading
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from gemledger_collector.judge.failures import NEVER_AGAIN

Json = dict[str, Any]
Key = tuple[str, str, str]
"""Item, candidate, and a rubric or ``ANSWER``."""
ANSWER = "answer"
RUN, RESULTS = "run.json", "results.jsonl"


class OtherRunError(Exception):
    """The folder holds another run, or something else; the text says what differs."""


class Journal:
    """The lines of one run. Use it as a context manager; safe for threads."""

    def __init__(self, folder: Path, run: Mapping[str, Any]) -> None:
        """Open the run that lies in ``folder``, or begin it. Raises OtherRunError."""
        folder.mkdir(parents=True, exist_ok=True)
        _require_same(folder, run)
        self.path = folder / RESULTS
        self._lock = threading.Lock()
        self._file = self.path.open("a+b")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._file.close()
            raise OtherRunError(
                f"{folder} is being written by another gemledger evaluate"
            ) from None
        self._open: dict[Key, int] = {}
        self._done: dict[Key, Json] = {}
        self._charged: Counter[Key] = Counter()
        self.spent_pico_usd: int
        """What earlier parts of the run spent, or may have spent."""
        self._read()
        self.spent_pico_usd = self._charged.total()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._file.close()

    def result(self, key: Key) -> Json | None:
        """The last line about this, an error perhaps."""
        with self._lock:
            return self._done.get(key)

    def charged(self, key: Key) -> int:
        """What all attempts at this cost, or may have cost, in picoUSD."""
        with self._lock:
            return self._charged[key]

    def reserve(self, key: Key, most_pico_usd: int) -> None:
        """Write down that a call may cost so much, before it is made."""
        self._write({"reserved": str(most_pico_usd), **_named(key)})

    def append(self, key: Key, result: Mapping[str, Any]) -> None:
        """Write down what came of it."""
        line = {**_named(key), **result}
        with self._lock:
            self._done[key] = line
            self._charged[key] += int(line["charged_pico_usd"])
        self._write(line)

    def _write(self, line: Json) -> None:
        encoded = (json.dumps(line, ensure_ascii=False) + "\n").encode("utf-8", "replace")
        with self._lock:
            self._file.write(encoded)
            self._file.flush()

    def _read(self) -> None:
        self._file.seek(0)
        whole = 0
        for number, line in enumerate(self._file, 1):
            if not line.endswith(b"\n"):
                break  # a crash cut it off, and what it was about is done again
            whole += len(line)
            self._take(line, number)
        self._file.truncate(whole)
        self._file.seek(whole)
        self._charged.update(self._open)  # what was under way at a crash

    def _take(self, line: bytes, number: int) -> None:
        try:
            told: Json = json.loads(line)
            key = (told["item"], told["candidate"], told["step"])
            if "reserved" in told:
                self._charged[key] += self._open.pop(key, 0)  # one that never ended
                self._open[key] = int(told["reserved"])
                return
            self._open.pop(key, None)
            self._charged[key] += int(told["charged_pico_usd"])
            self._done[key] = told
        except (ValueError, KeyError, TypeError):
            raise OtherRunError(
                f"{self.path}:{number} is no line of a run; remove the line, or give another --out"
            ) from None


def settled(line: Json | None) -> bool:
    """Whether nothing is left to do: an error may be over by now, unless the same texts will always end so."""
    return line is not None and (line["error"] is None or line.get("kind") in NEVER_AGAIN)


def _named(key: Key) -> Json:
    return dict(zip(("item", "candidate", "step"), key, strict=True))


def _require_same(folder: Path, run: Mapping[str, Any]) -> None:
    told, run = folder / RUN, json.loads(json.dumps(run))
    if not told.exists():
        if any(folder.iterdir()):
            raise OtherRunError(f"{folder} is not empty and holds no run; give another --out")
        told.write_text(json.dumps(run, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        return
    try:
        before = json.loads(told.read_text(encoding="utf-8"))
    except ValueError:
        raise OtherRunError(f"{told} is not JSON; remove {folder}, or give another --out") from None
    differing = [name for name in {**before, **run} if before.get(name) != run.get(name)]
    if differing:
        what = "; ".join(f"{name} was {before.get(name)}, is {run.get(name)}" for name in differing)
        raise OtherRunError(
            f"{folder} holds a run with other arguments: {what}. Give another --out, or the same arguments "
            "to go on with it"
        )
