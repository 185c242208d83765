"""``extensions.api`` of the configuration file: who may ask."""

from typing import Self

from pydantic import model_validator

from gemledger_collector.alerts_config import Listed, Strict


class ApiExtension(Strict):
    """Who may ask. Tokens are not built yet, so the collector listens on loopback only."""

    tokens: Listed[str] = ()
    allowed_hosts: Listed[str] = ()
    external_url: str | None = None

    @model_validator(mode="after")
    def _no_tokens_yet(self) -> Self:
        if self.tokens:
            raise ValueError("tokens are not supported yet; remove them and keep to loopback")
        return self
