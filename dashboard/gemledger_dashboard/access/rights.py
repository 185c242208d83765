"""What each role may ask the collector for. Pure.

The collector's tokens say the same again; this holds where one token serves all, or none is needed.
"""

from enum import Enum


class Role(Enum):
    """Who looks: somebody of this machine where nobody has to log in, else a viewer or an admin."""

    LOCAL = "local"
    VIEWER = "viewer"
    ADMIN = "admin"


_CONTENT = (
    "/api/v1/contents/",
    "/api/v1/labels/next",
    "/api/v1/export/contents",
    "/api/v1/datasets",
)
"""Where prompts and answers are read."""


def is_content(path: str) -> bool:
    """Whether an answer has prompts or answers of people in it."""
    return path.startswith(_CONTENT)


def refusal(role: Role, method: str, path: str, *, changes: bool) -> str | None:
    """Why this role may not ask this, in a sentence; None where it may."""
    if role is not Role.VIEWER:
        return None
    if is_content(path):
        return "Prompts and answers are shown to admins only"
    return f"Only an admin may change anything ({method} {path})" if changes else None
