"""A team with Prometheus: a real one reads /metrics, and the rules we ship are right and about metrics there are."""

import re
import subprocess
import time
from pathlib import Path
from typing import Any

import httpx
from support.collector import RunningCollector, config_for
from support.monitoring import binary, prometheus
from support.otlp import call, call_attributes, payload
from support.waiting import eventually

from gemledger_collector.api.metrics import EVERY_METRIC

RULES = Path(__file__).parents[2] / "examples" / "prometheus"
SCRAPE = """
scrape_configs:
  - job_name: gemledger
    scrape_interval: 200ms
    scrape_timeout: 200ms
    static_configs: [{{targets: ["{target}"]}}]
"""


def promtool(*arguments: str) -> str:
    """What promtool says; fails with it where it finds fault."""
    done = subprocess.run(
        [binary("promtool"), *arguments], cwd=RULES, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_the_rules_are_well_formed_and_each_fires_when_it_should() -> None:
    """Promtool checks and tests the file; every alert in it has a test that expects it to fire."""
    rules = RULES / "gemledger-rules.yaml"
    promtool("check", "rules", rules.name)
    promtool("test", "rules", "gemledger-rules-test.yaml")
    alerts = set(re.findall(r"- alert: (\w+)", rules.read_text()))
    tested = (RULES / "gemledger-rules-test.yaml").read_text()
    fires = set(re.findall(r"alertname: (\w+)\n\s+exp_alerts:\n\s+- ", tested))
    assert fires == alerts


def test_the_rules_are_about_metrics_that_there_are() -> None:
    """A metric that is renamed takes its rules along."""
    expressions = re.sub(r"#.*", "", (RULES / "gemledger-rules.yaml").read_text())
    named = set(re.findall(r"(?<![:\w])gemledger_\w+", expressions))
    suffixes = {"histogram": ("_bucket",), "counter": ("",), "gauge": ("",), "summary": ("_sum",)}
    known = {f"{each.full_name}{end}" for each in EVERY_METRIC for end in suffixes[each.kind]}
    assert named - known == set()
    assert len(named) > 15


def test_a_real_prometheus_scrapes_the_collector(tmp_path: Path) -> None:
    """It is up, nothing on the page offends it, and calls, money, budgets and alerts are there to be asked for."""
    alerts = {
        "evaluation_interval": "50ms",
        "budgets": [
            {"name": "month", "limit_usd": 100, "each": ["team"]},
            {"name": "tiny", "limit_usd": 0.000001, "thresholds": [100]},
        ],
    }
    config = config_for(tmp_path / "ledger.duckdb", extensions={"alerts": alerts})
    with RunningCollector(config) as collector:
        odd = 'a "quoted" \\ name\nü'
        spans = [
            call(number, start=time.time_ns(), attributes=call_attributes(attribution_team=team))
            for number, team in enumerate(("search", "search", odd))
        ]
        assert collector.send(payload(spans)).status_code == 200
        target = collector.url.removeprefix("http://")
        with prometheus(tmp_path, SCRAPE.format(target=target)) as client:
            asked = 'gemledger_calls_total{team="search"}'
            assert [value for _, value in eventually(lambda: answer(client, asked), bool)] == [2]
            assert [value for _, value in answer(client, 'up{job="gemledger"}')] == [1]
            spent = answer(client, 'gemledger_budget_spent_usd{budget="month"}')
            assert {labels["of"] for labels, _ in spent} == {"search", 'a "quoted" \\ name ü'}
            assert all(value > 0 for _, value in spent)
            limits = answer(client, "gemledger_budget_limit_usd")
            assert sorted(value for _, value in limits) == [1e-6, 100, 100]
            used = "gemledger_budget_spent_usd >= gemledger_budget_limit_usd"
            assert [labels["budget"] for labels, _ in answer(client, used)] == ["tiny"]
            firing = 'gemledger_alerts{state="firing"} > 0'
            eventually(lambda: answer(client, firing), bool)
            told = client.get("/api/v1/targets").json()["data"]["activeTargets"][0]
            assert (told["health"], told["lastError"]) == ("up", "")


def answer(client: httpx.Client, query: str) -> list[tuple[dict[str, Any], float]]:
    """The series of an instant query, with their values."""
    told = client.get("/api/v1/query", params={"query": query}).json()
    assert told["status"] == "success", told
    return [(each["metric"], float(each["value"][1])) for each in told["data"]["result"]]
