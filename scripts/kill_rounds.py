"""``make kill``: a collector under load is killed with SIGKILL, again and again, over one file.

Half of the rounds kill at a random moment, half aim: at a commit (the write-ahead log grows), at a checkpoint (it is
being folded into the file), at a migration (an old file is being brought up to date). After each the collector starts
again, and what it holds is compared with what it had acknowledged: every acknowledged span is there, none is there
twice, and the ledger sums to the charges. What was not answered is sent again in the next round, as an exporter
would, and so is some of what was. Exit code 1: something was lost or counted twice.
"""

import argparse
import json
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from support.kills import (
    Ledger,
    Verdict,
    Victim,
    judge,
    load,
    size_of,
    wait_for_change,
    written_at,
)
from support.old_file import write_old_file

if TYPE_CHECKING:
    from collections.abc import Callable

CYCLE = ("random", "commit", "random", "checkpoint", "random", "migration")
OLD_CALLS = 200_000
OLD_BILL = (
    "select (select count(*) from spans), (select sum(cost_pico_usd)::hugeint::varchar from charges), "
    "(select sum(cost_pico_usd)::hugeint::varchar from ledger), (select sum(calls)::bigint from ledger)"
)


class Rounds:
    """Rounds over the files in one folder; each follows from the seed and its number."""

    def __init__(self, folder: Path, seed: int, old_calls: int = OLD_CALLS) -> None:
        self._folder = folder
        self._seed = seed
        self._old_calls = old_calls
        self._known = folder / "ledger.json"
        self.ledger = Ledger.load(self._known)

    def run(self, number: int) -> tuple[str, bool, Verdict]:
        """One round: where it aimed, whether it hit, and what was found afterwards."""
        aim = CYCLE[number % len(CYCLE)]
        chance = random.Random(f"{self._seed}:{number}")
        if aim == "migration":
            return (aim, *self._killed_while_migrating(chance))
        hit = self._killed_under_load(aim, chance)
        again = Victim(self._folder / "spans.duckdb")
        try:
            again.wait_until_ready()
            verdict = judge(again, self.ledger)
        finally:
            again.kill()  # a kill of its own, with nothing under way
        self.ledger.save(self._known)
        return aim, hit, verdict

    def _killed_under_load(self, aim: str, chance: random.Random) -> bool:
        victim = Victim(self._folder / "spans.duckdb")
        victim.wait_until_ready()
        known = sorted(self.ledger.acknowledged)
        again = [*sorted(self.ledger.open), *chance.sample(known, min(5, len(known)))]
        hit: list[bool] = []

        def kill() -> None:
            time.sleep(chance.uniform(0.3, 2.0))
            hit.append(self._moment(aim, victim, chance))
            victim.kill()

        load(victim, self.ledger, again, connections=chance.choice([1, 4, 16]), meanwhile=kill)
        return hit[0]

    def _moment(self, aim: str, victim: Victim, chance: random.Random) -> bool:
        """Wait for what is aimed at, and a moment more; False where it did not come."""
        if aim == "random":
            return True
        look: Callable[[], int] = lambda: size_of(victim.wal)  # noqa: E731 - one of two looks
        if aim == "checkpoint":
            look = lambda: written_at(victim.path)  # noqa: E731
            victim.terminate()  # a collector that ends well folds its log into the file
        hit = wait_for_change(look, 5)
        time.sleep(chance.choice([0, 0, 0.0005, 0.002, 0.01]))
        return hit

    def _killed_while_migrating(self, chance: random.Random) -> tuple[bool, Verdict]:
        template, copy = self._folder / "old.duckdb", self._folder / "migrated.duckdb"
        if not template.exists():
            write_old_file(template, self._old_calls)
        for path in (copy, copy.with_name(copy.name + ".wal")):
            path.unlink(missing_ok=True)
        shutil.copyfile(template, copy)
        victim = Victim(copy)
        hit = wait_for_change(lambda: size_of(victim.wal) + written_at(copy), 20)
        time.sleep(chance.choice([0, 0.002, 0.01, 0.05, 0.2, 0.5]))
        victim.kill()
        again = Victim(copy)
        try:
            again.wait_until_ready()
            spans, charged, booked, calls = again.ask(OLD_BILL)
        finally:
            again.kill()
        lost = abs(spans - self._old_calls)
        off = abs(int(charged) - int(booked)) + abs(int(booked) - self._old_calls * 550_000_000)
        return hit, Verdict(lost, abs(calls - self._old_calls), off)


def table(results: list[tuple[str, bool, Verdict]], acknowledged: int) -> str:
    """What was aimed at, how often it hit, and what was lost or doubled."""
    lines = [
        f"{'aimed at':<12} {'rounds':>6} {'hit':>5} {'lost':>5} {'twice':>6} {'picoUSD off':>12}"
    ]
    for aim, rounds in Counter(aim for aim, _, _ in results).items():
        own = [(hit, verdict) for other, hit, verdict in results if other == aim]
        lost, twice = sum(v.lost for _, v in own), sum(v.doubled for _, v in own)
        off = sum(v.unbooked_pico_usd for _, v in own)
        lines.append(
            f"{aim:<12} {rounds:>6} {sum(hit for hit, _ in own):>5} {lost:>5} {twice:>6} {off:>12}"
        )
    lines.append(f"{acknowledged} spans acknowledged and found")
    return "\n".join(lines)


def main(arguments: list[str]) -> int:
    """Run, print, and say by the exit code whether anything was lost or doubled."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--folder", type=Path, help="keeps files and results: a run there goes on where it was"
    )
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as temporary:
        folder: Path = options.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        results_file = folder / "results.json"
        results = read_results(results_file)
        rounds = Rounds(folder, options.seed)
        for number in range(len(results), options.rounds):
            started = time.monotonic()
            aim, hit, verdict = rounds.run(number)
            results.append((aim, hit, verdict))
            write_results(results_file, results)
            print(
                f"{number + 1:>4} {aim:<10} {'hit ' if hit else 'miss'} {time.monotonic() - started:5.1f} s  {verdict}",
                flush=True,
            )
        print(table(results, len(rounds.ledger.acknowledged) * 100))
    return 0 if all(verdict.good for _, _, verdict in results) else 1


def read_results(path: Path) -> list[tuple[str, bool, Verdict]]:
    """Rounds that were run before."""
    rows = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
    return [(aim, hit, Verdict(*numbers)) for aim, hit, numbers in rows]


def write_results(path: Path, results: list[tuple[str, bool, Verdict]]) -> None:
    """Keep the rounds for a run that goes on."""
    rows = [(aim, hit, [v.lost, v.doubled, v.unbooked_pico_usd]) for aim, hit, v in results]
    path.write_text(json.dumps(rows), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
