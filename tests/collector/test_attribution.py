"""Who pays, by the collector's dated rules: where the app is silent, and for cost centers."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.collector import RunningCollector, config_for
from support.jobs import DAY, HOUR, created, settlement
from support.otlp import NOON, call, call_attributes, payload

from gemledger import semconv
from gemledger_collector.attribution_config import AttributeProcessor
from gemledger_collector.config import load
from gemledger_collector.errors import ConfigError
from gemledger_collector.processors.attribute import Attribution, changed_ranges

WHO = "select team, cost_center, attribution_rule from charges order by start_time_unix_nano"
RULES: list[dict[str, Any]] = [
    {
        "name": "shop-before-november",
        "match": {"service": "shop"},
        "until": "2026-11-01",
        "set": {"team": "old-shop"},
    },
    {"name": "acme", "match": {"labels": {"tenant": ["acme"]}}, "set": {"team": "key-accounts"}},
    {"name": "shop", "match": {"service": ["shop", "till"]}, "set": {"team": "shop"}},
    {"name": "retail", "match": {"team": ["shop", "search"]}, "set": {"cost_center": "4711"}},
    {"name": "rest", "match": {"environment": "prod"}, "set": {"cost_center": "1", "team": "ops"}},
]


def rules(*given: dict[str, Any], **further: Any) -> AttributeProcessor:
    """``processors.attribute``, as the file has it."""
    return AttributeProcessor.model_validate({"rules": list(given), **further})


def silent(**changes: Any) -> dict[str, Any]:
    """A call of an app that does not say who pays."""
    return call_attributes(attribution_team=None, **changes)


@pytest.fixture
def collector(tmp_path: Path) -> Any:
    """A collector with RULES."""
    config = config_for(tmp_path / "x.duckdb", processors={"attribute": {"rules": RULES}})
    with RunningCollector(config) as running:
        yield running


def test_rules_fill_what_the_app_leaves_open_and_say_which_rule_it_was(
    collector: RunningCollector,
) -> None:
    """The app's own team stays; the first rule of the time that matches wins; the cost center follows the team."""
    labelled = silent() | {f"{semconv.LABEL_PREFIX}tenant": "acme"}
    spans = [
        call(1, start=NOON - 13 * HOUR, attributes=silent()),  # the last of October
        call(2, start=NOON, attributes=silent()),
        call(3, start=NOON + 1, attributes=call_attributes(attribution_team="search")),
        call(4, start=NOON + 2, attributes=call_attributes(attribution_team="other")),
        call(
            5, start=NOON + 3, attributes=labelled | {"gemledger.attribution.environment": "prod"}
        ),
    ]
    assert collector.send(payload(spans)).status_code == 200
    assert collector.select(WHO) == [
        ["old-shop", None, "team:shop-before-november"],
        ["shop", "4711", "team:shop,cost_center:retail"],
        ["search", "4711", "cost_center:retail"],
        ["other", None, None],
        ["key-accounts", "1", "team:acme,cost_center:rest"],
    ]
    spend = collector.get(
        "/api/v1/spend", since="2026-10-01", until="2026-12-01", by=["cost_center", "team"]
    )
    found = {(row["cost_center"], row["team"]): row["calls"] for row in spend["rows"]}
    assert found == {
        (None, "old-shop"): 1,
        ("4711", "shop"): 1,
        ("4711", "search"): 1,
        (None, "other"): 1,
        ("1", "key-accounts"): 1,
    }


def test_what_nobody_owns_is_a_figure_of_its_own(tmp_path: Path) -> None:
    """Without a rule a call without a team is unowned, in its row and in the totals."""
    with RunningCollector(config_for(tmp_path / "x.duckdb")) as collector:
        collector.send(payload([call(1, attributes=silent()), call(2)]))
        spend = collector.get("/api/v1/spend", since="2026-11-01", until="2026-12-01", by="team")
    by_team = {row["team"]: row for row in spend["rows"]}
    assert by_team[None]["unowned_pico_usd"] == by_team[None]["cost_pico_usd"] != "0"
    assert by_team["search"]["unowned_pico_usd"] == "0"
    assert spend["totals"]["unowned_pico_usd"] == by_team[None]["cost_pico_usd"]


@pytest.mark.parametrize("submission_first", [True, False])
def test_a_job_is_billed_to_whom_the_rules_say_submitted_it(
    collector: RunningCollector, submission_first: bool
) -> None:
    """Whoever fetches it: its cost center is that of the submitter, whichever arrives first."""
    asked = created(1, "batches/1", attribution_team=None)
    told = settlement("batch:batches/1:flash", "batches/1", start=NOON + DAY, attribution_team="x")
    for span in (asked, told) if submission_first else (told, asked):
        assert collector.send(payload([span])).status_code == 200
    found = collector.select(
        "select team, cost_center from charges where settlement_id is not null"
    )
    assert found == [["shop", "4711"]]
    by_team = "select team, cost_center, sum(calls)::bigint from {} group by all order by all"
    left = " having sum(calls) <> 0 order by all"
    ledger = collector.select(by_team.format("ledger").replace(" order by all", left))
    assert ledger == collector.select(by_team.format("charges").replace(" order by all", left))


MATCHES: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"feature": "chat"}, {"attribution_feature": "chat"}),
    ({"environment": ["prod", "staging"]}, {"attribution_environment": "staging"}),
    ({"project": "p1"}, {"account_project": "p1"}),
    ({"key_digest": "0a1b2c3d"}, {"account_key_digest": "0a1b2c3d"}),
    ({"user_id_prefix": "acme-"}, {"attribution_user_id": "acme-7"}),
    ({"service": "shop", "feature": "mail"}, {"attribution_feature": "mail"}),
]
"""What a rule asks for, and a call that has it."""


