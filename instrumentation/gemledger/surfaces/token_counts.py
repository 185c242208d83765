"""Counting tokens: free, and visible."""

from gemledger.surfaces.surface import Surface

SURFACES: tuple[Surface, ...] = ()
