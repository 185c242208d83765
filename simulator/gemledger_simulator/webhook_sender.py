"""Events on their way to webhooks: signed, posted, and posted again a few times where they were not taken."""

import json
import queue
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from .fields import Json
from .webhook_registry import Registry, Webhook
from .webhook_signing import TokenKey, hmac_signature
from .webhook_watch import Look, Watch

ATTEMPTS = 4
FIRST_PAUSE_SECONDS = 0.1
TIMEOUT_SECONDS = 10.0
_WAITING = 10_000
_REMEMBERED = 10_000
_SENDERS = 4
Clock = Callable[[], int]
"""Unix nanoseconds now."""


@dataclass(slots=True)
class Delivery:
    """One event for one address; ``webhook`` is None for a webhook of a single job."""

    uri: str
    event: Json
    webhook: Webhook | None
    webhook_id: str = field(default_factory=lambda: f"msg_{secrets.token_hex(12)}")
    statuses: list[int] = field(default_factory=list)
    """What was answered to each attempt; 0 where nobody answered."""

    def described(self) -> Json:
        """For whoever looks at what was sent."""
        return {
            "webhook_id": self.webhook_id,
            "uri": self.uri,
            "type": self.event["type"],
            "id": self.event["data"].get("id"),
            "signed": "jwt" if self.webhook is None else "hmac",
            "statuses": list(self.statuses),
        }


class Webhooks:
    """What a simulated Gemini knows of webhooks, and its post office. Thread-safe.

    Whatever finishes calls ``emit``; that returns at once, and threads of their own do the sending.
    """

    def __init__(self, clock: Clock = time.time_ns) -> None:
        self.registry = Registry()
        self._clock = clock
        self._queue: queue.Queue[Delivery] = queue.Queue(_WAITING)
        self._sent: deque[Delivery] = deque(maxlen=_REMEMBERED)
        self._keys: list[TokenKey] = []
        self._lock = threading.Lock()
        self._started = False
        self._watch = Watch(clock, self.emit)

    def emit(
        self, event_type: str, data: Mapping[str, Any], config: Mapping[str, Any] | None = None
    ) -> None:
        """Tell of an event, such as ``emit("batch.succeeded", {"id": "batches/1"}, webhook_config_of_the_job)``.

        ``config`` is the job's own webhook configuration as it came on the wire, if it has one: its addresses are
        told instead of those registered, and its metadata comes with the event.
        """
        config = config or {}
        event = self._event(event_type, data, config)
        uris: Sequence[str] = config.get("uris") or ()
        told = [Delivery(uri, event, None) for uri in uris] or [
            Delivery(webhook.uri, event, webhook)
            for webhook in self.registry.subscribed(event_type)
        ]
        self._post(told)

    def when_ended(self, look: Look, config: Mapping[str, Any] | None = None) -> None:
        """Emit what ``look`` says once it says something; a job that nobody wants to hear of now is not looked at.

        ``look`` gets the time and is called from another thread; ``config`` as for ``emit``.
        """
        if self.registry.any() or (config or {}).get("uris"):
            self._watch.add(look, config)

    def ping(self, webhook: Webhook) -> None:
        """A test event for one registered webhook."""
        self._post([Delivery(webhook.uri, self._event("webhook.ping", {}, {}), webhook)])

    def deliveries(self) -> list[Json]:
        """What was sent, the oldest first."""
        return [delivery.described() for delivery in list(self._sent)]

    def jwks(self) -> Json:
        """The public keys of webhooks of single jobs."""
        return {"keys": [key.jwk() for key in self._token_keys()]}

    def rotate_keys(self) -> None:
        """From now on another key signs for single jobs; the one before stays published."""
        self._token_keys()
        with self._lock:
            self._keys = [TokenKey(), *self._keys[:1]]

    def _event(self, kind: str, data: Mapping[str, Any], config: Mapping[str, Any]) -> Json:
        now = datetime.fromtimestamp(self._clock() / 10**9, UTC).isoformat(timespec="seconds")
        timestamp = now.replace("+00:00", "Z")
        event = {"type": kind, "version": "v1", "timestamp": timestamp, "data": dict(data)}
        metadata = config.get("user_metadata") or config.get("userMetadata")
        return {**event, "user_metadata": metadata} if metadata else event

    def _token_keys(self) -> list[TokenKey]:
        with self._lock:
            if not self._keys:
                self._keys.append(TokenKey())
            return list(self._keys)

    def _post(self, deliveries: Sequence[Delivery]) -> None:
        if not deliveries:
            return
        with self._lock:
            if not self._started:
                self._started = True
                for _ in range(_SENDERS):
                    threading.Thread(target=self._send_all, daemon=True).start()
        for delivery in deliveries:
            self._sent.append(delivery)
            self._queue.put_nowait(delivery)

    def _send_all(self) -> None:
        import httpx  # noqa: PLC0415 - 80 ms that a simulator without webhooks does not need

        with httpx.Client(timeout=TIMEOUT_SECONDS, trust_env=False) as client:

            def post(delivery: Delivery) -> int:
                body = json.dumps(delivery.event).encode()
                try:
                    headers = self._headers(delivery, body)
                    return client.post(delivery.uri, content=body, headers=headers).status_code
                except (httpx.HTTPError, httpx.InvalidURL):
                    return 0

            while True:
                _deliver(self._queue.get(), post)

    def _headers(self, delivery: Delivery, body: bytes) -> dict[str, str]:
        now = self._clock()
        timestamp = now // 10**9
        if delivery.webhook is None:
            signature = self._token_keys()[0].token(delivery.uri, delivery.event, timestamp)
        else:
            signature = " ".join(
                hmac_signature(secret, delivery.webhook_id, timestamp, body)
                for secret in delivery.webhook.good_secrets(now)
            )
        return {
            "content-type": "application/json",
            "webhook-id": delivery.webhook_id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": signature,
        }


def _deliver(delivery: Delivery, post: Callable[[Delivery], int]) -> None:
    """Until it is taken, or ``ATTEMPTS`` times; pauses double."""
    for attempt in range(ATTEMPTS):
        if attempt:
            time.sleep(FIRST_PAUSE_SECONDS * 2 ** (attempt - 1))
        delivery.statuses.append(post(delivery))
        if 200 <= delivery.statuses[-1] < 300:
            return
