"""Which answers a data set is to hold, and where it is to lie."""

from dataclasses import dataclass
from pathlib import Path

from gemledger_cli.exporting.wanted import Day, Wanted

FORMATS = ("jsonl", "parquet")


@dataclass(frozen=True, slots=True)
class Place:
    """The file of rows, and the manifest beside it."""

    rows: Path
    manifest: Path

    @classmethod
    def of(cls, out: Path, form: str | None) -> "Place":
        """A file where ``out`` is named like one, else two files in a folder. Raises ValueError."""
        named = out.suffix.removeprefix(".")
        if named not in FORMATS:
            return cls(out / f"answers.{form or FORMATS[0]}", out / "manifest.json")
        if form not in (None, named):
            raise ValueError(
                f"--out {out} ends in .{named}, and --format says {form}; leave one out"
            )
        return cls(out, out.with_name(f"{out.name}.manifest.json"))


@dataclass(frozen=True, slots=True)
class AnswersWanted(Wanted):
    """Answers between two dates of UTC, of which this and that holds."""

    @property
    def path(self) -> str:
        """Whom to ask."""
        return "/api/v1/datasets/answers"

    def parameters(self, day: Day) -> dict[str, str]:
        """What to ask for one day."""
        return {
            "since": day.start.isoformat(),
            "until": day.end.isoformat(),
            **dict(self.filters),
        }
