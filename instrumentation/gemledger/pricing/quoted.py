"""Prices the way pages state them, from the integers the book holds; exact, for people to read."""

_PIECES = frozenset(("image", "video_second", "song"))
_PICO_DIGITS, _MILLION_DIGITS = 12, 6


def usd(cell_or_unit: str, pico: int) -> str:
    """US dollars per million tokens or token hours, else per unit; at least two decimals, no trailing noise."""
    places = _PICO_DIGITS if is_per_piece(cell_or_unit) else _MILLION_DIGITS
    return dollars(pico, places)


def dollars(pico: int, places: int = _PICO_DIGITS) -> str:
    """An integer with its last ``places`` digits behind the point."""
    digits = f"{pico:0{places + 1}d}"
    whole, fraction = digits[:-places], digits[-places:].rstrip("0")
    return f"{whole}.{fraction:0<2}"


def per(cell_or_unit: str) -> str:
    """What such a price is for: ``million tokens``, ``image``, ``grounding query``."""
    if cell_or_unit == "token_hour":
        return "million token hours"
    if not is_per_piece(cell_or_unit):
        return "million tokens"
    unit = cell_or_unit.partition(".")[0]
    return "second of video" if unit == "video_second" else unit.replace("_", " ")


def is_per_piece(cell_or_unit: str) -> bool:
    """Whether a price is for one of something: an image, a query; tokens and token hours are priced by the million."""
    unit = cell_or_unit.partition(".")[0]
    return unit in _PIECES or unit.endswith(("_query", "_prompt"))
