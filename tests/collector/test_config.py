"""A configuration is valid, or its problems are told by path, value and remedy."""

import re
from pathlib import Path

import pytest

from gemledger.redaction import Redactor
from gemledger_collector.config import Config, load
from gemledger_collector.errors import ConfigError

ROOT = Path(__file__).parents[2]


def written(tmp_path: Path, text: str) -> Path:
    """A configuration file."""
    path = tmp_path / "otel-config.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def problems(tmp_path: Path, text: str, **environ: str) -> list[str]:
    """What is wrong with it, without the file's name."""
    path = written(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        load(path, environ)
    return [
        re.sub(rf"^{re.escape(str(path))}(:\d+)?: ", "", line)
        for line in str(caught.value).splitlines()
    ]


def test_no_file_and_an_empty_file_are_the_defaults(tmp_path: Path) -> None:
    """Everything has a default."""
    assert load(None, {}) == load(written(tmp_path, ""), {}) == Config()
    empty_sections = "receivers:\n  otlp:\n    protocols:\n      http:\nexporters:\n"
    assert load(written(tmp_path, empty_sections), {}) == Config()


def test_the_sample_in_the_repository_is_exactly_the_defaults() -> None:
    """What it documents as default is the default."""
    assert load(ROOT / "otel-config.yaml", {}) == Config()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("recievers: {}", "recievers: unknown key (with value {}); did you mean 'receivers'?"),
        (
            "receivers: {otlp: {protocol: {}}}",
            "receivers.otlp.protocol: unknown key (with value {}); did you mean 'protocols'?",
        ),
        (
            "exporters: {clickhouse: {}}",
            "exporters.clickhouse: unknown key (with value {}); known here: duckdb",
        ),
        (
            "receivers: {otlp: {protocols: {http: {endpoint: 4318}}}}",
            (
                "receivers.otlp.protocols.http.endpoint: 4318 is wrong: "
                "write HOST:PORT, such as 127.0.0.1:4318"
            ),
        ),
        (
            "exporters: {duckdb: {memory_limit: 300}}",
            (
                "exporters.duckdb.memory_limit: 300 is wrong: "
                "write a size with its unit, such as 512KB, 300MB, 2GB or 4MiB"
            ),
        ),
        (
            "exporters: {duckdb: {memory_limit: 1MB}}",
            (
                "exporters.duckdb.memory_limit: '1MB' is wrong: "
                "input should be greater than or equal to 64000000"
            ),
        ),
        (
            "exporters: {duckdb: {path: 7}}",
            "exporters.duckdb.path: 7 is wrong: input should be a valid string",
        ),
        (
            "exporters: {duckdb: {retention: {spans: 90}}}",
            (
                "exporters.duckdb.retention.spans: 90 is not a duration; "
                "write a number and a unit, such as 15s, 5m, 1h or 1d"
            ),
        ),
        (
            "processors: {redact: {content: 'yes'}}",
            "processors.redact.content: 'yes' is wrong: input should be a valid boolean",
        ),
        (
            "processors: {redact: {keep: [links]}}",
            (
                "processors.redact.keep: 'links' is no kind of redaction; known are private_key, jwt, api_key, "
                "bearer_token, credentials, iban, email, ip_address, card, ssn, phone, domain"
            ),
        ),
        (
            "extensions: {alerts: {budgets: [{name: a, limit_usd: 0}]}}",
            (
                "extensions.alerts.budgets[0].limit_usd: "
                "0 is not between 0 and 9,000,000 US dollars; give an amount above 0"
            ),
        ),
        (
            "extensions: {alerts: {budgets: [{name: a, limit_usd: 1, treshholds: [1]}]}}",
            "extensions.alerts.budgets[0].treshholds: unknown key (with value [1]); did you mean 'thresholds'?",
        ),
        (
            "extensions: {alerts: {rules: [{name: a}]}}",
            "extensions.alerts.rules[0]: a has no limit; give one of above and below",
        ),
        (
            "extensions: {api: {tokens: [{name: a, hash: glt_abc, scopes: [read]}]}}",
            (
                "extensions.api.tokens[0].hash: this is a token itself; write sha256:SALT:DIGEST, "
                "as `gemledger token new NAME` prints it"
            ),
        ),
        (
            "service: {pipelines: {traces: {processors: [price]}}}",
            (
                "service.pipelines.traces: processors must be [normalize, deduplicate, attribute, price, redact]; "
                "switch steps off in their own section"
            ),
        ),
    ],
)
def test_a_wrong_setting_is_told_by_path_value_and_remedy(
    tmp_path: Path, text: str, expected: str
) -> None:
    """One line."""
    assert problems(tmp_path, text) == [expected]


def test_every_problem_is_told_at_once(tmp_path: Path) -> None:
    """Nobody likes to start a program five times."""
    text = "nope: 1\nexporters: {duckdb: {path: 7, memory_limit: x}}"
    assert len(problems(tmp_path, text)) == 3


