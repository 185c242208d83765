"""A generateContent request that names an explicit cache: what it reads from it, or why it may not."""

from collections.abc import Mapping

from . import models
from .context_caches import ContextCaches
from .engine import SimulatedResponse, error
from .fields import Json, field

_NOT_WITH_A_CACHE = ("systemInstruction", "tools", "toolConfig")


def cached_tokens(
    caches: ContextCaches, model: str, request: Json, now_ns: int
) -> Mapping[str, int] | SimulatedResponse:
    """Tokens by modality that come from the cache, none where none is named; else Google's refusal."""
    name = field(request, "cachedContent")
    if not name:
        return {}
    cache = caches.find(str(name), now_ns)
    if cache is None:
        return error(403, "CachedContent not found (or permission denied)")
    served, holds = models.served_model(model, now_ns), cache.model.rpartition("/")[2]
    if served != holds:
        return error(
            400,
            f"Model used by GenerateContent request (models/{served}) and CachedContent "
            f"(models/{holds}) has to be the same.",
        )
    if any(field(request, part) for part in _NOT_WITH_A_CACHE):
        return error(
            400,
            "CachedContent can not be used with GenerateContent request setting "
            "system_instruction, tools or tool_config.",
        )
    return cache.tokens
