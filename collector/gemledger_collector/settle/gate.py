"""Whether a delivery is Google's and meant for us, in either form; and what it is known by when it comes again."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from gemledger_collector.errors import Unverified
from gemledger_collector.settle import events, tokens
from gemledger_collector.settle.events import Event
from gemledger_collector.settle.keys import Keys
from gemledger_collector.settle.signatures import Stamp, require_fresh, require_signed
from gemledger_collector.webhooks_config import WebhooksConfig

_SECOND = 10**9


@dataclass(frozen=True, slots=True)
class Verified:
    """A delivery that is what it says. ``event`` is None for a type that is not known here."""

    webhook_ids: Sequence[str]
    event: Event | None


class Gate:
    """Verifies deliveries as the configuration says. Times are unix nanoseconds."""

    def __init__(self, config: WebhooksConfig) -> None:
        self._keys = config.keys
        self._expected = tokens.Expected(config.per_job.audience, config.per_job.issuer)
        self._body_is_signed = config.per_job.body == "signed"
        url = config.per_job.jwks_url
        self._jwks = Keys(url, config.per_job.timeout.total_seconds()) if url else None

    async def verified(self, stamp: Stamp, body: bytes, now: int) -> Verified:
        """Raises Unverified for whatever is not Google's, Rejected for what is and cannot be read."""
        require_fresh(stamp, now // _SECOND)
        if stamp.is_token:
            return await self._of_a_job(stamp, body, now)
        require_signed(stamp, body, self._keys)
        found = events.document(body)
        return Verified((f"id:{stamp.webhook_id}",), events.event_of(found))

    async def _of_a_job(self, stamp: Stamp, body: bytes, now: int) -> Verified:
        if self._jwks is None:
            raise Unverified("per_job_not_configured", "set per_job.jwks_url to take tokens")
        token = tokens.opened(stamp.signature)
        tokens.require_signed_by(await self._jwks.key(token.key_id, now), token)
        tokens.require_current(token, self._expected, now // _SECOND)
        found: dict[str, Any] = events.document(body)
        if self._body_is_signed:
            tokens.require_bound(token, found)
        # Nobody signed this webhook-id: it must not stand in the way of one that somebody did.
        ids = (f"job:{stamp.webhook_id}", f"token:{token.digest}")
        return Verified(ids, events.event_of(found))
