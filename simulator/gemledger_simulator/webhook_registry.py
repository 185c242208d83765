"""Webhooks of a project: registered, changed, their secrets rotated."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Lock
from typing import Any

from .fields import Json
from .webhook_signing import new_secret

EVENTS = (
    "batch.succeeded",
    "batch.cancelled",
    "batch.expired",
    "batch.failed",
    "interaction.requires_action",
    "interaction.completed",
    "interaction.failed",
    "interaction.cancelled",
    "video.generated",
)
STATES = ("enabled", "disabled", "disabled_due_to_failed_deliveries")
DAY = 86_400 * 10**9
"""How long a rotated secret goes on to sign, unless it is revoked at once; in nanoseconds."""


class WebhookError(ValueError):
    """What was asked cannot be; the text is the API's answer."""


@dataclass(slots=True)
class Secret:
    """A signing secret, and when it ends; None while it is the newest."""

    text: str
    expires_at_unix_nano: int | None = None


@dataclass(slots=True)
class Webhook:
    """One registered receiver."""

    id: str
    uri: str
    events: Sequence[str]
    name: str | None
    created_at_unix_nano: int
    updated_at_unix_nano: int
    state: str = "enabled"
    secrets: list[Secret] = field(default_factory=list)

    def good_secrets(self, now: int) -> list[str]:
        """Every secret that signs at this time, the newest first."""
        return [
            secret.text
            for secret in reversed(self.secrets)
            if secret.expires_at_unix_nano is None or secret.expires_at_unix_nano > now
        ]

    def described(self) -> Json:
        """The resource as the API answers it: of secrets, only their ends."""
        return {
            "id": self.id,
            "uri": self.uri,
            "subscribed_events": list(self.events),
            "state": self.state,
            "create_time": _iso(self.created_at_unix_nano),
            "update_time": _iso(self.updated_at_unix_nano),
            "signing_secrets": [_described_secret(secret) for secret in self.secrets],
            **({} if self.name is None else {"name": self.name}),
        }


class Registry:
    """The webhooks of the one project that a simulator has. Times are unix nanoseconds. Thread-safe."""

    def __init__(self) -> None:
        self._webhooks: dict[str, Webhook] = {}
        self._lock = Lock()

    def create(self, asked: Json, now: int) -> Json:
        """The new resource, with its secret: that is told only here. Raises WebhookError."""
        webhook = Webhook(
            id=secrets.token_hex(8),
            uri=_uri(asked.get("uri")),
            events=_events(asked.get("subscribed_events")),
            name=asked.get("name"),
            created_at_unix_nano=now,
            updated_at_unix_nano=now,
            secrets=[Secret(new_secret())],
        )
        with self._lock:
            self._webhooks[webhook.id] = webhook
        return {**webhook.described(), "new_signing_secret": webhook.secrets[-1].text}

    def list(self, page_size: int, page_token: str) -> Json:
        """One page, in the order of registration. Raises WebhookError."""
        if not page_token.isdecimal() or not 1 <= page_size <= 1000:
            raise WebhookError("page_size must be 1 to 1000, page_token one that was given.")
        start = int(page_token)
        with self._lock:
            found = list(self._webhooks.values())
        page: Json = {"webhooks": [each.described() for each in found[start : start + page_size]]}
        if start + page_size < len(found):
            page["next_page_token"] = str(start + page_size)
        return page

    def get(self, webhook_id: str) -> Webhook:
        """Raises LookupError."""
        with self._lock:
            return self._webhooks[webhook_id]

    def update(self, webhook_id: str, asked: Json, mask: str | None, now: int) -> Json:
        """Change the fields that the mask names, or all that were given. Raises LookupError, WebhookError."""
        webhook = self.get(webhook_id)
        named = set(mask.split(",")) if mask else set(asked)
        changes = {name: _CHANGES[name](asked.get(name)) for name in named if name in _CHANGES}
        with self._lock:
            for name, value in changes.items():
                setattr(webhook, "events" if name == "subscribed_events" else name, value)
            webhook.updated_at_unix_nano = now
        return webhook.described()

    def delete(self, webhook_id: str) -> None:
        """Raises LookupError."""
        with self._lock:
            del self._webhooks[webhook_id]

    def rotate(self, webhook_id: str, revocation: str | None, now: int) -> Json:
        """A new secret, told only here; those before it sign for another day, or not at all. Raises LookupError."""
        webhook = self.get(webhook_id)
        at_once = revocation == "revoke_previous_secrets_immediately"
        with self._lock:
            for secret in webhook.secrets:
                if at_once or secret.expires_at_unix_nano is None:
                    secret.expires_at_unix_nano = now if at_once else now + DAY
            webhook.secrets.append(Secret(new_secret()))
            return {"secret": webhook.secrets[-1].text}

    def any(self) -> bool:
        """Whether there is one at all."""
        return bool(self._webhooks)

    def subscribed(self, event: str) -> Sequence[Webhook]:
        """Whoever is to be told of such an event."""
        with self._lock:
            every = list(self._webhooks.values())
        return [hook for hook in every if hook.state == "enabled" and event in hook.events]


def _uri(given: Any) -> str:  # noqa: ANN401 - whatever JSON holds
    if not isinstance(given, str) or not given.startswith(("http://", "https://")):
        raise WebhookError("uri is required and must be an HTTP address.")
    return given


def _events(given: Any) -> Sequence[str]:  # noqa: ANN401 - whatever JSON holds
    if not isinstance(given, list) or not given:
        raise WebhookError("subscribed_events is required.")
    unknown = [event for event in given if event not in EVENTS]
    if unknown:
        raise WebhookError(f"{unknown[0]!r} is not an event; there are {', '.join(EVENTS)}.")
    return tuple(given)


def _state(given: Any) -> str:  # noqa: ANN401 - whatever JSON holds
    if given not in STATES:
        raise WebhookError(f"state must be one of {', '.join(STATES)}.")
    return str(given)


_CHANGES: dict[str, Callable[[Any], Any]] = {
    "uri": _uri,
    "subscribed_events": _events,
    "state": _state,
    "name": lambda given: None if given is None else str(given),
}


def _described_secret(secret: Secret) -> Json:
    end = secret.expires_at_unix_nano
    shown = {"truncated_secret": f"{secret.text[:10]}..."}
    return shown if end is None else {**shown, "expire_time": _iso(end)}


def _iso(unix_nano: int) -> str:
    moment = datetime.fromtimestamp(unix_nano / 10**9, UTC)
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")
