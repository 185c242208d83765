"""What a run planted, and all it left behind."""

from dataclasses import dataclass, field
from pathlib import Path

from support.processes import run_gemledger

from .planting import HOSTS, KINDS, Garden

ATTRIBUTES = frozenset(KINDS) - HOSTS
"""In attributes hosts and IP addresses stay: docs/privacy.md says so."""

SHORT = frozenset({"email", "phone", "card", "iban", "ssn"})
"""What a column of a few hundred characters has room for."""


@dataclass
class Trail:
    """What was planted, and all files a run left behind; ``stored`` are the places that a store has unredacted."""

    folder: Path
    garden: Garden = field(default_factory=Garden)
    stored: set[str] = field(default_factory=set)
    backup: Path = Path()
    exports: list[Path] = field(default_factory=list)
    logs: list[Path] = field(default_factory=list)
    others: list[Path] = field(default_factory=list)

    def plant(self, place: str, *, stored: bool, kinds: frozenset[str] = frozenset(KINDS)) -> str:
        """A text for a place."""
        if stored:
            self.stored.add(place)
        return self.garden.text(place, kinds)

    def write(self, name: str, content: str | bytes) -> Path:
        """A file of the run."""
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def gemledger(self, *arguments: str, succeeds: bool = True) -> None:
        """Run one command; what it says is kept as a log."""
        ended = run_gemledger(*arguments)
        assert (ended.returncode == 0) is succeeds, ended.stderr
        name = "-".join(word for word in arguments[:2] if word.isalpha())
        self.logs.append(self.write(f"{len(self.logs)}-{name}.log", ended.stdout + ended.stderr))