def test_values_come_from_the_environment(tmp_path: Path) -> None:
    """As a whole with YAML's types, inside a text, and with a fallback."""
    text = (
        "exporters: {duckdb: {path: '${env:FOLDER}/x.duckdb', memory_limit: '${env:LIMIT:-400MB}'}}\n"
        "extensions: {judge: {daily_budget_usd: '${env:BUDGET}'}}\n"
    )
    config = load(written(tmp_path, text), {"FOLDER": "/data", "BUDGET": "0.5"})
    assert config.exporters.duckdb.path == "/data/x.duckdb"
    assert config.exporters.duckdb.memory_limit == 400_000_000
    assert str(config.judge.daily_budget_usd) == "0.5"


def test_a_variable_that_is_not_set_is_named(tmp_path: Path) -> None:
    """Once, with both remedies."""
    found = problems(tmp_path, "exporters: {duckdb: {path: '${env:NOWHERE}'}}")
    assert found == [
        (
            "exporters.duckdb.path: ${env:NOWHERE} is not set; "
            "export NOWHERE, or write ${env:NOWHERE:-fallback}"
        )
    ]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("a: [", "not YAML"),
        ("- 1", "holds one list; write sections"),
        ("just text", "holds one str"),
    ],
)
def test_a_file_that_is_no_mapping_is_refused(tmp_path: Path, text: str, complaint: str) -> None:
    """With what it is instead."""
    assert complaint in problems(tmp_path, text)[0]


def test_a_file_that_does_not_exist_is_named(tmp_path: Path) -> None:
    """With the option that named it."""
    with pytest.raises(ConfigError, match=r"cannot be read .* check --config"):
        load(tmp_path / "nowhere.yaml", {})


def test_the_collector_redacts_with_the_key_of_the_apps(tmp_path: Path) -> None:
    """A key from the environment gives the hashes that apps write, a kept kind stays, and no key is printed."""
    text = "processors: {redact: {key: '${env:REDACTION_KEY}', keep: [domain]}}"
    config = load(written(tmp_path, text), {"REDACTION_KEY": "0123456789abcdef"})
    redactor = config.processors.redact.redactor
    assert redactor == Redactor(b"0123456789abcdef", frozenset({"domain"}))
    assert "0123456789abcdef" not in repr(config)


WRONG_ALERTS = """\
extensions:
  alerts:
    lateness: 2m
    rules:
    - name: hourly
      above: 10
      window: 10s
    - {name: typo, metric: costs, above: 1}
    - name: unreadable
      above: ten dollars
    budgets:
    - name: nothing
      limit_usd: 0
      period: day
    - name: nowhere
      limit_usd: 10
      period: day
      timezone: Mars/Olympus
    channels:
    - name: oncall
      type: webhook
      url: nowhere
    - name: chat
      type: slack
      url: https://hooks.slack.com/x
      chanel: alerts
"""


def test_what_is_wrong_is_said_with_its_line(tmp_path: Path) -> None:
    """file:line: path: each problem of the file, so that an editor jumps there."""
    path = written(tmp_path, WRONG_ALERTS)
    with pytest.raises(ConfigError) as caught:
        load(path, {})
    lines = str(caught.value).splitlines()
    assert [line.removeprefix(f"{path}:").split(": ")[:2] for line in lines] == [
        ["5", "extensions.alerts.rules[0]"],
        ["8", "extensions.alerts.rules[1].metric"],
        ["9", "extensions.alerts.rules[2]"],
        ["13", "extensions.alerts.budgets[0].limit_usd"],
        ["18", "extensions.alerts.budgets[1].timezone"],
        ["22", "extensions.alerts.channels[0].url"],
        ["26", "extensions.alerts.channels[1].chanel"],
    ]
    said = "\n".join(lines)
    assert "give 5m, 30m, 1h" in said
    assert "no multiple of a minute" in said
    assert "give an amount above 0" in said
    assert "an IANA name such as UTC" in said
    assert "'ten dollars' is not an amount" in said


def test_an_unset_variable_is_said_with_its_line(tmp_path: Path) -> None:
    """And what is in another file without one."""
    path = written(tmp_path, "exporters:\n  duckdb:\n    path: ${env:NOWHERE}\n")
    with pytest.raises(
        ConfigError, match=r"otel-config.yaml:3: exporters.duckdb.path: .* is not set"
    ):
        load(path, {})


def test_a_date_that_cannot_be_is_a_problem_of_the_file(tmp_path: Path) -> None:
    """YAML reads it as a date by itself, and knows no thirteenth month."""
    text = "processors: {attribute: {rules: [{from: 2026-13-01, set: {team: a}}]}}"
    with pytest.raises(ConfigError, match=r"month must be in 1..12.*write it in quotes"):
        load(written(tmp_path, text), {})
