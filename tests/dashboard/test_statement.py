"""Monthly statements: the lines of all teams are the ledger, of each team its part, in files as on the screen."""

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from gemledger_dashboard.drawing import downloads
from gemledger_dashboard.frame.display import Rate
from gemledger_dashboard.spend import statement, statement_html
from gemledger_dashboard.spend.spend_answers import Spend, SpendRow
from gemledger_dashboard.spend.statement import ALL, Converted, Statement
from gemledger_dashboard.spend.sums import Sums

from .conftest import Collector, Open
from .test_pages import dollars, figures, in_local_days, texts

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
NAMES = st.one_of(st.none(), st.sampled_from(["growth", "<b>x</b>", "=cmd()", "🐘" * 100, "a & b"]))
RATE = Rate(date(2026, 10, 1), Decimal("0.9213"), "ECB, 30 Sep 2026")


def spend(rows: list[tuple[str | None, str | None, str, int]]) -> Spend:
    """What the collector would answer: team, feature, model, picoUSD of input."""
    found = tuple(
        SpendRow(
            None,
            {"team": team, "feature": feature, "model": model},
            Sums(calls=1, cost_pico_usd=pico, known_pico_usd=pico, input_pico_usd=pico),
        )
        for team, feature, model, pico in rows
    )
    return Spend(statement.KEYS, found, Sums.total(row.sums for row in found))


def made(answer: Spend, team: str, converted: Converted | None = None) -> Statement:
    """The statement of October."""
    month = statement.months(NOW, BERLIN, 1)["2026-10-01"]
    return Statement(team, month, False, statement.lines(answer, team), None, converted)


@given(
    st.lists(st.tuples(NAMES, NAMES, st.sampled_from("ab"), st.integers(0, 10**20)), max_size=30)
)
def test_the_statements_of_all_teams_sum_to_the_ledger(
    rows: list[tuple[str | None, str | None, str, int]],
) -> None:
    """To the picodollar: the total statement, the sum of every team's own, and each one's kinds and file."""
    answer = spend(rows)
    whole = made(answer, ALL)
    assert whole.totals == answer.totals
    each = [made(answer, team) for team in statement.teams(answer)]
    assert Sums.total(one.totals for one in each) == answer.totals
    for one in (whole, *each):
        assert sum(statement.kinds(one).values()) == one.totals.cost_pico_usd
        if not one.lines:
            continue
        lines = csv.DictReader(io.StringIO(downloads.csv_of(statement.file(one)), newline=""))
        assert sum(Decimal(line["cost_usd"]) for line in lines) == Decimal(
            one.totals.cost_pico_usd
        ).scaleb(-12)


@given(st.lists(st.tuples(NAMES, NAMES, st.text(max_size=80), st.integers(0, 10**15)), max_size=8))
def test_a_statement_to_print_is_whole_and_harmless(
    rows: list[tuple[str | None, str | None, str, int]],
) -> None:
    """Labels are text in it, whatever they are; nothing is loaded, nothing runs."""
    page = statement_html.page(made(spend(rows), ALL), NOW, "2026-11-21.1")
    assert "<b>" not in page
    assert "<script" not in page
    assert "default-src 'none'" in page
    assert page.count("<tr>") >= len({row[:3] for row in rows}) + 4
    assert "October 2026" in page


def test_a_second_currency_has_its_rate_its_day_and_its_source() -> None:
    """In the page as words, in the file for each line: exact, with who says so."""
    converted = Converted(
        "EUR", date(2026, 10, 31), RATE, "EUR 2.76 at the rate of 2026-10-31: ECB"
    )
    one = made(spend([("a", "f", "m", 10**12), ("a", "g", "m", 2 * 10**12)]), "a", converted)
    assert "EUR 2.76 at the rate of 2026-10-31: ECB" in statement_html.page(one, NOW, "book")
    lines = list(csv.DictReader(io.StringIO(downloads.csv_of(statement.file(one)), newline="")))
    assert [Decimal(line["cost_eur"]) for line in lines] == [Decimal("1.8426"), Decimal("0.9213")]
    assert {line["rate_source"] for line in lines} == {"ECB, 30 Sep 2026"}
    assert {line["rate_from"] for line in lines} == {"2026-10-01"}


def test_a_fiscal_month_has_its_own_days() -> None:
    """From the fifteenth to the fourteenth; it follows the one before without a gap, over clock changes too."""
    months = list(statement.months(NOW, BERLIN, 15).values())
    assert statement.name(months[0], NOW) == "15 Nov 2026 to 14 Dec 2026, so far"
    assert statement.name(months[1], NOW) == "15 Oct 2026 to 14 Nov 2026"
    assert all(one.since == before.until for one, before in pairwise(months))
    assert statement.name(statement.months(NOW, BERLIN, 1)["2026-10-01"], NOW) == "October 2026"


def test_the_page_shows_a_statement_of_all_and_of_one_team(
    collector: Collector, open_page: Open
) -> None:
    """All teams are the month of the ledger; one of them is its own calls; so is what has no team."""
    days = datetime.now(ZoneInfo(collector.zone)).day
    month = in_local_days(collector, days, collector.zone)
    page = open_page(collector.url, "views/spend.py", view="statement", tz=collector.zone)
    assert not page.exception
    assert figures(page)["Cost"] == dollars(month)
    assert figures(page)["Calls"] == str(len(month))
    assert sum(page.dataframe[0].value["Calls"]) == sum(page.dataframe[1].value["Calls"])
    for team, named in (("growth", "growth"), (None, "(not set)")):
        link = {"view": "statement", "tz": collector.zone, "of": named}
        page = open_page(collector.url, "views/spend.py", **link)
        mine = [call for call in month if call.team == team]
        assert figures(page)["Calls"] == str(len(mine))
        assert page.query_params["of"] in (named, [named])
        assert not page.exception


def test_a_month_without_calls_says_so(collector: Collector, open_page: Open) -> None:
    """And leads to another one."""
    page = open_page(collector.url, "views/spend.py", view="statement", tz=collector.zone)
    oldest = page.selectbox(key="choice_month").options[-1]
    page.selectbox(key="choice_month").select(oldest).run()
    assert "No calls from" in texts(page.info)
    assert "Choose another month" in texts(page.info)
    assert not page.exception
