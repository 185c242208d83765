"""A day on a page, asked for over the API: figures that are those of the bill, and words that harm nobody."""

import re
from datetime import datetime, timedelta
from html.parser import HTMLParser
from typing import Any

import pytest

from .conftest import Shop

HOSTILE = "<script>alert(1)</script>|`x`[a](http://evil.example)\u202e\n# h $1$ @all"


def pico(report: Any, which: str = "day") -> int:
    """What a day cost."""
    return int(report["spend"][which]["cost_pico_usd"])


def test_every_amount_is_the_sum_of_the_bill_to_the_pico(busy: Shop) -> None:
    """The day, the day before, the week before, its hours, and each table's rows and rest."""
    report = busy.report()
    assert pico(report) == busy.sums("2026-11-28T00:00", "2026-11-29T00:00") > 0
    assert pico(report, "before") == busy.sums("2026-11-27T00:00", "2026-11-28T00:00")
    assert pico(report, "week_before") == busy.sums("2026-11-21T00:00", "2026-11-22T00:00")
    hours = report["spend"]["hours_pico_usd"]
    assert len(hours) == 24
    assert sum(map(int, hours)) == pico(report)
    for movers in report["spend"]["by"].values():
        rows = [*movers["largest"], *([movers["others"]] if movers["others"] else [])]
        assert sum(int(row["pico_usd"]) for row in rows) == pico(report)
        assert sum(int(row["before_pico_usd"]) for row in rows) == pico(report, "before")


def test_the_change_is_split_exactly(busy: Shop) -> None:
    """By factor and by payer, each adds up to the difference of the two days."""
    changed = busy.report()["spend"]["changed"]
    difference = pico(busy.report()) - pico(busy.report(), "before")
    assert int(changed["excess_pico_usd"]) == difference
    assert sum(map(int, changed["parts_pico_usd"].values())) == difference
    payers = [int(payer["excess_pico_usd"]) for payer in changed["payers"]]
    assert sum(payers) + int(changed["everything_else_pico_usd"]) == difference
    first = changed["payers"][0]
    assert sum(map(int, first["parts_pico_usd"].values())) == int(first["excess_pico_usd"])


def test_three_sentences_say_what_a_manager_asks(busy: Shop) -> None:
    """Each has its figures: money and why, where it leads and what happened, how good it was."""
    money, ahead, quality = busy.report()["sentences"]
    assert money.startswith(
        "$0.0502 was spent on 58 calls, $0.0365 (265.5 %) more than the day before"
    )
    assert "the Saturday before" in money
    assert "search / chat / gemini-2.5-flash with +$0.0365, mostly volume" in money
    assert re.search(
        r"November has cost \$0\.\d+ so far and will probably end at \$0\.\d+ \(", ahead
    )
    assert "of the budget all" in ahead
    assert "No alert fired, 1 new model, 1 new prompt version, 1.7 % of calls failed." in ahead
    assert quality == "How good the answers were is not known: no judge is configured."


def test_what_is_new_that_day_is_told_and_what_was_there_before_is_not(busy: Shop) -> None:
    """A prompt version belongs to its feature; the model nobody knows is new as well."""
    found = [
        (each["kind"], each["name"], each["feature"])
        for each in busy.report()["changes"]["newcomers"]
    ]
    assert found == [("prompt version", "v2", "chat"), ("model", "gemini-9-unheard-of", None)]
    assert busy.report("2026-11-20")["changes"]["newcomers"] == []  # all was new: the ledger began


def test_what_is_missing_is_said(busy: Shop) -> None:
    """Nobody takes an absent figure for a good one."""
    missing = " ".join(busy.report()["missing"])
    assert "2 calls had no price and are in no sum" in missing
    assert "Quality: no judge is configured." in missing


def test_the_report_of_a_day_without_a_call(shop: Shop) -> None:
    """Zeroes, no comparison, no forecast, and no error."""
    report = shop.report()
    assert pico(report) == 0
    assert report["spend"]["before"] is None
    assert (
        report["sentences"][0]
        == "Nothing was spent: no call was made on Saturday, 28 November 2026."
    )
    assert "too early" in report["sentences"][1]
    for form in ("html", "markdown"):
        assert "Nothing was spent" in shop.written(form)


