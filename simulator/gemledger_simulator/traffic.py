"""Simulated traffic: a month of calls, or an endless live stream of them. Pure: the same seed, the same calls.

A day's calls depend on the seed and the day alone, so a plan for two halves is the plan for the whole.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from heapq import merge

from . import features, wording
from .draw import digest
from .features import FEATURES, Feature
from .planned import PlannedCall
from .usage import Usage

__all__ = ["Incident", "PlannedCall", "PromptChange", "live", "plan"]

HOUR_NANO = 3_600 * 10**9
DAY_NANO = 24 * HOUR_NANO

LIVE_PROMPT_VERSION = "v9"
"""What the support chat's prompt changes to in live traffic."""

_BY_WEEKDAY = (1.08, 1.04, 1.02, 1.0, 0.9)
"""Monday to Friday, relative to Thursday."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """A feature goes astray for some hours: one account sends prompts of enormous size in a loop."""

    starts_unix_nano: int
    duration_seconds: int = 3 * 3_600
    feature: str = features.DOC_SEARCH
    user_id: str = "reindex-job"
    model: str = "gemini-3.8-flash"
    prompt_tokens: int = 480_000
    calls_per_hour: int = 48

    @property
    def ends_unix_nano(self) -> int:
        """The moment after it."""
        return self.starts_unix_nano + self.duration_seconds * 10**9


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptChange:
    """From a moment on a feature uses another prompt version."""

    at_unix_nano: int
    feature: str = features.SUPPORT_CHAT
    prompt_version: str = "v8"
    system_instruction: str = wording.SUPPORT_V8


def usual_incident(until_unix_nano: int) -> Incident:
    """The incident of a plan that names none: nine days before the last day, at 13:00 UTC, for three hours."""
    return Incident(starts_unix_nano=_midnight(until_unix_nano) - 9 * DAY_NANO + 13 * HOUR_NANO)


def usual_prompt_change(until_unix_nano: int) -> PromptChange:
    """The prompt change of a plan that names none: six days before the last day, at 9:00 UTC."""
    return PromptChange(at_unix_nano=_midnight(until_unix_nano) - 6 * DAY_NANO + 9 * HOUR_NANO)


def usual_roll_back(until_unix_nano: int) -> PromptChange:
    """Its end: two days before the last day, at 9:00 UTC, somebody goes back to the version before."""
    return PromptChange(
        at_unix_nano=_midnight(until_unix_nano) - 2 * DAY_NANO + 9 * HOUR_NANO,
        prompt_version="v7",
        system_instruction=wording.SUPPORT_V7,
    )


def live_prompt_change(at_unix_nano: int) -> PromptChange:
    """The next try: friendly, and from memory again."""
    return PromptChange(
        at_unix_nano=at_unix_nano,
        prompt_version=LIVE_PROMPT_VERSION,
        system_instruction=wording.SUPPORT_V9,
    )


def plan(
    seed: int,
    since_unix_nano: int,
    until_unix_nano: int,
    calls_per_day: int = 500,
    incidents: Sequence[Incident] | None = None,
    prompt_changes: Sequence[PromptChange] | None = None,
) -> Iterator[PlannedCall]:
    """The calls in [since, until), in order. ``calls_per_day`` is that of a working day, incidents not counted.

    An empty sequence of incidents, or of prompt changes in their order, means none; None means the usual ones.
    """
    changes = prompt_changes
    if changes is None:
        changes = [usual_prompt_change(until_unix_nano), usual_roll_back(until_unix_nano)]
    troubles = [usual_incident(until_unix_nano)] if incidents is None else incidents
    daily = _daily(seed, since_unix_nano, until_unix_nano, calls_per_day)
    streams = [daily, *(_astray(seed, incident) for incident in troubles)]
    for call in merge(*streams, key=_time_of):
        if since_unix_nano <= call.at_unix_nano < until_unix_nano:
            yield _changed(call, changes)


def live(
    seed: int,
    since_unix_nano: int,
    calls_per_second: float = 2.0,
    incident_at_seconds: float = 20.0,
    incident_seconds: float = 15.0,
    prompt_change_at_seconds: float = 10.0,
) -> Iterator[PlannedCall]:
    """An endless stream of calls at an even rate from a moment on; soon the support chat's prompt changes.

    From ``incident_at_seconds`` on, for ``incident_seconds``, every second call is one of an incident that costs
    more than 3 USD a call. The caller waits until each call's time.
    """
    rng = random.Random(f"{seed}/live")  # noqa: S311 - no secret
    changes = [live_prompt_change(since_unix_nano + int(prompt_change_at_seconds * 10**9))]
    incident = Incident(
        starts_unix_nano=since_unix_nano + int(incident_at_seconds * 10**9),
        duration_seconds=int(incident_seconds),
        model="gemini-3.1-pro-preview",
        prompt_tokens=880_000,
    )
    shares = [feature.live_share for feature in FEATURES]
    number = 0
    while True:
        at = since_unix_nano + int(number * 10**9 / calls_per_second)
        number += 1
        if number % 2 and incident.starts_unix_nano <= at < incident.ends_unix_nano:
            yield _incident_call(rng, incident, at)
        else:
            yield _changed(_call(rng, rng.choices(FEATURES, shares)[0], at), changes)


def _time_of(call: PlannedCall) -> int:
    return call.at_unix_nano


def _midnight(unix_nano: int) -> int:
    return unix_nano // DAY_NANO * DAY_NANO


def _daily(seed: int, since: int, until: int, calls_per_day: int) -> Iterator[PlannedCall]:
    for midnight in range(_midnight(since), until, DAY_NANO):
        calls: list[PlannedCall] = []
        for feature in FEATURES:
            calls += _feature_day(seed, feature, midnight, calls_per_day)
        yield from sorted(calls, key=_time_of)


def _feature_day(
    seed: int, feature: Feature, midnight: int, calls_per_day: int
) -> list[PlannedCall]:
    rng = random.Random(f"{seed}/{feature.name}/{midnight}")  # noqa: S311 - no secret
    weekday = datetime.fromtimestamp(midnight // 10**9, UTC).weekday()
    busy = _BY_WEEKDAY[weekday] if weekday < 5 else feature.weekend
    expected = calls_per_day * feature.share * busy * rng.uniform(0.94, 1.06)
    hours = rng.choices(range(24), feature.hours, k=int(expected + rng.random()))
    times = sorted(midnight + hour * HOUR_NANO + rng.randrange(HOUR_NANO) for hour in hours)
    calls = [_call(rng, feature, at) for at in times]
    return _in_conversations(rng, calls) if feature.converses else calls


def _call(rng: random.Random, feature: Feature, at: int) -> PlannedCall:
    version, system_instruction, _ = rng.choices(
        feature.prompts, [share for *_, share in feature.prompts]
    )[0]
    model, _ = rng.choices(feature.models, [share for _, share in feature.models])[0]
    user = int(
        feature.users * rng.random() ** 2
    )  # the first tenth of the users makes a third of the calls
    user_id = f"{feature.user_prefix}-{user:04}"
    return PlannedCall(
        at_unix_nano=at,
        team=feature.team,
        feature=feature.name,
        user_id=user_id,
        environment=rng.choices(("production", "staging", "development"), (92, 6, 2))[0],
        prompt_version=version,
        conversation_id=_conversation(user_id, at) if feature.converses else None,
        model=model,
        system_instruction=system_instruction,
        contents=feature.write(rng),
        stream=rng.random() < feature.stream_share,
        max_output_tokens=feature.max_output_tokens,
        thinking_budget=feature.thinking_budget,
        usage_override=feature.size.draw(rng) if feature.size else None,
    )


def _in_conversations(rng: random.Random, calls: list[PlannedCall]) -> list[PlannedCall]:
    """A third of the calls continue the conversation of the call before, if that was within the half hour."""
    joined: list[PlannedCall] = []
    for call in calls:
        before = joined[-1] if joined else None
        if (
            before
            and call.at_unix_nano - before.at_unix_nano < HOUR_NANO // 2
            and rng.random() < 0.35
        ):
            joined.append(
                replace(call, user_id=before.user_id, conversation_id=before.conversation_id)
            )
        else:
            joined.append(call)
    return joined


def _conversation(user_id: str, at: int) -> str:
    return f"conversation-{digest(user_id, at).hex()[:12]}"


def _changed(call: PlannedCall, changes: Sequence[PromptChange]) -> PlannedCall:
    for change in changes:
        if call.feature == change.feature and call.at_unix_nano >= change.at_unix_nano:
            call = replace(
                call,
                prompt_version=change.prompt_version,
                system_instruction=change.system_instruction,
            )
    return call


def _astray(seed: int, incident: Incident) -> Iterator[PlannedCall]:
    rng = random.Random(f"{seed}/incident/{incident.starts_unix_nano}")  # noqa: S311 - no secret
    pause = HOUR_NANO // incident.calls_per_hour
    for at in range(incident.starts_unix_nano, incident.ends_unix_nano, pause):
        yield _incident_call(rng, incident, at + rng.randrange(pause))


def _incident_call(rng: random.Random, incident: Incident, at: int) -> PlannedCall:
    call = _call(rng, features.named(incident.feature), at)
    usage = Usage(
        prompt_tokens=int(incident.prompt_tokens * rng.uniform(0.9, 1.1)),
        output_tokens=rng.randint(200, 900),
        thoughts_tokens=rng.randint(100, 500),
    )
    return replace(
        call,
        user_id=incident.user_id,
        environment="production",
        model=incident.model,
        usage_override=usage,
    )
