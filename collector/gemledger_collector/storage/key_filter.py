"""Which keys were seen, in memory that does not grow: a blocked Bloom filter over 64-bit hashes."""

import numpy as np
import numpy.typing as npt

Keys = npt.NDArray[np.uint64]
Mask = npt.NDArray[np.bool_]

_MULTIPLIERS = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F))
"""One a word: each key sets four bits in each of two words, which costs two look-ups rather than eight."""
_BITS_A_WORD = 4


class KeyFilter:
    """Knows every key it was given, and takes a few others for known: the fuller, the more.

    At 26 bits of memory a key that is one unseen key in about 20,000.
    """

    def __init__(self, memory_bytes: int) -> None:
        words = 1 << max(0, (memory_bytes // 8).bit_length() - 1)
        self._words = np.zeros(words, dtype=np.uint64)

    def add(self, keys: Keys) -> None:
        """Remember the keys."""
        for multiplier in _MULTIPLIERS:
            place, bits = self._place(keys, multiplier)
            np.bitwise_or.at(self._words, place, bits)

    def may_hold(self, keys: Keys) -> Mask:
        """Whether each key may have been added; False is certain."""
        found: Mask = np.ones(len(keys), dtype=bool)
        for multiplier in _MULTIPLIERS:
            place, bits = self._place(keys, multiplier)
            found &= (self._words[place] & bits) == bits
        return found

    def _place(self, keys: Keys, multiplier: np.uint64) -> tuple[npt.NDArray[np.int64], Keys]:
        """The word of each key, and its bits in it."""
        mixed = keys * multiplier
        mixed ^= mixed >> np.uint64(29)
        mixed *= multiplier
        word = (mixed >> np.uint64(24)) & np.uint64(len(self._words) - 1)
        bits = np.zeros(len(keys), dtype=np.uint64)
        for index in range(_BITS_A_WORD):
            bits |= np.uint64(1) << ((mixed >> np.uint64(6 * index)) & np.uint64(63))
        return word.astype(np.int64), bits
