"""Tables and series: whole numbers add up, foreign labels stay text, nobody was told unless they were."""

import csv
import io
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from gemledger_dashboard.alerts import past_tables
from gemledger_dashboard.alerts.past_answers import Alert, AlertHistory, Notification
from gemledger_dashboard.drawing import downloads
from gemledger_dashboard.spend import grouping, spend_tables
from gemledger_dashboard.spend.spend_answers import Spend, SpendRow
from gemledger_dashboard.spend.sums import Sums

DAY = datetime(2026, 11, 20, tzinfo=UTC)
UTC_ZONE = ZoneInfo("UTC")


def row(model: str | None, cost: int, *, day: int = 0, unpriced: int = 0) -> SpendRow:
    """One call of a model at a cost."""
    sums = Sums(calls=1, cost_pico_usd=cost, known_pico_usd=cost, unpriced_calls=unpriced)
    return SpendRow(DAY + timedelta(days=day), {"model": model}, sums)


def answer(rows: Sequence[SpendRow]) -> Spend:
    """What the collector would answer with these rows."""
    return Spend(("model",), tuple(rows), Sums.total(row.sums for row in rows))


@given(
    st.lists(
        st.tuples(st.sampled_from("abcdefghij"), st.integers(0, 10**20), st.integers(0, 9)),
        max_size=60,
    )
)
def test_no_picodollar_is_lost_in_grouping(cells: list[tuple[str, int, int]]) -> None:
    """Groups sum to the total, and so do a chart's bars with the small models merged."""
    spend = answer([row(model, cost, day=day) for model, cost, day in cells])
    groups = grouping.groups(spend, "model")
    series = grouping.series(spend, "model", most=3)
    assert Sums.total(group.sums for group in groups) == spend.totals
    assert Sums.total(series.sums.values()) == spend.totals
    assert len(series.names) <= 4


def test_the_dearest_models_keep_their_names_and_the_rest_is_one() -> None:
    """Four models, room for two: the two cheapest become one, and stay the last."""
    spend = answer([row("a", 5), row("b", 40), row(None, 30), row("d", 1)])
    assert grouping.series(spend, "model", most=2).names == ("b", grouping.UNSET, "other models")


def test_a_group_without_any_price_has_no_cost() -> None:
    """All calls unpriced: a dash where a zero would read as free; one priced call and it is a sum."""
    spend = answer([row("unknown", 0, unpriced=1), row("known", 10**12)])
    table = spend_tables.compared(grouping.groups(spend, "model"), (), "Model").set_index("Model")
    assert table.loc["known", "Cost"] == Decimal(1)
    assert table["Cost"].isna()["unknown"]
    assert table["Share"].isna()["unknown"]


def test_a_file_has_every_picodollar_and_no_formula() -> None:
    """Spreadsheets run what begins with =; a label of an app must stay a label."""
    spend = answer([row("=cmd()", 1_234_567_890_123_456_789), row("+1", 1), row('a,"b"\n', 2)])
    text = downloads.csv_of(spend_tables.whole(grouping.groups(spend, "model"), ["model"]))
    lines = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [line["model"] for line in lines] == ["'=cmd()", 'a,"b"\n', "'+1"]
    assert [line["cost_usd"] for line in lines] == [
        "1234567.890123456789",
        "0.000000000002",
        "0.000000000001",
    ]


def test_a_file_has_every_line_and_the_upper_bound() -> None:
    """What a cost is made of, to be added up elsewhere."""
    sums = Sums(calls=2, cost_pico_usd=7, grounding_pico_usd=7, cost_upper_pico_usd=9)
    text = downloads.csv_of(spend_tables.whole([grouping.Group(("m",), sums)], ["model"]))
    (line,) = csv.DictReader(io.StringIO(text, newline=""))
    assert line["grounding_usd"] == "0.000000000007"
    assert line["cost_upper_usd"] == "0.000000000009"
    assert Decimal(line["storage_usd"]) == 0
    assert line["unbounded_calls"] == "0"


def test_the_most_a_group_can_have_cost_is_shown_where_it_is_known() -> None:
    """One call of which nobody can tell, and there is no such figure."""
    bounded = Sums(calls=2, cost_pico_usd=10**12, cost_upper_pico_usd=2 * 10**12)
    groups = [
        grouping.Group(("bounded",), bounded),
        grouping.Group(("open",), replace(bounded, unbounded_calls=1)),
    ]
    table = spend_tables.compared(groups, (), "Model").set_index("Model")
    assert table.loc["bounded", "At most"] == Decimal(2)
    assert table["At most"].isna()["open"]


def test_the_kinds_of_a_cost_are_named_in_the_order_of_a_bill() -> None:
    """And those that cost nothing are not there."""
    sums = Sums(cost_pico_usd=4 * 10**12, media_pico_usd=10**12, input_pico_usd=3 * 10**12)
    table = spend_tables.cost_lines(sums)
    assert list(table["Kind"]) == ["Input", "Images, video, music"]
    assert list(table["Cost"]) == [Decimal(3), Decimal(1)]
    assert list(table["Share"]) == [0.75, 0.25]


ALERT = Alert(
    fingerprint="f",
    rule="support-daily",
    kind="budget",
    state="resolved",
    severity="critical",
    value=20 * 10**12,
    limit=10 * 10**12,
    unit="pico_usd",
    threshold_percent=75,
    started_at=DAY,
    firing_since=DAY,
    resolved_at=DAY + timedelta(hours=3),
    reason="no longer breached",
    notified=True,
    cause="",
    summary="",
    labels={},
)
MESSAGE = Notification(
    created_at=DAY + timedelta(minutes=1),
    sent_at=DAY + timedelta(minutes=1),
    channel="oncall",
    rule="support-daily",
    fingerprint="f",
    status="firing",
    reason="first time this alert fires",
    delivered=True,
    waiting=False,
    attempts=1,
    error="",
)


def test_an_alert_names_who_was_told_and_who_was_not() -> None:
    """Delivered, failed and still waiting are three different things."""
    messages = (
        MESSAGE,
        replace(MESSAGE, channel="mail", delivered=False, error="refused"),
        replace(MESSAGE, channel="chat", delivered=False, waiting=True, attempts=0),
    )
    history = AlertHistory((ALERT,), messages)
    assert past_tables.told(ALERT, history) == "oncall, mail (failed), chat (waiting)"
    line = past_tables.alerts(history, UTC_ZONE).iloc[0]
    assert line["Alert"] == "support-daily, 75 %"
    assert line["Lasted"] == "3 h"
    assert (line["Value"], line["Limit"]) == ("$20.00", "$10.00")


def test_one_message_tells_of_every_alert_of_its_group() -> None:
    """The second alert of a group was told as well as the first."""
    both = replace(MESSAGE, fingerprints=("f", "g"))
    second = replace(ALERT, fingerprint="g")
    assert past_tables.told(second, AlertHistory((ALERT, second), (both,))) == "oncall"


def test_a_message_belongs_to_the_alert_it_was_sent_for() -> None:
    """An alert that came before, or was found in late data, does not borrow a later one's message."""
    earlier = replace(
        ALERT,
        started_at=DAY - timedelta(days=9),
        firing_since=DAY - timedelta(days=9),
        notified=False,
        reason="found in late data",
    )
    history = AlertHistory((ALERT, earlier), (MESSAGE,))
    assert past_tables.told(earlier, history) == "nobody"
    assert past_tables.told(ALERT, history) == "oncall"
    again = replace(ALERT, started_at=DAY + timedelta(days=1), notified=False)
    assert past_tables.told(again, AlertHistory((again, ALERT), (MESSAGE,))) == "nobody"
