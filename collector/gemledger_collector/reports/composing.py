"""From a report to a document: which tables, in which words; pure."""

from gemledger_collector.alerts.periods import moment
from gemledger_collector.reports import figures as shown
from gemledger_collector.reports.content import Report
from gemledger_collector.reports.document import Bar, Document, Section, Tile, Tone
from gemledger_collector.reports.sentences import missing, sentences, worst_of
from gemledger_collector.reports.spending import amount
from gemledger_collector.reports.tables import events, money, quality, running


def compose(report: Report) -> Document:
    """The whole document."""
    about = report.about
    written = moment(about.now, about.zone)
    return Document(
        title=title(report),
        subtitle=f"One day of {about.timezone}, beside the day before and the same weekday a week before.",
        sentences=sentences(report),
        tiles=_tiles(report),
        bars=_bars(report),
        sections=[
            Section("Spend", *money.section(report)),
            Section("Quality", *quality.section(report)),
            Section("Alerts and changes", *events.section(report)),
            Section("Errors and latency", *running.section(report)),
        ],
        missing=missing(report),
        footer=f"gemledger, written {written:%Y-%m-%d %H:%M} {about.timezone}. "
        "Late spans and new prices may change a day afterwards: ask for it again with "
        f"gemledger report --day {about.day} --timezone {about.timezone}.",
        link=report.external_url,
    )


def title(report: Report) -> str:
    """What the report is about: for a heading and for a subject."""
    return f"Gemini report for {shown.day_name(report.about.day)}"


def _tiles(report: Report) -> list[Tile]:
    day, before = report.spend.day, report.spend.before
    calls = day["calls"]
    return [
        _spent(report),
        Tile(
            "Calls",
            shown.count(calls),
            _against(calls, None if before is None else before["calls"]),
        ),
        _month(report),
        _worst(report),
        _alerts(report),
    ]


def _spent(report: Report) -> Tile:
    day, before = amount(report.spend.day), report.spend.before
    if day.is_unknown:
        return Tile("Spend", shown.cost(day), "no call has a price", "bad")
    against = None if before is None else before["cost_pico_usd"]
    return Tile(
        "Spend",
        shown.cost(day),
        _against(day.pico_usd, against),
        _tone(day.pico_usd, against),
    )


def _against(now: int, before: int | None) -> str:
    if before is None or before <= 0:
        return "nothing to compare with"
    return f"{shown.change(now, before)} against the day before"


def _tone(now: int, before: int | None) -> Tone:
    """Whether a change is worth a colour: a fifth or more."""
    if before is None or before <= 0 or abs(now - before) * 5 < before:
        return ""
    return "bad" if now > before else "good"


def _month(report: Report) -> Tile:
    name = f"{report.about.day:%B}, at its end"
    if report.month.outlook is None:
        return Tile(name, shown.MISSING, "too early to foresee")
    end = report.month.outlook.end
    return Tile(
        name,
        shown.usd(end.likely_pico_usd),
        f"{shown.usd(end.low_pico_usd)} to {shown.usd(end.high_pico_usd)}",
    )


def _worst(report: Report) -> Tile:
    found = worst_of(report)
    if found is None:
        return Tile("Quality", shown.MISSING, "not judged")
    worst, rate = found
    return Tile(
        worst.word if worst.word == worst.dimension else f"{worst.dimension}, {worst.word}",
        shown.ratio(rate.value),
        f"{rate.low * 100:.1f} to {rate.high * 100:.1f} %, {shown.count(worst.day.judged)} judged",
    )


def _alerts(report: Report) -> Tile:
    began = sum(each.began_today for each in report.alerts)
    still = sum(not each.ended_today for each in report.alerts)
    note = f"{still} still firing at the end" if still else "none left firing"
    return Tile("Alerts began", shown.count(began), note, "bad" if still else "")


def _bars(report: Report) -> list[Bar]:
    hours, about = report.spend.hours, report.about
    most = max((each.pico_usd for each in hours), default=0)
    bars = []
    for place, each in enumerate(hours):
        at = shown.clock(moment(about.window.start_unix_nano + place * 3600 * 10**9, about.zone))
        share = max(each.pico_usd, 0) / most if most > 0 else 0.0
        bars.append(Bar(share, f"{at} {shown.cost(each)}"))
    return bars
