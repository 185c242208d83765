"""Lists in pages, as every list of the API comes."""

from collections.abc import Sequence
from typing import TypeVar

from starlette.requests import Request

from .fields import Json

_USUAL_PAGE = 50
_T = TypeVar("_T")


def page(items: Sequence[_T], request: Request) -> tuple[Sequence[_T], Json]:
    """The page that ``pageSize`` and ``pageToken`` ask for, and the token of the next one where there is one."""
    size, start = (_number(request, name) for name in ("pageSize", "pageToken"))
    end = start + (size or _USUAL_PAGE)
    return items[start:end], {"nextPageToken": str(end)} if end < len(items) else {}


def _number(request: Request, name: str) -> int:
    text = request.query_params.get(name, "")
    return int(text) if text.isdecimal() else 0
