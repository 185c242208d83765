"""Live sessions: a span per turn, and one per session."""

from gemledger.surfaces.surface import Surface

SURFACES: tuple[Surface, ...] = ()
