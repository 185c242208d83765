"""Explicit context caches: what is stored, for how long, and what Google would charge for the storage.

No clock of its own: every question brings the time, and whatever has expired by then is over, and on the invoice.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from threading import Lock
from uuid import uuid4

from .fields import Json, field
from .prompt import BadRequest
from .record import Record

NANO = 10**9
MINIMUM_TOKENS = 1_024
_DEFAULT_TTL_NS = 3600 * NANO
_TTL = re.compile(r"(\d+)(?:\.(\d{1,9}))?s")


@dataclass(frozen=True, slots=True)
class ContextCache:
    """One cache. Times are unix nanoseconds; ``tokens`` are by modality."""

    name: str
    model: str
    platform: str
    display_name: str
    tokens: Mapping[str, int]
    created_ns: int
    updated_ns: int
    expires_ns: int

    @property
    def total_tokens(self) -> int:
        """All of its tokens."""
        return sum(self.tokens.values())

    def message(self) -> Json:
        """As the API answers it."""
        shown: Json = {
            "name": self.name,
            "model": self.model,
            "createTime": timestamp(self.created_ns),
            "updateTime": timestamp(self.updated_ns),
            "expireTime": timestamp(self.expires_ns),
            "usageMetadata": {"totalTokenCount": self.total_tokens},
        }
        return shown | ({"displayName": self.display_name} if self.display_name else {})

    def storage(self, ended_ns: int) -> Json:
        """What its life is billed by, in whole seconds."""
        return {
            "name": self.name,
            "model": self.model.rpartition("/")[2],
            "platform": self.platform,
            "tokens": self.total_tokens,
            "from_unix_seconds": self.created_ns // NANO,
            "to_unix_seconds": ended_ns // NANO,
        }


class ContextCaches:
    """Every cache that lives. Thread-safe; names are unique across runs, too."""

    def __init__(self, record: Record) -> None:
        self._record = record
        self._living: dict[str, ContextCache] = {}
        self._lock = Lock()

    def create(self, made: ContextCache) -> ContextCache:
        """A new cache, billed for being written."""
        with self._lock:
            self._living[_id(made.name)] = made
        self._record.note(
            "cache_create",
            name=made.name,
            model=made.model.rpartition("/")[2],
            platform=made.platform,
            tier="standard",
            at_unix_nano=made.created_ns,
            usageMetadata={"totalTokenCount": made.total_tokens},
        )
        return made

    def find(self, name: str, now_ns: int) -> ContextCache | None:
        """The living cache of this name."""
        self.expire(now_ns)
        with self._lock:
            return self._living.get(_id(name))

    def all(self, now_ns: int) -> list[ContextCache]:
        """Every living cache, the newest first."""
        self.expire(now_ns)
        with self._lock:
            return sorted(self._living.values(), key=lambda cache: -cache.created_ns)

    def prolong(self, cache: ContextCache, expires_ns: int, now_ns: int) -> ContextCache:
        """The cache with another end."""
        changed = replace(cache, expires_ns=expires_ns, updated_ns=now_ns)
        with self._lock:
            self._living[_id(cache.name)] = changed
        return changed

    def delete(self, cache: ContextCache, now_ns: int) -> None:
        """The cache is over; its storage is billed until now."""
        with self._lock:
            gone = self._living.pop(_id(cache.name), None)
        if gone is not None:
            self._record.note("cache_storage", **gone.storage(now_ns))

    def expire(self, now_ns: int) -> None:
        """Bill and forget what has expired."""
        with self._lock:
            over = [cache for cache in self._living.values() if cache.expires_ns <= now_ns]
            for cache in over:
                del self._living[_id(cache.name)]
        for cache in over:
            self._record.note("cache_storage", **cache.storage(cache.expires_ns))

    def alive(self, now_ns: int) -> list[Json]:
        """The life so far of every living cache, which is on no invoice yet."""
        return [cache.storage(now_ns) for cache in self.all(now_ns)]


def new_name(parent: str, platform: str) -> str:
    """A name that no run before or after this one has given."""
    chance = uuid4()
    ending = str(chance.int % 10**19) if platform == "vertex_ai" else chance.hex
    return f"{parent}cachedContents/{ending}"


def expiry(message: Json, now_ns: int) -> int | None:
    """When a request's ``ttl`` or ``expireTime`` ends, in unix nanoseconds; None without either. Raises BadRequest."""
    readers: Iterator[tuple[str, Callable[[str, int], int]]] = iter(
        (("expireTime", _moment), ("ttl", _after))
    )
    for name, read in readers:
        written = field(message, name)
        if written is not None:
            ends = read(str(written), now_ns)
            if ends <= now_ns:
                raise BadRequest(f"{name} {written!r} is in the past; give one after now")
            return ends
    return None


def expiry_or_default(message: Json, now_ns: int) -> int:
    """The same; an hour from now where nothing is said."""
    ends = expiry(message, now_ns)
    return now_ns + _DEFAULT_TTL_NS if ends is None else ends


def _after(ttl: str, now_ns: int) -> int:
    found = _TTL.fullmatch(ttl)
    if found is None:
        raise BadRequest(f"Invalid value at 'cached_content.ttl': {ttl!r}; write it as '3600s'")
    return now_ns + int(found[1]) * NANO + int((found[2] or "").ljust(9, "0"))


def _moment(written: str, _: int) -> int:
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        raise BadRequest(f"Invalid value at 'cached_content.expire_time': {written!r}") from None
    since = moment.replace(tzinfo=moment.tzinfo or UTC) - datetime.fromtimestamp(0, UTC)
    return (since.days * 86_400 + since.seconds) * NANO + since.microseconds * 1000


def timestamp(at_ns: int) -> str:
    """RFC 3339 to the microsecond."""
    seconds, rest = divmod(at_ns, NANO)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest // 1000:06d}Z"


def _id(name: str) -> str:
    """What tells caches apart: the SDK may leave out whatever stands before it."""
    return name.rpartition("/")[2]
