"""Apprise, the extra for everything else: told once at each address, in a thread, and missed by name."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from support.http_sink import Answer, HttpSink
from support.notifications import NOON, notification, row

from gemledger_cli.main import main
from gemledger_collector.alerts.channels import Outcome, body_for, open_channel, require_extras
from gemledger_collector.alerts_config import AlertsConfig
from gemledger_collector.errors import ConfigError


def configured(*urls: str, **settings: Any) -> AlertsConfig:
    """One channel that leads to these addresses."""
    channel = {"name": "rest", "type": "apprise", "urls": list(urls), **settings}
    return AlertsConfig.model_validate({"channels": [channel]})


@pytest.fixture
def _installed() -> None:
    pytest.importorskip("apprise", reason="the extra notify is not installed")


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of modules that apprise loads
@pytest.mark.usefixtures("_installed")
def test_an_address_that_apprise_does_not_know_is_refused_without_being_shown() -> None:
    """Before anything starts; what comes after the scheme may be a secret."""
    with pytest.raises(ConfigError, match=r"rest has in place 1 an address \(smoke://…\)") as told:
        require_extras(configured("smoke://token@hill"))
    assert "token" not in str(told.value)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of modules that apprise loads
@pytest.mark.usefixtures("_installed")
def test_each_address_is_told_once_though_another_fails() -> None:
    """The first has it; the second says 500 and is asked again alone; no error shows an address."""
    with HttpSink() as good, HttpSink(Answer(500)) as bad:
        urls = [sink.url.replace("http", "json", 1) for sink in (good, bad)]
        config = configured(*urls)
        channel = open_channel(config.channels[0])
        message = row(body_for(config.channels[0], notification()))
        first, failed, again = (channel.send(message, NOON) for _ in range(3))
        channel.close()
    assert first.progressed
    assert failed == Outcome("apprise could not deliver to address 2 (json://…)", retry=True)
    assert again == Outcome()
    assert (len(good.received), len(bad.received)) == (1, 2)
    told = json.loads(good.received[0].body)
    assert told["title"] == "[FIRING:1] hourly-cost"
    assert told["message"].startswith("firing: hourly-cost: $12.50")


def test_without_the_extra_start_and_check_config_name_the_command(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One line that says which channel, and what to run."""
    monkeypatch.setitem(sys.modules, "apprise", None)
    config = configured("json://127.0.0.1")
    for ask in (lambda: require_extras(config), lambda: open_channel(config.channels[0])):
        with pytest.raises(ConfigError, match=r"rest .* pip install 'gemledger\[notify\]'"):
            ask()


def test_check_config_says_it_before_anything_starts(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 2, and the same line; a collector with that file does not start either."""
    monkeypatch.setitem(sys.modules, "apprise", None)
    file = tmp_path / "otel-config.yaml"
    channel = "{name: rest, type: apprise, urls: ['json://127.0.0.1']}"
    file.write_text(f"extensions: {{alerts: {{channels: [{channel}]}}}}\n")
    assert main(["check-config", str(file)]) == 2
    assert "pip install 'gemledger[notify]'" in capsys.readouterr().err
    assert main(["serve", "--config", str(file)]) == 2
    assert "pip install 'gemledger[notify]'" in capsys.readouterr().err
