"""How long a context cache lives, as far as is known now, from everything that was heard of it. Pure.

Times are unix seconds, whole ones. What is heard may come in any order, late, or not at all.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

HOUR = 3600
_LATEST = 2**33
"""In the year 2242: nanoseconds of a later moment do not fit 64 bits."""


class Heard(StrEnum):
    """What a call told of a cache."""

    CREATED = "created"
    SEEN = "seen"
    DELETED = "deleted"
    GONE = "gone"
    """A look that did not find it."""


class State(StrEnum):
    """Where a cache is in its life."""

    LIVE = "live"
    EXPIRED = "expired"
    DELETED = "deleted"
    GONE = "gone"
    """Ended elsewhere; when is not known, only that it was before the first look that did not find it."""
    UNCONFIRMED = "unconfirmed"
    """It may live, yet nobody has heard of it for so long that its storage is not billed any further."""


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that was heard, and when. What it does not tell is None."""

    heard: Heard
    at: int
    tokens: int | None = None
    created: int | None = None
    expires: int | None = None
    nano: int = 0
    """Nanoseconds into that second: two updates may be less than a second apart."""

    @property
    def order(self) -> tuple[int | str, ...]:
        """What events are sorted by: the same however they came."""
        facts = (self.tokens, self.created, self.expires)
        return (self.at, self.nano, self.heard, *(-1 if each is None else each for each in facts))


@dataclass(frozen=True, slots=True)
class Bounds:
    """What is believed of a cache at most, in seconds and tokens."""

    catch_up: int = 31 * 24 * HOUR
    longest_life: int = 366 * 24 * HOUR
    most_tokens: int = 100_000_000


@dataclass(frozen=True, slots=True)
class Life:
    """A cache's life as known: it ends at ``ends``, unless another end is heard of.

    ``last_heard`` is the newest sign of it; ``flags`` name what was heard and not believed.
    """

    tokens: int
    created: int
    ends: int
    how: State
    last_heard: int
    flags: tuple[str, ...] = ()


def life_of(events: Iterable[Event], last_read: int | None, bounds: Bounds) -> Life | None:
    """The life that these events tell of; ``last_read`` is when a call last read the cache.

    None where its tokens, its beginning or its end are not known, or were all absurd: see ``flags_of``.
    """
    told = sorted(events, key=lambda event: event.order)
    believed = [event for event in told if _absurdity(event, bounds) is None]
    facts = [event for event in believed if event.heard in (Heard.CREATED, Heard.SEEN)]
    tokens = next((event.tokens for event in facts if event.tokens is not None), None)
    begins = [event.created for event in facts if event.created is not None]
    ends = [event.expires for event in facts if event.expires is not None]
    if tokens is None or not begins or not ends:
        return None
    created, expires = min(begins), ends[-1]
    signs = [*(event.at for event in facts), created]
    if last_read is not None:
        signs.append(last_read)
    if expires - created > bounds.longest_life:
        return None
    ended, how = _end(believed, expires, max(signs))
    return Life(tokens, created, max(created, ended), how, max(signs), flags_of(told, bounds))


def flags_of(events: Iterable[Event], bounds: Bounds) -> tuple[str, ...]:
    """What was heard and not believed, each once."""
    found = (_absurdity(event, bounds) for event in events)
    return tuple(sorted({flag for flag in found if flag is not None}))


def _end(events: Sequence[Event], expires: int, last_sign: int) -> tuple[int, State]:
    """When the cache ends and why. A deletion is final; of looks that failed, those before a sign of life are not."""
    ends = [(expires, State.EXPIRED)]
    for event in events:
        if event.heard is Heard.DELETED:
            ends.append((event.at if event.expires is None else event.expires, State.DELETED))
        elif event.heard is Heard.GONE and event.at > last_sign:
            ends.append((event.at, State.GONE))
    return min(ends, key=lambda end: end[0])


def _absurdity(event: Event, bounds: Bounds) -> str | None:
    """What of an event cannot be."""
    if event.tokens is not None and not 0 < event.tokens <= bounds.most_tokens:
        return "absurd_tokens"
    if any(
        moment is not None and not 0 <= moment < _LATEST
        for moment in (event.created, event.expires)
    ):
        return "absurd_life"
    if event.created is None or event.expires is None:
        return None
    if event.expires < event.created or event.expires - event.created > bounds.longest_life:
        return "absurd_life"
    return None


def settled_until(life: Life, now: int, before: int | None, bounds: Bounds) -> int:
    """Up to when storage is billed by ``now``: whole hours while the cache lives, then to its end.

    ``before`` is up to when it was billed already: a clock that goes back takes nothing back. One that jumps ahead
    gets no further than the cache's end, and no further than ``catch_up`` beyond the last sign of it.
    """
    reached = life.ends if life.ends <= now else now - now % HOUR
    if before is not None:
        reached = max(reached, before)
    return max(life.created, min(reached, life.ends, life.last_heard + bounds.catch_up))


def state_of(life: Life, now: int, bounds: Bounds) -> State:
    """Where the cache is in its life by ``now``."""
    if life.last_heard + bounds.catch_up < min(now, life.ends):
        return State.UNCONFIRMED
    return life.how if life.ends <= now else State.LIVE
