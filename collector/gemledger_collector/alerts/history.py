"""The history walker: breaches found in windows that are over become resolved alerts that nobody was sent; pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from gemledger_collector.alerts.alert import Alert, Ended, Episode, State


@dataclass(frozen=True, slots=True)
class Correction:
    """One episode to record, and the late records it takes the place of."""

    record: Alert
    replaces: tuple[Alert, ...]


def corrections(episodes: Sequence[Episode], recorded: Sequence[Alert]) -> list[Correction]:
    """What the history lacks. An episode that was watched live is known already and stays as it was seen."""
    by_fingerprint: dict[str, list[Alert]] = {}
    for alert in recorded:
        by_fingerprint.setdefault(alert.identity.fingerprint, []).append(alert)
    found = []
    for episode in episodes:
        known = [
            a
            for a in by_fingerprint.get(episode.identity.fingerprint, [])
            if _same_breach(episode, a)
        ]
        correction = _correction(episode, known)
        if correction is not None:
            found.append(correction)
    return found


def _correction(episode: Episode, known: list[Alert]) -> Correction | None:
    if any(not alert.late for alert in known):
        return None
    record = late_alert(episode)
    if len(known) == 1 and _as_recorded(record) == _as_recorded(known[0]):
        return None
    return Correction(record, tuple(known))


def late_alert(episode: Episode) -> Alert:
    """An episode as the alert it would have been: resolved, with its true times, never notified."""
    return Alert(
        identity=episode.identity,
        state=State.RESOLVED,
        window=episode.window,
        value=episode.value,
        limit=episode.limit,
        started_at=episode.started_at,
        firing_since=episode.started_at,
        resolved_at=episode.ended_at,
        ended=Ended.LATE,
    )


def _same_breach(episode: Episode, alert: Alert) -> bool:
    if episode.identity.kind == "budget":  # a threshold has one breach per period
        return episode.window == alert.window
    ended = alert.resolved_at
    return alert.started_at <= episode.ended_at and (ended is None or ended >= episode.started_at)


def _as_recorded(alert: Alert) -> tuple[int, int | None, int, int]:
    return alert.started_at, alert.resolved_at, alert.value, alert.limit
