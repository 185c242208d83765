"""Which part of a prompt has been seen before: whole blocks of 512 tokens from its beginning."""

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from hashlib import blake2b

from .tokens import BYTES_PER_TOKEN, Segment

BLOCK_TOKENS = 512


class PrefixCache:
    """Remembers at most ``capacity`` blocks, the longest unused forgotten first."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._seen: OrderedDict[bytes, None] = OrderedDict()

    def admit(self, model: str, segments: Iterable[Segment]) -> int:
        """Tokens of this prompt that an earlier one for the same model began with; remembers this one."""
        cached_blocks, unbroken = 0, True
        for block in _blocks(model, segments):
            unbroken = unbroken and block in self._seen
            cached_blocks += unbroken
            self._seen[block] = None
            self._seen.move_to_end(block)
        while len(self._seen) > self._capacity:
            self._seen.popitem(last=False)
        return cached_blocks * BLOCK_TOKENS


def _blocks(model: str, segments: Iterable[Segment]) -> Iterator[bytes]:
    """One digest per whole block, chained: a block is known by everything before it, too."""
    prompt = b"".join(segment.payload for segment in segments)
    size = BLOCK_TOKENS * BYTES_PER_TOKEN
    above = model.encode()
    for start in range(0, len(prompt) - size + 1, size):
        above = blake2b(above + prompt[start : start + size], digest_size=16).digest()
        yield above
