"""The door of a collector with tokens: which token is it, is it still good, may it do this, and this often?"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from gemledger_collector.access import Caller, Scope
from gemledger_collector.errors import Forbidden, RateLimited, Unauthorized
from gemledger_collector.throttles import Bucket, Failures
from gemledger_collector.tokens import TokenHash, is_secret


@dataclass(frozen=True, slots=True)
class Token:
    """A token as the configuration has it: never the secret."""

    name: str
    hash: TokenHash
    scopes: frozenset[Scope]
    expires_unix_nano: int | None = None
    requests_per_minute: int | None = None


@dataclass(frozen=True, slots=True)
class _Held:
    """A token, who it makes its holder, and what is left of its minute."""

    token: Token
    caller: Caller
    bucket: Bucket | None


class TokenDoor:
    """Admits by token. ``clock`` gives unix nanoseconds; ``count`` is told the reason of every refusal."""

    def __init__(
        self, tokens: Iterable[Token], clock: Callable[[], int], count: Callable[[str], None]
    ) -> None:
        self._clock = clock
        self._count = count
        self._failures = Failures()
        self._held: Mapping[str, _Held] = {}
        self._seen: dict[bytes, _Held] = {}
        self.renew(tokens)

    def renew(self, tokens: Iterable[Token]) -> None:
        """From now on these tokens and no others; what a limit has left stays as it is."""
        before, now = self._held, self._clock()
        self._held = {token.name: _held(token, before.get(token.name), now) for token in tokens}
        self._seen = {}

    def admit(self, authorization: str | None, scope: Scope | None, *, peer: str = "") -> Caller:
        """As ``access.Door`` has it."""
        now = self._clock()
        held = self._holder(authorization, peer, now)
        caller = held.caller
        if held.bucket is not None and (wait := held.bucket.wait_seconds(now)):
            self._count("rate_limited")
            raise RateLimited(
                f"the token {caller.name!r} asks more than {held.token.requests_per_minute} times a minute",
                retry_after_seconds=wait,
            )
        if scope is not None and not caller.may(scope):
            self._count("forbidden")
            raise Forbidden(
                f"the token {caller.name!r} has not the scope {scope!r}; ask for one that has it",
                caller=caller.name,
            )
        return caller

    def _holder(self, authorization: str | None, peer: str, now: int) -> _Held:
        if not authorization:
            self._count("missing")
            raise Unauthorized(
                "a token is needed; send the header Authorization: Bearer glt_… (`gemledger token new` makes one)"
            )
        scheme, _, secret = authorization.partition(" ")
        held = self._known(secret.strip()) if scheme.lower() == "bearer" else None
        if held is None:
            self._fail(peer, now, "unknown")
            raise Unauthorized("the token is not one that this collector knows; ask for a new one")
        expires = held.token.expires_unix_nano
        if expires is not None and now >= expires:
            self._fail(peer, now, "expired")
            raise Unauthorized(f"the token {held.token.name!r} has expired; ask for a new one")
        return held

    def _known(self, secret: str) -> _Held | None:
        """The token this is. One that was right before is found at once, however many there are."""
        digest = hashlib.sha256(secret.encode()).digest()
        found = self._seen.get(digest)
        if found is None and is_secret(secret) and (found := self._compared(secret.encode())):
            self._seen[digest] = found
        return found

    def _compared(self, secret: bytes) -> _Held | None:
        """Every one is compared, so that the time tells nothing."""
        matches = [held for held in self._held.values() if held.token.hash.matches(secret)]
        return matches[0] if matches else None

    def _fail(self, peer: str, now: int, reason: str) -> None:
        """Count a failure; raises RateLimited for an address that had too many of late."""
        wait = self._failures.wait_seconds(peer, now)
        self._count("throttled" if wait else reason)
        if wait:
            raise RateLimited(
                "too many wrong tokens came from this address; look at the one that is sent",
                retry_after_seconds=wait,
            )


def _held(token: Token, before: _Held | None, now_unix_nano: int) -> _Held:
    limit = token.requests_per_minute
    kept = before.bucket if before and before.token.requests_per_minute == limit else None
    bucket = None if limit is None else kept or Bucket(limit, now_unix_nano)
    return _Held(token, Caller(token.name, token.scopes), bucket)
