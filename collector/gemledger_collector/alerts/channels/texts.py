"""Text that came from elsewhere, made safe to show: one line, bounded, nothing that a screen obeys; pure."""

import re

ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"
LONGEST = 300
_LINK = re.compile(r"https?://[^\s<>\"'|\\^`{}]{1,2000}")


def plain(text: str, most: int | None = LONGEST) -> str:
    """One line without control characters, direction marks and half characters; cut to ``most`` characters."""
    clean = text if text.isprintable() else "".join(c if c.isprintable() else " " for c in text)
    return clean if most is None or len(clean) <= most else f"{clean[: most - 1]}{ELLIPSIS}"


def link(written: str) -> str | None:
    """The address if it is one of the web that can stand in a message, else None."""
    return written if written.isprintable() and _LINK.fullmatch(written) else None


_SLACK = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def slack(text: str, most: int) -> str:
    """Text in which Slack finds no link, mention or markup of its own; at most ``most`` characters with escapes."""
    parts: list[str] = []
    room = most - 1
    for character in plain(text, None):
        escaped = _SLACK.get(character, character)
        if len(escaped) > room:
            return "".join([*parts, ELLIPSIS])
        parts.append(escaped)
        room -= len(escaped)
    return "".join(parts)
