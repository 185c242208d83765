"""What a test wants of a batch: header ``x-simulator-batch``, JSON, every field optional.

``after_seconds``  until the job has ended (usually 60; its first tenth it is pending, then running)
``state``          how it ends: ``succeeded``, ``failed``, ``cancelled``, ``expired``; ``running``: it never does
``fail``           numbers of requests, from 0, that are answered with an error
``broken``         numbers of lines, from 0, of a result file that are cut in the middle
``done``           how many requests were answered when a job ended otherwise than well; usually none

``x-simulator-usage`` is the usage of every line, or a list: the first line's, the second's, …, the last for the rest.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

from gemledger_simulator.usage import Usage

HEADER = "x-simulator-batch"
ENDS = ("succeeded", "failed", "cancelled", "expired")
_STATES = (*ENDS, "running")


class WishError(ValueError):
    """The header ``x-simulator-batch`` cannot be read; the text says why and what to send."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """See the module's text."""

    after_seconds: float = 60.0
    state: str = "succeeded"
    fail: tuple[int, ...] = ()
    broken: tuple[int, ...] = ()
    done: int = 0
    usage: tuple[Usage, ...] = ()

    @classmethod
    def of(cls, headers: Mapping[str, str]) -> Self:
        """What the headers ask for. Raises WishError, UsageError."""
        wanted = _json(headers.get(HEADER, "{}"), HEADER)
        known = [spec.name for spec in fields(cls) if spec.name != "usage"]
        if not isinstance(wanted, dict) or not set(wanted) <= set(known):
            raise WishError(f"{HEADER} is an object of {', '.join(known)}; got {wanted}")
        if wanted.get("state", "succeeded") not in _STATES:
            raise WishError(f"{HEADER}: state is {wanted['state']!r}; send {' or '.join(_STATES)}")
        for name in ("fail", "broken"):
            wanted[name] = tuple(wanted.get(name, ()))
        usage = _json(headers.get("x-simulator-usage", "[]"), "x-simulator-usage")
        listed = usage if isinstance(usage, list) else [usage]
        return cls(**wanted, usage=tuple(Usage.from_header(json.dumps(one)) for one in listed))

    def usage_of(self, number: int) -> Usage | None:
        """The usage of a line; None where it is to be counted."""
        return self.usage[min(number, len(self.usage) - 1)] if self.usage else None


def _json(text: str, header: str) -> Any:  # noqa: ANN401 - whatever a header holds
    try:
        return json.loads(text)
    except ValueError as error:
        raise WishError(f"{header} is not JSON: {error}") from None
