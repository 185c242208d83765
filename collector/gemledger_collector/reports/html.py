"""A document as one HTML page: nothing is loaded, nothing runs, light and dark as the reader likes; pure."""

from collections.abc import Iterable
from html import escape

from gemledger_collector.alerts.channels.texts import link, plain
from gemledger_collector.reports.document import Bar, Cell, Document, Section, Table, Tile

POLICY = "default-src 'none'; style-src 'unsafe-inline'"
"""The page's own words to a browser: no script, no picture, no request to anywhere."""

_STYLE = """
:root{color-scheme:light dark;--ink:#1d2433;--soft:#5d6679;--line:#dfe3ea;--page:#f6f7f9;--card:#fff;--bar:#4c7bd9;
--tint:#e5edfb;--good:#1a7f4b;--bad:#b3261e}
@media(prefers-color-scheme:dark){:root{--ink:#e6e9ef;--soft:#9aa4b8;--line:#323a49;--page:#12161e;--card:#1a202b;
--bar:#6f9bf0;--tint:#243350;--good:#5bc98f;--bad:#ff8a80}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);
font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{max-width:60rem;margin:0 auto;padding:1.75rem 1.25rem 3rem}
h1{font-size:1.5rem;line-height:1.25;margin:0}
h2{font-size:1.15rem;margin:2.25rem 0 .5rem;padding-top:1rem;border-top:1px solid var(--line)}
h3{font-size:.95rem;margin:1.25rem 0 .35rem}
p{margin:.4rem 0}
.soft,.note,footer{color:var(--soft);font-size:.86rem}
.lead{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:.7rem 1.1rem;margin:1rem 0}
.tiles{display:flex;flex-wrap:wrap;gap:.7rem;margin:1rem 0}
.tile{flex:1 1 10.5rem;background:var(--card);border:1px solid var(--line);border-radius:10px;padding:.6rem .9rem}
.tile b{display:block;font-size:1.35rem;font-variant-numeric:tabular-nums}
.tile span{color:var(--soft);font-size:.84rem}
.wide{overflow-x:auto}
table{border-collapse:collapse;width:100%;background:var(--card);border:1px solid var(--line);font-size:.88rem}
th,td{padding:.38rem .65rem;text-align:left;vertical-align:top;border-bottom:1px solid var(--line)}
th{color:var(--soft);font-weight:600;white-space:nowrap}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
td{overflow-wrap:anywhere}td:not(.n){min-width:6.5em}td:first-child{min-width:9.5em}td:not(.n):nth-child(n+4){min-width:13em}
.good{color:var(--good)}.bad{color:var(--bad)}
.missing{border-left:3px solid var(--bad);padding-left:.9rem;margin:1rem 0}
ul{margin:.3rem 0;padding-left:1.2rem}
svg{display:block;width:100%;height:auto;margin-top:.4rem}
svg rect{fill:var(--bar)}svg text{fill:var(--soft);font-size:9px}svg line{stroke:var(--line)}
footer{margin-top:2.5rem;border-top:1px solid var(--line);padding-top:.75rem}
@media(max-width:34rem){svg text{font-size:18px}}
@media print{body{background:#fff}h2{break-after:avoid}tr{break-inside:avoid}}
"""
_WIDTH, _HEIGHT, _BASE = 720, 98, 80


def html(document: Document) -> str:
    """The whole page. Every word of it is escaped; what no screen should obey is left out."""
    parts = [
        f"<h1>{_safe(document.title)}</h1>",
        f'<p class="soft">{_safe(document.subtitle)}</p>',
        f'<div class="lead">{"".join(f"<p>{_safe(each)}</p>" for each in document.sentences)}</div>',
        f'<div class="tiles">{"".join(_tile(each) for each in document.tiles)}</div>',
        _picture(document.bars),
        _missing(document.missing),
        *(_section(each) for each in document.sections),
        f"<footer>{_safe(document.footer)}{_link(document.link)}</footer>",
    ]
    head = (
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(POLICY)}">'
        f"<title>{_safe(document.title)}</title><style>{_STYLE}</style>"
    )
    body = "\n".join(part for part in parts if part)
    return f'<!doctype html>\n<html lang="en"><head>{head}</head>\n<body><main>\n{body}\n</main></body></html>\n'


