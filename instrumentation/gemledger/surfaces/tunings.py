"""Tuning jobs: billed by the token trained on."""

from gemledger.surfaces.surface import Surface

SURFACES: tuple[Surface, ...] = ()
