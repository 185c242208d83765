"""File search stores: indexing is billed, storage and search are not."""

from gemledger.surfaces.surface import Surface

SURFACES: tuple[Surface, ...] = ()
