"""Batches: created, looked at, listed; their results settle them."""

from gemledger.surfaces.surface import Surface

SURFACES: tuple[Surface, ...] = ()