def test_the_first_day_of_a_ledger_is_compared_with_nothing(shop: Shop) -> None:
    """No day before is not a day of $0."""
    shop.calls("2026-11-28T12:00", 3)
    report = shop.report()
    assert report["spend"]["before"] is None
    assert "there is no day before to compare it with" in report["sentences"][0]


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25)])
def test_days_of_daylight_saving_have_their_own_length(shop: Shop, day: str, hours: int) -> None:
    """Berlin's days of 23 and of 25 hours: whole, and no minute counted in two."""
    first = datetime.fromisoformat(day) - timedelta(days=1)
    for half_past in range(72):
        shop.calls((first + timedelta(hours=half_past, minutes=30)).isoformat())
    report = shop.report(day, timezone="Europe/Berlin")
    assert report["spend"]["day"]["calls"] == hours
    assert len(report["spend"]["hours_pico_usd"]) == hours


def test_yesterday_is_that_of_the_zone(shop: Shop) -> None:
    """On a Sunday morning in UTC it is still Saturday in Honolulu."""
    assert shop.report(None)["day"] == "2026-11-28"
    assert shop.report(None, timezone="Pacific/Honolulu")["day"] == "2026-11-27"


def test_a_day_that_runs_says_so(shop: Shop) -> None:
    """Its figures are of what was known by then."""
    report = shop.report("2026-11-29", timezone="Europe/Berlin")
    assert not report["is_over"]
    assert report["missing"][0] == "The day is not over: this is what was known at 07:30."


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"day": "2026-11-31"}, "'2026-11-31' is no day; write it as in 2026-11-28"),
        ({"day": "yesterday"}, "is no day"),
        ({"day": "2026-12-01"}, "has not begun in UTC"),
        ({"day": "1969-01-01"}, "out of range"),
        ({"timezone": "Mars/Base"}, "is no time zone"),
        ({"format": "pdf"}, "format"),
    ],
)
def test_what_cannot_be_reported_is_refused_with_the_remedy(
    shop: Shop, asked: dict[str, str], told: str
) -> None:
    """400, and what to write instead."""
    answer = shop.running.http.get("/api/v1/report", params=asked)
    assert answer.status_code == 400
    assert told in answer.json()["error"]["message"]


class Tags(HTMLParser):
    """Which elements and attributes a page has."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep it."""
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}


def test_a_name_is_shown_and_never_obeyed(shop: Shop) -> None:
    """Whoever can send a span can choose a feature's name: it makes no element, no row and no link."""
    shop.calls("2026-11-28T12:00", 3, attribution_feature=HOSTILE, attribution_team="x" * 3000)
    page = shop.written("html")
    read = Tags()
    read.feed(page)
    assert not read.tags & {"script", "a", "img", "iframe", "link"}
    assert not {name for name in read.attributes if name.startswith("on")}
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    text = shop.written("markdown")
    (line,) = [line for line in text.splitlines() if line.startswith("| \\<script")]
    assert "\\|\\`x\\`\\[a\\](http\\://evil.example)" in line
    assert line.count(" | ") == 6  # a row of seven cells
    assert "\u202e" not in page + text


def test_the_page_stands_alone_and_is_small(busy: Shop) -> None:
    """One file under 100 kB, nothing loaded from anywhere; even with a hundred features."""
    for number in range(100):
        busy.calls(
            "2026-11-28T16:00",
            1,
            attribution_feature=f"feature-{number}",
            attribution_prompt_version=f"p{number}",
        )
    page = busy.written("html")
    assert len(page.encode()) < 100_000
    assert not re.search(r"""(src|href|url)\s*[=(]\s*["']?(https?:)?//""", page)
    answer = busy.running.http.get("/api/v1/report", params={"day": "2026-11-28", "format": "html"})
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert answer.headers["Content-Type"].startswith("text/html")


def test_no_word_of_a_prompt_or_an_answer_is_in_it(busy: Shop) -> None:
    """Content that is in the store stays there."""
    said = '[{"role": "user", "parts": [{"type": "text", "content": "the secret recipe"}]}]'
    busy.calls("2026-11-28T17:00", 1, input_messages=said, output_messages=said)
    for form in ("html", "markdown", "json"):
        assert "recipe" not in busy.written(form)