def _safe(written: str) -> str:
    return escape(plain(written, 1000))


def _tile(tile: Tile) -> str:
    tone = f' class="{tile.tone}"' if tile.tone else ""
    note = f"<span{tone}>{_safe(tile.note)}</span>" if tile.note else ""
    return (
        f'<div class="tile"><span>{_safe(tile.name)}</span><b>{_safe(tile.figure)}</b>{note}</div>'
    )


def _picture(bars: Iterable[Bar]) -> str:
    """A bar for each hour; the words of each are its title, which a pointer or a screen reader finds."""
    every = list(bars)
    if not any(bar.share > 0 for bar in every):
        return ""
    step = _WIDTH / len(every)
    drawn = []
    for place, bar in enumerate(every):
        height = max(bar.share * (_BASE - 8), 1.0 if bar.share > 0 else 0.0)
        drawn.append(
            f'<rect x="{place * step + 1:.1f}" y="{_BASE - height:.1f}" width="{step - 2:.1f}" height="{height:.1f}" '
            f'rx="1.5"><title>{_safe(bar.label)}</title></rect>'
        )
        if place % 6 == 0:
            hour = _safe(bar.label.partition(" ")[0])
            drawn.append(f'<text x="{place * step + 1:.1f}" y="{_BASE + 16}">{hour}</text>')
    base = f'<line x1="0" y1="{_BASE}.5" x2="{_WIDTH}" y2="{_BASE}.5"/>'
    return (
        '<h3>Spend by hour</h3><svg role="img" aria-label="spend by hour" '
        f'viewBox="0 0 {_WIDTH} {_HEIGHT}">{base}{"".join(drawn)}</svg>'
    )


def _missing(lines: Iterable[str]) -> str:
    items = "".join(f"<li>{_safe(line)}</li>" for line in lines)
    return (
        f'<div class="missing"><b>What this report cannot say</b><ul>{items}</ul></div>'
        if items
        else ""
    )


def _section(section: Section) -> str:
    lines = "".join(f"<p>{_safe(line)}</p>" for line in section.lines)
    tables = "".join(_table(table) for table in section.tables)
    return f"<h2>{_safe(section.title)}</h2>{lines}{tables}"


def _table(table: Table) -> str:
    first = table.rows[0] if table.rows else ()
    numbers = [cell.is_number for cell in first]
    head = "".join(
        f"<th{_class(is_number=is_number)}>{_safe(name)}</th>"
        for name, is_number in zip(table.head, numbers, strict=True)
    )
    rows = "".join(f"<tr>{''.join(_cell(cell) for cell in row)}</tr>" for row in table.rows)
    title = f"<h3>{_safe(table.title)}</h3>" if table.title else ""
    note = f'<p class="note">{_safe(table.note)}</p>' if table.note else ""
    return (
        f'{title}<div class="wide"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>{note}"
    )


def _cell(cell: Cell) -> str:
    style = ""
    if cell.share is not None:
        percent = f"{max(0.0, min(1.0, cell.share)) * 100:.0f}%"
        style = f' style="background:linear-gradient(to right,var(--tint) {percent},transparent {percent})"'
    return f"<td{_class(is_number=cell.is_number, tone=cell.tone)}{style}>{_safe(cell.text)}</td>"


def _class(*, is_number: bool, tone: str = "") -> str:
    names = " ".join(name for name in ("n" if is_number else "", tone) if name)
    return f' class="{names}"' if names else ""


def _link(address: str) -> str:
    found = link(address) if address else None
    return f' <a href="{escape(found)}">{escape(found)}</a>' if found else ""
