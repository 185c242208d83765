"""Counting tokens: free, and visible. What was counted is told apart from usage, since nobody is billed for it."""

from collections.abc import Iterator
from typing import Any

from gemledger import semconv
from gemledger.surfaces.generate_content import MODELS
from gemledger.surfaces.one_exchange import Free, wrap_one, wrap_one_async
from gemledger.surfaces.surface import Surface


class Counted(Free):
    """A request that counts tokens."""

    __slots__ = ()

    def read(self, response: Any) -> None:  # noqa: ANN401 - a CountTokensResponse
        """The figure that came back."""
        super().read(response)
        self._tell(getattr(response, "total_tokens", None))

    def _tell(self, count: Any) -> None:  # noqa: ANN401 - anything that came over the wire
        if type(count) is int:
            self.told = {semconv.COUNTED_TOKENS: count}


class Computed(Counted):
    """A request that cuts a text into tokens and gives them back."""

    __slots__ = ()

    def read(self, response: Any) -> None:  # noqa: ANN401 - a ComputeTokensResponse
        """How many tokens came back."""
        Free.read(self, response)
        infos = getattr(response, "tokens_info", None)
        if infos is not None:
            self._tell(sum(len(info.token_ids or info.tokens or ()) for info in infos))


def _surfaces() -> Iterator[Surface]:
    for method, kind in (("count_tokens", Counted), ("compute_tokens", Computed)):
        yield Surface(MODELS, "Models", method, wrap_one(method, kind), since="1.0")
        yield Surface(MODELS, "AsyncModels", method, wrap_one_async(method, kind), since="1.0")


SURFACES = tuple(_surfaces())
