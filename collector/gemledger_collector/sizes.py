"""Sizes as people write them."""

import re
from typing import Annotated

from pydantic import BeforeValidator

_UNITS = {"B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}


def parse_size(written: object) -> int:
    """Bytes in a size such as ``300MB`` or ``4MiB``. Raises ValueError."""
    match = re.fullmatch(r"(\d+)(B|[KMG]i?B)", written) if isinstance(written, str) else None
    if match is None:
        raise ValueError("write a size with its unit, such as 512KB, 300MB, 2GB or 4MiB")
    return int(match[1]) * _UNITS[match[2]]


Bytes = Annotated[int, BeforeValidator(parse_size)]
