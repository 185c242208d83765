"""Embeddings: one span per ``embed_content``, whichever of Google's three methods answers it.

The Gemini API (``batchEmbedContents``) and the newer models of Vertex AI (``embedContent``) give a usage; the older
models of Vertex AI (``predict``) count each text's tokens, and characters beside them. An SDK that drops the usage
(before 3.4 on the Gemini API) leaves a call without a price.
"""

from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

from gemledger import semconv
from gemledger.surfaces.generate_content import MODELS
from gemledger.surfaces.one_exchange import Answered, wrap_one, wrap_one_async
from gemledger.surfaces.surface import Surface

_OPERATION = "embeddings"


class Embedded(Answered):
    """The answer to ``embed_content``."""

    __slots__ = ()

    def read(self, response: Any) -> None:  # noqa: ANN401 - an EmbedContentResponse
        """The usage, else the sum of what each embedding says of its text."""
        super().read(response)
        if getattr(self.metadata, "prompt_token_count", None) is None:
            statistics = [one.statistics for one in response.embeddings or ()]
            self.metadata, whole = _summed(statistics)
            self.doubts = () if whole or self.metadata is None else ("partial_usage",)
        characters = getattr(response.metadata, "billable_character_count", None)
        if type(characters) is int:
            self.told = {semconv.BILLABLE_CHARACTERS: characters}


def _summed(statistics: Iterable[Any]) -> tuple[Any, bool]:
    """A usage of all texts together, None where nothing was counted; and whether all of them were counted."""
    every = list(statistics)
    counted = [one for one in every if getattr(one, "token_count", None) is not None]
    if not counted:
        return None, False
    tokens = sum(one.token_count for one in counted)
    details = [detail for one in counted for detail in getattr(one, "tokens_details", None) or ()]
    # The SDK calls a count of tokens a float.
    whole_tokens = int(tokens) if tokens == int(tokens) else tokens
    usage = SimpleNamespace(prompt_token_count=whole_tokens, prompt_tokens_details=details)
    return usage, len(counted) == len(every)


SURFACES = (
    Surface(MODELS, "Models", "embed_content", wrap_one(_OPERATION, Embedded), since="1.0"),
    Surface(
        MODELS, "AsyncModels", "embed_content", wrap_one_async(_OPERATION, Embedded), since="1.0"
    ),
)
