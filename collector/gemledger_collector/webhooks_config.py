"""Configuration of ``extensions.settle.webhooks``: whom to believe, and what to do then. Secrets are never shown."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, SecretStr, field_validator, model_validator

from gemledger_collector.config_values import Duration, Listed, Strict
from gemledger_collector.sizes import Bytes

_PREFIX = "whsec_"
_FEWEST_KEY_BYTES = 16
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def key_of(secret: str) -> bytes:
    """The key in a ``whsec_…`` secret. Raises ValueError, which does not repeat it."""
    if not secret.startswith(_PREFIX):
        raise ValueError(
            "a secret does not begin with whsec_; give it as client.webhooks.create returned it"
        )
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("what follows whsec_ in a secret is not base64; was it cut off?") from None
    if len(key) < _FEWEST_KEY_BYTES:
        raise ValueError("a secret is too short to be one; was it cut off?")
    return key


def _secret_or_none(written: object) -> object:
    """YAML reads ``${env:KEY:-}`` as null and digits as a number; a key is a text or not there."""
    if isinstance(written, Mapping | Sequence) and not isinstance(written, str):
        raise ValueError("write one text, such as ${env:GEMINI_API_KEY}")  # noqa: TRY004 - pydantic reports ValueError only
    return None if written in (None, "") else str(written)


OptionalSecret = Annotated[SecretStr | None, BeforeValidator(_secret_or_none)]


def _safe_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme == "https" and parts.hostname:
        return url
    if parts.scheme == "http" and parts.hostname in _LOOPBACK:
        return url
    raise ValueError("give an https:// address; http:// is for this machine only")


class PerJob(Strict):
    """Webhooks that a single job asked for: a token, checked with public keys. Without ``jwks_url`` none is taken.

    Google signs for every customer of its own: ``audience`` and ``issuer``, where given, must be the token's.
    ``body``: ``signed`` takes an event only if the token repeats it, ``unsigned`` any body beside a good token.
    """

    jwks_url: str | None = None
    audience: Annotated[str, Field(min_length=1)] | None = None
    issuer: Annotated[str, Field(min_length=1)] | None = None
    body: Literal["signed", "unsigned"] = "signed"
    timeout: Duration = timedelta(seconds=5)

    @field_validator("jwks_url")
    @classmethod
    def _is_safe(cls, url: str | None) -> str | None:
        return None if url is None else _safe_url(url)


class Fetch(Strict):
    """How the collector fetches a job itself. Without ``api_key`` it only marks the job ready for the app."""

    api_key: OptionalSecret = None
    base_url: str | None = None
    concurrency: Annotated[int, Field(ge=1, le=16)] = 2
    max_attempts: Annotated[int, Field(ge=1, le=20)] = 8
    retry_after: Duration = timedelta(seconds=30)
    timeout: Duration = timedelta(seconds=30)
    max_result_bytes: Annotated[Bytes, Field(ge=1024)] = 256 * 2**20

    @field_validator("base_url")
    @classmethod
    def _is_safe(cls, url: str | None) -> str | None:
        return None if url is None else _safe_url(url)

    @model_validator(mode="after")
    def _waits(self) -> Self:
        if self.retry_after <= timedelta(0) or self.timeout <= timedelta(0):
            raise ValueError("retry_after and timeout must be above 0; give durations such as 30s")
        return self


class WebhooksConfig(Strict):
    """All of ``extensions.settle.webhooks``. Neither ``secrets`` nor ``per_job.jwks_url``: there is no receiver."""

    secrets: Listed[SecretStr] = ()
    max_body_bytes: Annotated[Bytes, Field(ge=1024, le=2**20)] = 64 * 2**10
    per_job: PerJob = PerJob()
    fetch: Fetch = Fetch()

    @field_validator("secrets", mode="before")
    @classmethod
    def _are_secrets(cls, written: object) -> object:
        """Checked here, with the list as a whole: a message about one entry would repeat it."""
        if not isinstance(written, Sequence) or isinstance(written, str):
            raise ValueError("secrets is no list; write [${env:GEMINI_WEBHOOK_SECRET}]")  # noqa: TRY004 - pydantic reports ValueError only
        given = [str(secret) for secret in written if secret not in (None, "")]
        for secret in given:
            key_of(secret)
        return tuple(given)

    @property
    def keys(self) -> tuple[bytes, ...]:
        """The keys of the secrets."""
        return tuple(key_of(secret.get_secret_value()) for secret in self.secrets)

    @property
    def enabled(self) -> bool:
        """Whether there is anybody to believe."""
        return bool(self.secrets) or self.per_job.jwks_url is not None