def test_every_matcher_takes_its_own_and_nothing_else(tmp_path: Path) -> None:
    """Everything that a rule names must match."""
    given = [
        {"name": f"r{number}", "match": match, "set": {"team": f"t{number}"}}
        for number, (match, _) in enumerate(MATCHES)
    ]
    given.append({"name": "no", "match": {"service": "other"}, "set": {"team": "wrong"}})
    config = config_for(tmp_path / "x.duckdb", processors={"attribute": {"rules": given}})
    with RunningCollector(config) as collector:
        spans = [
            call(number, start=NOON + number, attributes=silent(**attributes))
            for number, (_, attributes) in enumerate([*MATCHES, ({}, {})])
        ]
        collector.send(payload(spans))
        teams = [team for team, *_ in collector.select(WHO)]
    assert teams == [*(f"t{number}" for number in range(len(MATCHES))), None]


@pytest.mark.parametrize(
    ("written", "message"),
    [
        (
            "{name: r, match: {}, set: {team: t}}",
            "match is empty, so the rule would be about every call; give service, feature, environment, project",
        ),
        ("{name: r, match: {servce: a}, set: {team: t}}", "did you mean 'service'?"),
        ("{name: r, match: {service: a}, set: {}}", "set is empty; give team, cost_center or both"),
        ("{name: r, match: {service: a}}", "processors.attribute.rules[0].set: missing"),
        (
            "{name: r, match: {team: a}, set: {team: t}}",
            "rule r matches a team and sets one; a rule fills a team only where none is given",
        ),
        (
            "{name: r, match: {service: a}, set: {team: t}, from: 2026-11-02, until: 2026-11-02}",
            "rule r ends (2026-11-02 00:00:00) before it begins (2026-11-02 00:00:00)",
        ),
        ("{name: r, match: {service: a}, set: {team: t}, from: soon}", "give a date such as 2026"),
        (
            "{name: r, match: {service: a}, set: {team: t}}, {name: r, match: {service: b}, set: {team: t}}",
            "two rules are named r",
        ),
    ],
)
def test_a_rule_that_cannot_work_is_refused_with_its_remedy(
    tmp_path: Path, written: str, message: str
) -> None:
    """Typos, empty matches and impossible dates are found before the start."""
    path = tmp_path / "otel-config.yaml"
    path.write_text(f"processors: {{attribute: {{rules: [{written}]}}}}")
    with pytest.raises(ConfigError) as refused:
        load(path, {})
    assert message in str(refused.value)


def test_dates_are_of_the_zone_that_is_configured(tmp_path: Path) -> None:
    """A day begins when it begins in Berlin; an offset of its own wins."""
    path = tmp_path / "otel-config.yaml"
    path.write_text(
        "processors: {attribute: {timezone: Europe/Berlin, rules: [{name: r, match: {service: a}, "
        "set: {team: t}, from: 2026-11-01, until: '2026-11-02T00:00:00+00:00'}]}}"
    )
    processor = load(path, {}).processors.attribute
    assert processor.rules[0].range(processor.timezone) == (NOON - 13 * HOUR, NOON + 12 * HOUR)


def test_the_old_chain_written_out_is_still_accepted(tmp_path: Path) -> None:
    """Files of before there were rules need no change."""
    path = tmp_path / "otel-config.yaml"
    path.write_text(
        "service: {pipelines: {traces: {processors: [normalize, deduplicate, price, redact]}}}"
    )
    load(path, {})


RULE = st.builds(
    lambda name, service, team, since, until: {
        "name": name,
        "match": {"service": service},
        "set": {"team": team},
        "from": f"2026-11-{since:02}",
        "until": f"2026-11-{since + until:02}",
    },
    name=st.sampled_from("abcd"),
    service=st.sampled_from("xy"),
    team=st.sampled_from("st"),
    since=st.integers(1, 10),
    until=st.integers(1, 10),
)
SETS: Callable[[], st.SearchStrategy[list[dict[str, Any]]]] = lambda: st.lists(  # noqa: E731  drawn twice
    RULE, max_size=4, unique_by=lambda rule: rule["name"]
)


@settings(max_examples=60, deadline=None)
@given(SETS(), SETS())
def test_only_in_the_changed_ranges_do_two_sets_of_rules_differ(
    before: list[dict[str, Any]], after: list[dict[str, Any]]
) -> None:
    """Outside of them every call has the same payer under both."""
    import pyarrow as pa  # noqa: PLC0415  of this test alone

    days = [NOON + day * DAY for day in range(24)]
    rows = pa.record_batch(
        {
            "service_name": ["x", "y"] * len(days),
            "start_time_unix_nano": [day for day in days for _ in "xy"],
            "team": pa.nulls(2 * len(days), pa.string()),
        }
    )
    old, new = rules(*before), rules(*after)
    ranges = changed_ranges(old, new)
    by_old, by_new = (Attribution(each).columns(rows) for each in (old, new))
    teams = zip(
        rows["start_time_unix_nano"].to_pylist(),
        by_old["attribution_rule"].to_pylist(),
        by_new["attribution_rule"].to_pylist(),
        strict=True,
    )
    for start, one, other in teams:
        assert one == other or any(since <= start < until for since, until in ranges)
