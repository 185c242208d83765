"""From what a check is set to be to the function that looks."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from gemledger_collector.judge.checks import (
    banned_words,
    json_answer,
    language,
    latency,
    length,
    pattern,
    refusal,
)
from gemledger_collector.judge.checks.checked import Checked, Finding
from gemledger_collector.judge.checks.own_function import OwnFunction
from gemledger_collector.judge_config import checks as settings

Find = Callable[[Checked], Finding]


def finder(check: settings.Check) -> Find:
    """Looks at one answer. Raises CheckError where it fails."""
    return _TABLE[type(check)](check)


_TABLE: Mapping[type[settings.Check], Callable[[Any], Find]] = {
    settings.JsonCheck: lambda check: partial(json_answer.find, schema=check.json_schema),
    settings.LengthCheck: lambda check: partial(
        length.find, least=check.min_characters, most=check.max_characters
    ),
    settings.LanguageCheck: lambda check: partial(language.find, expected=check.expected),
    settings.RefusalCheck: lambda _: refusal.find,
    settings.BannedWordsCheck: lambda check: partial(banned_words.find, words=check.words),
    settings.RegexCheck: lambda check: partial(
        pattern.find, pattern=check.pattern, must_match=check.must == "match"
    ),
    settings.LatencyCheck: lambda check: partial(latency.find, most_seconds=check.max_seconds),
    settings.CallableCheck: lambda check: (
        OwnFunction(check.loaded(), check.timeout.total_seconds()).find
    ),
}
