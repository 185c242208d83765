"""Interactions and agents: once per id, whoever fetches them."""

from gemledger.surfaces.surface import Surface

SURFACES: tuple[Surface, ...] = ()
