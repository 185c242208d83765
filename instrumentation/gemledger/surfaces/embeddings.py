"""Embeddings: input tokens, in both ways the two platforms count them."""

from gemledger.surfaces.surface import Surface

SURFACES: tuple[Surface, ...] = ()
