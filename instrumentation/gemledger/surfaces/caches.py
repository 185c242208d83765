"""Explicit context caches: created, updated, deleted, looked at."""

from gemledger.surfaces.surface import Surface

SURFACES: tuple[Surface, ...] = ()
