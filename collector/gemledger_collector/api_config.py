"""``extensions.api`` of the configuration file: who may ask."""

from datetime import UTC, date, datetime, time
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator

from gemledger_collector.access import Scope
from gemledger_collector.config_values import Listed, Name, Strict
from gemledger_collector.token_door import Token
from gemledger_collector.tokens import TokenHash

_TAKEN = ("anybody", "collector", "loopback")
"""Names that the audit gives to others."""


def _parse_moment(written: object) -> datetime:
    """A date (the first moment of it, UTC) or a time, as YAML or a person writes it. Raises ValueError."""
    if isinstance(written, str):
        try:
            written = datetime.fromisoformat(written)
        except ValueError:
            written = None
    if isinstance(written, datetime):
        return written if written.tzinfo else written.replace(tzinfo=UTC)
    if isinstance(written, date):
        return datetime.combine(written, time(), UTC)
    raise ValueError("write a date or a time, such as 2027-01-31 or 2027-01-31T18:00:00Z")


def _parse_hash(written: object) -> str:
    if not isinstance(written, str):
        raise ValueError("write sha256:SALT:DIGEST, as `gemledger token new NAME` prints it")  # noqa: TRY004
    return str(TokenHash.parse(written))


class TokenConfig(Strict):
    """A token: whose, the hash of its secret, and what it may. ``expires`` is the first moment it is refused."""

    name: Name
    hash: Annotated[str, BeforeValidator(_parse_hash), Field(repr=False)]
    scopes: Annotated[Listed[Scope], Field(min_length=1)]
    expires: Annotated[datetime, BeforeValidator(_parse_moment)] | None = None
    requests_per_minute: Annotated[int, Field(ge=1, le=10**6)] | None = None

    @field_validator("name")
    @classmethod
    def _is_free(cls, name: str) -> str:
        if name in _TAKEN:
            raise ValueError(f"{name!r} has a meaning of its own in the audit; give another name")
        return name

    @property
    def token(self) -> Token:
        """As the door takes it."""
        expires = None if self.expires is None else int(self.expires.timestamp()) * 10**9
        return Token(
            self.name,
            TokenHash.parse(self.hash),
            frozenset(self.scopes),
            expires,
            self.requests_per_minute,
        )


class ApiExtension(Strict):
    """Who may ask. Without tokens everybody on this machine may, and nobody else."""

    tokens: Listed[TokenConfig] = ()
    allowed_hosts: Listed[str] = ()
    external_url: str | None = None

    @model_validator(mode="after")
    def _tokens_differ(self) -> Self:
        for key in ("name", "hash"):
            values = [getattr(token, key) for token in self.tokens]
            for index, value in enumerate(values):
                if value in values[:index]:
                    first, second = self.tokens[values.index(value)].name, self.tokens[index].name
                    raise ValueError(
                        f"tokens {first!r} and {second!r} have the same {key}; give each its own"
                    )
        return self

    @property
    def admitted(self) -> tuple[Token, ...]:
        """The tokens, as the door takes them."""
        return tuple(token.token for token in self.tokens)
