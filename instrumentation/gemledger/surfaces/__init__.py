"""The table: which SDK methods are patched, and with what. A room for each kind of thing that Google bills.

A wrapper takes the SDK's function and gives one of the same kind, so that a caller cannot tell the difference.
``docs/surfaces.md`` lists every public method of the SDK with how its bill is measured.
"""

from gemledger.surfaces import (
    batches,
    caches,
    embeddings,
    file_search,
    generate_content,
    interactions,
    live,
    media,
    token_counts,
    tunings,
)
from gemledger.surfaces.generate_content import CLIENT, MODELS
from gemledger.surfaces.surface import Function, Surface

__all__ = ["CLIENT", "MODELS", "SURFACES", "Function", "Surface"]

_ROOMS = (
    generate_content,
    batches,
    caches,
    embeddings,
    media,
    token_counts,
    file_search,
    live,
    interactions,
    tunings,
)
SURFACES: tuple[Surface, ...] = tuple(surface for room in _ROOMS for surface in room.SURFACES)
"""From the inside out within a module: a public method is patched only when what lies below it is."""
