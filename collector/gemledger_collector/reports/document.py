"""What stands in a report, in order, whatever it is written in: sentences first, then tables; pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

Tone = Literal["", "good", "bad"]


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table, or a part of one; ``share`` of 0 to 1 draws a bar behind it."""

    text: str
    is_number: bool = False
    share: float | None = None
    tone: Tone = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows below their heads; ``note`` says what there is to know of its figures."""

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """Lines of text, then tables."""

    title: str
    lines: Sequence[str] = ()
    tables: Sequence[Table] = ()


@dataclass(frozen=True, slots=True)
class Tile:
    """A figure that is looked at first."""

    name: str
    figure: str
    note: str = ""
    tone: Tone = ""


@dataclass(frozen=True, slots=True)
class Bar:
    """One hour of the picture; ``label`` is for whoever cannot see it."""

    share: float
    label: str


@dataclass(frozen=True, slots=True)
class Document:
    """A whole report."""

    title: str
    subtitle: str
    sentences: Sequence[str]
    tiles: Sequence[Tile]
    bars: Sequence[Bar]
    sections: Sequence[Section]
    missing: Sequence[str] = ()
    footer: str = ""
    link: str = ""
    language: str = field(default="en")


def text(written: str | None) -> Cell:
    """A name or a word; none of a name is told as such."""
    return Cell(written or "(none)")


def number(written: str, tone: Tone = "", share: float | None = None) -> Cell:
    """A figure: set to the right."""
    return Cell(written, is_number=True, share=share, tone=tone)
