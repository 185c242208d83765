"""Which answers are judged: a hash, so the choice is the same in every process and needs no memory; pure."""

import hashlib

DIGITS = 16
"""How many hex digits of the hash decide: 64 bits."""
_ALL = "g"  # sorts after every hex digit, so every hash is below it


def threshold(rate: float) -> str:
    """The hash prefix below which a key is in a sample of this rate (0 to 1)."""
    below = int(rate * 16**DIGITS)
    return _ALL if below >= 16**DIGITS else f"{below:0{DIGITS}x}"


def position(key: str, salt: str) -> str:
    """Where a trace or conversation id lies among all: sixteen hex digits, spread evenly."""
    return hashlib.sha256((salt + key).encode()).hexdigest()[:DIGITS]


def chosen(key: str, rate: float, salt: str) -> bool:
    """Whether the key is in the sample. Who is in at one rate is in at every higher one."""
    return position(key, salt) < threshold(rate)
