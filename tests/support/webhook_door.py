"""The collector's door for Google's webhooks: a running collector, and everything it holds."""

import contextlib
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
from support.collector import RunningCollector, config_for
from support.webhooks import KeyPair, Listener, event, secret_of, signed

PATH = "/webhooks/gemini"
OLD, NEW, OTHER = secret_of("old"), secret_of("new"), secret_of("other")
AUDIENCE = "https://ledger.example.com/webhooks/gemini"
REFUSED = "gemledger_collector_webhooks_refused_total"
ACCEPTED = "gemledger_collector_webhooks_accepted_total"
TABLES = ("webhook_ids", "webhook_events", "job_events", "settlements", "spans", "ledger")

Json = dict[str, Any]


class Door:
    """A collector that believes two secrets and one set of public keys, and what it holds."""

    def __init__(self, collector: RunningCollector, google: Listener) -> None:
        self.collector = collector
        self.google = google
        self.key = KeyPair()
        self.publish(self.key.jwk())
        self.numbers = iter(range(10**6))
        self.counted: dict[str, float] = {}

    def count_from_here(self) -> None:
        """Let what was counted so far be nothing."""
        lines = self.collector.http.get("/metrics").text.splitlines()
        pairs = [line.rpartition(" ") for line in lines if not line.startswith("#")]
        self.counted = {name: float(value) for name, _, value in pairs}

    def publish(self, *keys: Json) -> None:
        """Let these be the public keys."""
        self.google.answer = json.dumps({"keys": keys}).encode()

    def post(self, body: bytes, headers: dict[str, str]) -> httpx.Response:
        """One delivery, with these headers and no others."""
        return self.collector.http.post(PATH, content=body, headers=headers)

    def fresh_id(self) -> str:
        """An id that no delivery had."""
        return f"msg_{next(self.numbers)}"

    def token(self, told: Json, **changes: Any) -> str:
        """A token as Google makes it, but for these claims; None leaves one out."""
        claims = claims_of(told) | {"jti": self.fresh_id()}
        claims = {k: v for k, v in (claims | changes).items() if v is not None}
        return self.key.token(claims)

    def stamped(self, text: str, **changes: str) -> dict[str, str]:
        """Headers with this as the signature."""
        headers = {
            "content-type": "application/json",
            "webhook-id": self.fresh_id(),
            "webhook-timestamp": str(int(time.time())),
            "webhook-signature": text,
        }
        return headers | changes

    def holds(self) -> Json:
        """Every row of every table that a webhook could change."""
        return {
            name: self.collector.select(f"select * from {name} order by all") for name in TABLES
        }

    def events(self) -> list[Json]:
        """What was told and kept, by the read API."""
        found: list[Json] = self.collector.get("/api/v1/webhooks")["events"]
        return found

    def refused(self, reason: str) -> float:
        """How many deliveries were refused for it."""
        return self._since(f'{REFUSED}{{reason="{reason}"}}')

    def accepted(self, kind: str) -> float:
        """How many deliveries of a kind were taken."""
        return self._since(f'{ACCEPTED}{{reason="{kind}"}}')

    def _since(self, name: str) -> float:
        return self.collector.metric(name) - self.counted.get(name, 0)


@contextlib.contextmanager
def opened_door(folder: Path) -> Iterator[Door]:
    """The door of a new collector."""
    with Listener() as google:
        webhooks = {
            "secrets": [OLD, NEW],
            "per_job": {"jwks_url": f"{google.url}/jwks", "audience": AUDIENCE, "issuer": "google"},
        }
        extensions = {"settle": {"webhooks": webhooks}}
        with RunningCollector(config_for(folder / "l.duckdb", extensions=extensions)) as collector:
            yield Door(collector, google)


def body_of(kind: str = "batch.succeeded", job: str = "batches/b1") -> bytes:
    """An event's bytes."""
    return json.dumps(event(kind, job)).encode()


def good(door: Door, body: bytes, secret: str = NEW) -> dict[str, str]:
    """The headers of a delivery that would be taken."""
    return signed(secret, door.fresh_id(), int(time.time()), body)


def claims_of(told: Json) -> Json:
    """What a good token says."""
    now = int(time.time())
    return {"aud": AUDIENCE, "iss": "google", "iat": now, "exp": now + 300, **told}
