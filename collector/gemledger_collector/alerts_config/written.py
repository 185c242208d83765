"""Anything of the configuration as the YAML that configures it; pure."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal

import yaml

from gemledger_collector.alerts_config.section import AlertsConfig
from gemledger_collector.config_values import Strict

_SECTIONS = ("rules", "budgets", "spikes", "quality", "balances")
_UNITS = (
    ("d", timedelta(days=1)),
    ("h", timedelta(hours=1)),
    ("m", timedelta(minutes=1)),
    ("s", timedelta(seconds=1)),
)


def yaml_of(config: AlertsConfig, name: str) -> str | None:
    """What watches under this name, with the keys it stands below; None where the configuration has no such name."""
    for section in _SECTIONS:
        for each in getattr(config, section):
            if each.name == name:
                return pasted(section, each)
    return None


def pasted(section: str, one: Strict) -> str:
    """One item of a section of the alerts, to be pasted into the configuration."""
    item = _plain(one.model_dump(by_alias=True, exclude_unset=True))
    document = {"extensions": {"alerts": {section: [item]}}}
    written: str = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=100)
    return written


def _plain(value: object) -> object:
    """As people write it: 1h, 25.00 as a number, lists."""
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, timedelta):
        return _duration(value)
    if isinstance(value, Decimal):
        return int(value) if value == int(value) else str(value)
    return value


def _duration(length: timedelta) -> str:
    for unit, size in _UNITS:
        if length and length % size == timedelta(0):
            return f"{length // size}{unit}"
    return f"{length // timedelta(milliseconds=1)}ms" if length else "0s"
