"""What the alert of a group says: rates with their intervals, what changed and when, the promise, and where to look."""

from collections.abc import Mapping
from dataclasses import dataclass

from gemledger_collector.alerts.cause.line import plain
from gemledger_collector.alerts.channels.texts import link
from gemledger_collector.alerts.quality.baseline import Known
from gemledger_collector.alerts.quality.memory import Sequence
from gemledger_collector.alerts.quality.standing import Standing
from gemledger_collector.alerts.quality.trusted import Trusted
from gemledger_collector.alerts.quantities import duration, iso
from gemledger_collector.alerts_config import QualityConfig
from gemledger_collector.estimation.cusum import Design
from gemledger_collector.estimation.rates import Estimate, rate
from gemledger_collector.judge_config.rubric_files import PLAIN_WORD
from gemledger_collector.judge_config.words import FLAGGED
from gemledger_collector.storage.judged_answers import Examples

EXAMPLES = 3
_MINUTE = 60
_SOON_NS = 3600 * 10**9
_DAY_NS = 24 * _SOON_NS
"""A change that begins within the first hour of a version came with it."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """When the change probably began, and when the answer that showed it was asked for; unix nanoseconds."""

    since_unix_nano: int
    began_unix_nano: int


@dataclass(frozen=True, slots=True)
class Seen:
    """What is said of an alarm: the standing, when the group was first called if that is known, and where to look."""

    standing: Standing
    alarm: Alarm
    first_call_unix_nano: int | None
    examples: Examples
    trusted: Trusted
    external_url: str

    @property
    def first_judged_unix_nano(self) -> int:
        """The first call that was judged: a sample may have missed many before it."""
        return int(self.standing.answers.starts[0])

    @property
    def first(self) -> str:
        """Which first call is known, and when it was."""
        if self.first_call_unix_nano is None:
            return f"first judged of its calls {iso(self.first_judged_unix_nano)}"
        return f"first called {iso(self.first_call_unix_nano)}"

    @property
    def began_with_the_group(self) -> bool:
        """Whether the change began with the first answers, and these came soon after the first call."""
        judged, first = self.first_judged_unix_nano, self.first_call_unix_nano
        known = judged if first is None else first
        return self.alarm.since_unix_nano - judged <= _SOON_NS and judged - known <= _DAY_NS

    @property
    def answers(self) -> Sequence:
        """What has been judged since the change."""
        return self.standing.answers.since(self.alarm.since_unix_nano)


def annotations(config: QualityConfig, seen: Seen) -> dict[str, str]:
    """Texts by name; no word of an answer is among them."""
    bad, judged = int(seen.answers.bad.sum()), len(seen.answers)
    observed, chart = rate(bad, judged), seen.standing.chart
    since = iso(seen.alarm.since_unix_nano)
    told = {
        "summary": _summary(config, seen, (bad, judged)),
        "observed": f"{_interval(observed)}: {bad} of {judged} judged since {since}",
        "usual": _usual(config, seen),
        "change": _change(config, seen),
        "cause": _cause(config, seen),
        "corrected": _corrected(seen, bad, judged),
        "promise": "" if chart is None else promise(chart),
        "examples": ", ".join(_examples(seen)),
    }
    return {name: text for name, text in told.items() if text}


def promise(chart: Design) -> str:
    """What the chart keeps, in words."""
    return (
        f"a rise from {_percent(chart.acceptable)} to {_percent(chart.unacceptable)} is seen within {chart.median} "
        f"judged answers in half of all cases, within {chart.p90} in nine of ten; "
        f"one false alarm in {chart.false_alarm_every:,.0f} answers"
    )


def _summary(config: QualityConfig, seen: Seen, counted: tuple[int, int]) -> str:
    about = " ".join(plain(value) for value in _named(config, seen.standing).values() if value)
    bad, judged = counted
    return (
        f"{config.name}: {about}{': ' if about else ''}{_percent(bad / max(1, judged))} of answers "
        f"{_called(config, seen.trusted.word)} ({bad} of {judged}), before {_usual(config, seen)}"
    )


def _called(config: QualityConfig, word: str) -> str:
    if word == FLAGGED:
        return f"{word} for {config.dimension}"
    return f'judged "{word}"' + (f" for {config.dimension}" if word == PLAIN_WORD else "")


def _corrected(seen: Seen, bad: int, judged: int) -> str:
    """What is truly bad, as far as labels tell how the judge errs."""
    found = seen.trusted.corrected(bad, judged)
    if found is None:
        return ""
    return f"{_interval(found)} {seen.trusted.word}, corrected for the judge's errors"


def _usual(config: QualityConfig, seen: Seen) -> str:
    before, known = seen.standing.before, seen.trusted.known
    if before is None:
        return _acceptable(config.acceptable, known)
    return f"{_interval(rate(before.bad, before.judged))} of {before.judged}"


def _acceptable(rate: float, known: Known | None) -> str:
    """In what the judge says, as all rates here are."""
    if known is None:
        return f"{_percent(rate)} (acceptable)"
    return f"{_percent(known.flagged(rate))} (what the judge flags of {_percent(rate)}, acceptable)"


def _change(config: QualityConfig, seen: Seen) -> str:
    named = _named(config, seen.standing)
    version = named.get("prompt_version")
    model = named.get("model") or seen.examples.model
    what = [f"prompt version {version}" if version else "", f"model {model}" if model else ""]
    told = ", ".join(plain(each) for each in what if each)
    return f"{told or 'this group'}: {seen.first}"


def _cause(config: QualityConfig, seen: Seen) -> str:
    alarm = seen.alarm
    version = _named(config, seen.standing).get("prompt_version")
    since = f"since {iso(alarm.since_unix_nano)}"
    if version and seen.began_with_the_group:
        since = f"with prompt version {plain(version)}, {seen.first}"
    needed = len(seen.answers.before(alarm.began_unix_nano + 1))
    later = _about((alarm.began_unix_nano - alarm.since_unix_nano) // 10**9)
    return f"more bad answers {since}; seen after {needed} judged answers, {later}"


def _about(seconds: int) -> str:
    """A length of time in seconds, or to the minute where it is longer than one."""
    return duration(seconds if seconds < _MINUTE else round(seconds / _MINUTE) * _MINUTE)


def _examples(seen: Seen) -> list[str]:
    base = seen.external_url.rstrip("/")
    links = (
        link(f"{base}/quality?trace={trace}") if base else None for trace in seen.examples.trace_ids
    )
    return [url or trace for url, trace in zip(links, seen.examples.trace_ids, strict=True)]


def _named(config: QualityConfig, standing: Standing) -> Mapping[str, str | None]:
    named: dict[str, str | None] = dict(config.filter.labels())
    named.update(zip(config.group_by, standing.group, strict=True))
    return named


def _interval(estimate: Estimate | None) -> str:
    if estimate is None:
        return "nothing judged"
    low, high = _percent(estimate.low), _percent(estimate.high)
    return f"{_percent(estimate.value)} (95 %: {low} to {high})"


def _percent(share: float) -> str:
    return f"{share * 100:.3g} %" if share < 0.995 else f"{share * 100:.0f} %"
