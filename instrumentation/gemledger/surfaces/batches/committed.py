"""What a batch is expected to cost, from what is known when it is handed in, without asking anybody. Pure.

An estimate, and one that says how it was made: four characters are a token; a part that is no text is 258 tokens (an
image tile); a request is answered by ``max_output_tokens`` where it names them, else by 1,000 tokens. A file of
requests that this process uploaded has a size: four bytes are a token. Any other file, a bucket, a table: unknown.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from gemledger.attributes import field
from gemledger.pricing import Book, Facts, Usage, price_exchange

CHARACTERS_PER_TOKEN = 4
MEDIA_TOKENS = 258
ASSUMED_OUTPUT_TOKENS = 1_000
_DEEPEST = 8
"""Contents hold parts, and those hold text; nothing is nested deeper that the SDK would send."""


class Uploaded(NamedTuple):
    """A file that this process uploaded; ``requests`` is how many lines it has, ``exact`` if they were all counted."""

    size_bytes: int
    requests: int | None
    exact: bool


class Estimate(NamedTuple):
    """How many requests there are of each size: tokens of input, tokens of output; empty where nothing is known.

    ``requests`` is how many there are together, where all are counted.
    """

    sizes: Mapping[tuple[int, int], int]
    requests: int | None

    def pico_usd(self, book: Book, facts: Facts) -> int | None:
        """What they cost at the batch tier; None where that is unknown, or has no price."""
        total = 0
        for tokens, requests in self.sizes.items():
            asked = facts._replace(usage=Usage(*tokens), tier="batch", reasons=())
            cost = price_exchange(book, asked).total_pico_usd
            if cost is None:
                return None
            total += cost * requests
        return total if self.sizes else None


UNKNOWN = Estimate({}, None)


def estimate_of(source: Any, uploads: Mapping[str, Uploaded], *, embeds: bool) -> Estimate:  # noqa: ANN401 - any form of the SDK's
    """What the source of a batch says of its size."""
    file_name = source if isinstance(source, str) else field(source, "file_name")
    if isinstance(file_name, str):
        return _of_file(uploads.get(file_name), embeds=embeds)
    requests = source if isinstance(source, list) else field(source, "inlined_requests")
    if not requests:
        return UNKNOWN
    if embeds:
        contents = field(requests, "contents")
        listed = contents if isinstance(contents, list) else [contents]
        return _of((_tokens(one), 0) for one in listed)
    return _of(_tokens_of_request(one) for one in requests)


def _of(tokens: Iterable[tuple[int, int]]) -> Estimate:
    sizes = Counter(tokens)
    return Estimate(sizes, sizes.total())


def _of_file(file: Uploaded | None, *, embeds: bool) -> Estimate:
    """As many requests of their mean size as there are lines; lines that nobody counted are one, without an answer."""
    if file is None:
        return UNKNOWN
    requests = max(file.requests or 1, 1)
    mean = file.size_bytes // CHARACTERS_PER_TOKEN // requests
    output = 0 if embeds or file.requests is None else ASSUMED_OUTPUT_TOKENS
    return Estimate({(mean, output): requests}, file.requests if file.exact else None)


def _tokens_of_request(request: Any) -> tuple[int, int]:  # noqa: ANN401 - an InlinedRequest, or a dict
    """Of one request: what is asked, and how long the answer may be."""
    config = field(request, "config")
    asked = _tokens(field(request, "contents")) + _tokens(field(config, "system_instruction"))
    longest = field(config, "max_output_tokens")
    return asked, longest if type(longest) is int and longest > 0 else ASSUMED_OUTPUT_TOKENS


def _tokens(contents: Any, depth: int = 0) -> int:  # noqa: ANN401 - contents in any form of the SDK's
    """Of contents, rounded up for each text."""
    if isinstance(contents, str):
        return -(-len(contents) // CHARACTERS_PER_TOKEN)
    if contents is None or depth > _DEEPEST:
        return 0
    if isinstance(contents, list | tuple):
        return sum(_tokens(one, depth + 1) for one in contents)
    parts, text = field(contents, "parts"), field(contents, "text")
    if parts is not None:
        return _tokens(parts, depth + 1)
    return MEDIA_TOKENS if text is None else _tokens(text, depth + 1)
