"""``processors`` of the configuration file: what happens to spans between the door and the store."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field, SecretStr, field_validator

from gemledger.redaction import KINDS, Redactor
from gemledger_collector.attribution_config import AttributeProcessor
from gemledger_collector.config_values import Listed, Strict
from gemledger_collector.sizes import Bytes


class DeduplicateProcessor(Strict):
    """How much memory may remember who told which call; used only where several instrumentations report."""

    memory: Annotated[Bytes, Field(ge=2**20)] = 64 * 2**20


class PriceProcessor(Strict):
    """Pricing on arrival. The overlay is a TOML file of one's own discounts, terms, endpoints and models."""

    overlay: Annotated[str, Field(min_length=1)] | None = None


class RedactProcessor(Strict):
    """Whether captured prompts and answers are redacted before they are stored, and how.

    With the apps' ``key`` a redacted value carries their hash; ``keep`` names kinds that stay in the text. Attributes
    of other instrumentations are redacted, too; a value of anyone's beyond ``max_attribute_bytes`` is cut.
    """

    content: bool = True
    key: SecretStr | None = None
    keep: Listed[str] = ()
    max_attribute_bytes: Annotated[int, Field(ge=256, le=2**20)] = 8_192

    @field_validator("keep")
    @classmethod
    def _are_kinds(cls, keep: Sequence[str]) -> Sequence[str]:
        unknown = [kind for kind in keep if kind not in KINDS]
        if unknown:
            raise ValueError(
                f"{unknown[0]!r} is no kind of redaction; known are {', '.join(KINDS)}"
            )
        return keep

    @property
    def redactor(self) -> Redactor | None:
        """What redacts, or None where nothing does."""
        key = self.key.get_secret_value().encode() if self.key is not None else b""
        return Redactor(key or None, frozenset(self.keep)) if self.content else None


class Processors(Strict):
    """``processors``."""

    attribute: AttributeProcessor = AttributeProcessor()
    deduplicate: DeduplicateProcessor = DeduplicateProcessor()
    price: PriceProcessor = PriceProcessor()
    redact: RedactProcessor = RedactProcessor()
