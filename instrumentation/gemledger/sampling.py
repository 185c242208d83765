"""Which answers are judged, and so which are worth capturing: a hash. Pure; imports nothing of gemledger.

The app and the collector draw the same sample without talking to each other, because both ask this module. A key is a
trace id (32 lower-case hex digits) or a conversation id; all judge rules share one salt, so who is in at one rate is in
at every higher one, whichever rule asks.
"""

import hashlib

DIGITS = 16
"""How many hex digits of the hash decide: 64 bits."""
SALT = "gemledger/"
"""Of every judge rule and every app. Were it a rule's own, an app could not know what the rule will pick."""
_ALL = "g"  # sorts after every hex digit, so every hash is below it


def trace_key(trace_id: int) -> str:
    """The key of a trace: its id as 32 lower-case hex digits, as it is written on the wire and in the store."""
    return f"{trace_id:032x}"


def threshold(rate: float) -> str:
    """The hash prefix below which a key is in a sample of this rate (0 to 1)."""
    below = int(rate * 16**DIGITS)
    return _ALL if below >= 16**DIGITS else f"{below:0{DIGITS}x}"


def position(key: str, salt: str = SALT) -> str:
    """Where a trace or conversation id lies among all: sixteen hex digits, spread evenly."""
    salted = (salt + key).encode("utf-8", "replace")
    return hashlib.sha256(salted).hexdigest()[:DIGITS]


def unit_position(key: str) -> float:
    """The same as a number in [0, 1): 53 bits of it, so that it is exact, and the same in any database."""
    return (int(position(key), 16) >> 11) / 2**53


def chosen(key: str, rate: float, salt: str = SALT) -> bool:
    """Whether the key is in the sample. Who is in at one rate is in at every higher one."""
    return position(key, salt) < threshold(rate)
