"""Running ``gemledger evaluate`` against a Gemini that costs nothing, and data sets about its product."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

from support.processes import run_gemledger

from gemledger_simulator import facts

FRIENDLY, RUDE = "Happy to help with that.", "Did you even open the manual?"


def gemini_at(url: str) -> dict[str, str]:
    """The environment in which the SDK talks to this address, and to no collector."""
    return {
        "GEMINI_API_KEY": "no-key-is-needed",
        "GOOGLE_GEMINI_BASE_URL": url,
        "OTEL_EXPORTER_OTLP_ENDPOINT": "",
    }


def item(number: int, *, wrong: bool = False, rude: bool = False, **fields: Any) -> dict[str, Any]:
    """A question about the product, and an answer that is true or not, polite or not."""
    fact = facts.table()[number % len(facts.table())]
    claim = fact.claim(number, fact.wrong[0] if wrong else fact.right)
    return {
        "id": f"q{number}",
        "question": fact.questions[0],
        "answer": f"{RUDE if rude else FRIENDLY} {claim}. (case {number})",
        **fields,
    }


def write(file: Path, items: Sequence[Mapping[str, Any] | str]) -> Path:
    """A data set of these lines; texts stand as they are."""
    lines = (each if isinstance(each, str) else json.dumps(each) for each in items)
    file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return file


@dataclass(frozen=True)
class Evaluated:
    """What came of one run."""

    process: CompletedProcess[str]
    out: Path

    @property
    def figures(self) -> dict[str, Any]:
        """What ``--json`` printed."""
        told: dict[str, Any] = json.loads(self.process.stdout)
        return told

    @property
    def lines(self) -> list[dict[str, Any]]:
        """What the run wrote down, without what it set aside."""
        return [line for line in lines_of(self.out) if "reserved" not in line]

    def judged(self, rubric: str, side: int = 0) -> dict[str, Any]:
        """The figures of a rubric for a candidate."""
        found = next(each for each in self.figures["rubrics"] if each["rubric"] == rubric)
        told: dict[str, Any] = found["candidates"][side]
        return told


def lines_of(out: Path) -> list[dict[str, Any]]:
    """Every line of a run."""
    text = (out / "results.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def evaluate(dataset: Path, *arguments: str, url: str, **environ: str) -> Evaluated:
    """Run the command to its end, with its results beside the data set."""
    out = dataset.parent / "results"
    given = () if "--out" in arguments else ("--out", str(out))
    process = run_gemledger(
        "evaluate", str(dataset), "--json", *given, *arguments, **(gemini_at(url) | environ)
    )
    return Evaluated(process, out)
