"""Since when a prompt version or a model of a feature is there, and until when it is new; pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from gemledger_collector.storage.sampled_answers import NewVersion
from gemledger_collector.storage.sampling_slots import FirstSeen

QUARTER_NANO = 15 * 60 * 10**9
"""What the ledger remembers by."""
SETTLING_NANO = 5 * 60 * 10**9
"""What appears so soon after the first data of all was there before; only the store is new."""

Key = tuple[str | None, str]
"""A feature, and its prompt version or model."""


@dataclass(frozen=True, slots=True)
class Newcomers:
    """Feature and prompt version, or model → when it first appeared, of all that came later than the store."""

    versions: Mapping[Key, int]
    models: Mapping[Key, int]

    def new_versions(self, lasting_nano: int) -> list[NewVersion]:
        """The prompt versions, and until when each is new."""
        return [
            NewVersion(feature, version, first + lasting_nano)
            for (feature, version), first in sorted(self.versions.items(), key=str)
        ]

    def any_new(
        self, version: Key | None, models: Iterable[Key], slot: range, lasting: int
    ) -> bool:
        """Whether in a slot of time a prompt version, or one of the models, was new."""
        firsts = [self.models.get(model) for model in models]
        if version is not None:
            firsts.append(self.versions.get(version))
        return any(
            first is not None and first < slot.stop and slot.start < first + lasting
            for first in firsts
        )


def newcomers(seen: Iterable[FirstSeen]) -> Newcomers:
    """What came later than the rest. What has no name is never new."""
    rows = list(seen)
    began = _earliest(rows)
    versions: dict[Key, list[FirstSeen]] = {}
    models: dict[Key, list[FirstSeen]] = {}
    for row in rows:
        if row.prompt_version is not None:
            versions.setdefault((row.feature, row.prompt_version), []).append(row)
        if row.model is not None:
            models.setdefault((row.feature, row.model), []).append(row)
    return Newcomers(_later(versions, began), _later(models, began))


def _later(rows: Mapping[Key, list[FirstSeen]], began: int) -> dict[Key, int]:
    firsts = {key: _earliest(found) for key, found in rows.items()}
    return {key: first for key, first in firsts.items() if first >= began + SETTLING_NANO}


def _earliest(rows: Iterable[FirstSeen]) -> int:
    """The moment, where an answer of that quarter of an hour tells it; else the ledger's quarter."""
    rows = list(rows)
    slots = [row.slot_unix_nano for row in rows if row.slot_unix_nano is not None]
    starts = [row.start_time_unix_nano for row in rows if row.start_time_unix_nano is not None]
    slot, start = min(slots, default=None), min(starts, default=None)
    if start is not None and (slot is None or start < slot + QUARTER_NANO):
        return start
    return slot or 0
