"""Images, videos and songs: what is billed by the piece."""

from gemledger.surfaces.surface import Surface

SURFACES: tuple[Surface, ...] = ()
