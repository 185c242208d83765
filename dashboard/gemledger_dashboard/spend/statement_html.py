"""A statement as one HTML file: to print, to send, to keep. It loads nothing, and labels in it are text. Pure."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from html import escape

from gemledger_dashboard.drawing import formats
from gemledger_dashboard.frame import narrowing
from gemledger_dashboard.spend import certainty
from gemledger_dashboard.spend import statement as statements
from gemledger_dashboard.spend.statement import Statement
from gemledger_dashboard.spend.sums import Sums

_STYLE = """
body { font: 14px/1.45 system-ui, sans-serif; color: #1b1f24; background: #fff; margin: 2rem auto; max-width: 62rem;
       padding: 0 1rem }
h1 { font-size: 1.6rem; margin: 0 } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem }
.of { color: #57606a; margin: .25rem 0 1.5rem } .total { font-size: 2rem; font-weight: 600 }
.scroll { overflow-x: auto } table { border-collapse: collapse; width: 100% }
th, td { text-align: left; padding: .3rem .75rem .3rem 0; border-bottom: 1px solid #d8dee4; vertical-align: top }
th.n, td.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
tfoot td { font-weight: 600; border-bottom: 0 } .small { color: #57606a; font-size: .85rem }
thead { display: table-header-group } tr { break-inside: avoid }
@media print { body { margin: 0; max-width: none; font-size: 10pt } .scroll { overflow: visible } }
""".strip()
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_NUMBERS = (
    "Calls",
    "Input tokens",
    "Output tokens",
    "Cost",
    "Known",
    "Estimated",
    "Unpriced calls",
)


def page(statement: Statement, made_at: datetime, price_book: str) -> str:
    """The whole file."""
    sums, title = statement.totals, _name(statement.title)
    month = statements.name(statement.month, made_at)
    exact = formats.usd_exact(sums.cost_pico_usd)
    made = formats.instant(made_at, statement.month.zone)
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}"><meta name="color-scheme" content="light">
<title>Gemini statement: {title}, {escape(month)}</title><style>{_STYLE}</style></head><body><main>
<h1>Gemini statement: {title}</h1>
<p class="of">{escape(month)}: {escape(statement.month.describe())}</p>
<p class="total">{escape(formats.usd(sums.priced_pico_usd))}</p>
{_beside(statement)}
<h2>Lines</h2><div class="scroll" tabindex="0" role="region" aria-label="Lines">{_lines(statement)}</div>
<h2>What it was for</h2>{_kinds(statement)}
<p class="small">Amounts are shown rounded; the total is the sum of the exact ones: ${exact}.
Known: list price, exact. Estimated: something had to be assumed. Unpriced calls have no rate and are in no amount.
Made {escape(made)}, {escape(statement.month.zone.key)}; price book {escape(price_book)}.</p>
</main></body></html>
"""


def _beside(statement: Statement) -> str:
    converted = statement.converted
    said = [certainty.certainty(statement.totals)]
    if converted is not None:
        said.append(converted.words)
    if statement.committed_pico_usd:
        said.append(
            f"{formats.usd(statement.committed_pico_usd)} committed by jobs that have not settled: in no amount here"
        )
    if statement.runs:
        said.append("The month is not over: this is what has arrived so far.")
    return "".join(f"<p>{escape(each)}</p>" for each in said)


def _lines(statement: Statement) -> str:
    names = (
        ("Team", "Feature", "Model") if statement.team == statements.ALL else ("Feature", "Model")
    )
    body = (
        _row([*map(_name, line.names[-len(names) :])], _figures(line.sums))
        for line in statement.lines
    )
    foot = _row(["Total", *[""] * (len(names) - 1)], _figures(statement.totals))
    return _table(names, _NUMBERS, body, foot)


def _kinds(statement: Statement) -> str:
    sums = statement.totals
    body = (
        _row([escape(name)], [formats.usd(pico), formats.share(pico, sums.cost_pico_usd)])
        for name, pico in statements.kinds(statement).items()
    )
    foot = _row(["Total"], [formats.usd(sums.priced_pico_usd), ""])
    return _table(("Kind",), ("Cost", "Share"), body, foot)


def _figures(sums: Sums) -> list[str]:
    return [
        formats.count(sums.calls),
        formats.count(sums.input_tokens),
        formats.count(sums.output_tokens),
        formats.usd(sums.priced_pico_usd),
        formats.usd(sums.known_pico_usd),
        formats.usd(sums.estimated_pico_usd),
        formats.count(sums.unpriced_calls),
    ]


def _table(names: Sequence[str], numbers: Sequence[str], body: Iterable[str], foot: str) -> str:
    head = "".join(f'<th scope="col">{name}</th>' for name in names)
    head += "".join(f'<th scope="col" class="n">{name}</th>' for name in numbers)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody><tfoot>{foot}</tfoot></table>"


def _row(names: Sequence[str], figures: Sequence[str]) -> str:
    """A row of names that are HTML already, and figures that are text."""
    cells = "".join(f"<td>{name}</td>" for name in names)
    cells += "".join(f'<td class="n">{escape(each)}</td>' for each in figures)
    return f"<tr>{cells}</tr>"


def _name(text: str) -> str:
    """Foreign text: cut in sight, whole in the tooltip."""
    cut = narrowing.shown(text)
    return escape(text) if cut == text else f'<span title="{escape(text)}">{escape(cut)}</span>'
