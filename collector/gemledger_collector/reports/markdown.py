"""A document in Markdown as GitHub renders it; pure."""

from collections.abc import Iterator

from gemledger_collector.alerts.channels.texts import link, plain
from gemledger_collector.reports.document import Cell, Document, Section, Table

_OBEYED = frozenset("\\`*_{}[]<>#|~$&@")
"""What Markdown, HTML in it, or GitHub (mentions, formulas) would make something of."""


def markdown(document: Document) -> str:
    """The whole report. Names are shown as written and format nothing."""
    return "\n".join(_lines(document)).rstrip() + "\n"


def _lines(document: Document) -> Iterator[str]:
    yield f"# {_safe(document.title)}"
    yield ""
    yield _safe(document.subtitle)
    for sentence in document.sentences:
        yield ""
        yield _safe(sentence)
    yield ""
    if document.missing:
        yield "**What this report cannot say**"
        yield ""
        yield from (f"- {_safe(line)}" for line in document.missing)
        yield ""
    for section in document.sections:
        yield from _section(section)
    yield "---"
    yield ""
    found = link(document.link) if document.link else None
    yield _safe(document.footer) + (f" <{found}>" if found else "")


def _section(section: Section) -> Iterator[str]:
    yield f"## {_safe(section.title)}"
    yield ""
    for line in section.lines:
        yield _safe(line)
        yield ""
    for table in section.tables:
        yield from _table(table)


def _table(table: Table) -> Iterator[str]:
    if table.title:
        yield f"### {_safe(table.title)}"
        yield ""
    first = table.rows[0] if table.rows else [Cell("")] * len(table.head)
    yield _row([_safe(name) for name in table.head])
    yield _row(["---:" if cell.is_number else ":---" for cell in first])
    yield from (_row([_safe(cell.text) for cell in row]) for row in table.rows)
    yield ""
    if table.note:
        yield _safe(table.note)
        yield ""


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _safe(written: str) -> str:
    clean = "".join(f"\\{each}" if each in _OBEYED else each for each in plain(written, 1000))
    return clean.replace("://", "\\://").replace("www.", "www\\.")
