"""Every public method of the installed google-genai that an app can call through a client."""

import inspect
from collections.abc import Iterator
from typing import Any

from google import genai
from google.genai import chats, live, live_music

_PLUMBING = frozenset({"parent_ref", "sdk_configuration", "internal", "vertexai", "enterprise"})
"""Attributes that lead back into the SDK's own machinery, not to anything that is for apps."""
_PLUMBING_METHODS = ("do_request", "dynamic_import")
_SESSIONS = {
    "chats.Chat": (chats.Chat, chats.AsyncChat),
    "live.AsyncSession": (live.AsyncSession,),
    "live.music.AsyncMusicSession": (live_music.AsyncMusicSession,),
}
"""Objects that methods return and that send requests themselves."""


def public_methods(client: genai.Client) -> set[str]:
    """Dotted names, such as ``models.generate_content``; a method and its async twin are one."""
    found = {*_methods(client, ""), *_methods(client.aio, "")}
    for name, classes in _SESSIONS.items():
        found.update(f"{name}.{method}" for cls in classes for method in _own_methods(cls))
    return found


def _methods(owner: Any, path: str) -> Iterator[str]:
    """Methods of an object of the SDK, and of whatever it leads to."""
    for name in _own_methods(type(owner)):
        yield f"{path}{name}"
    for name in sorted({*vars(owner), *dir(type(owner))}):
        if name.startswith("_") or name in _PLUMBING or path.count(".") > 2:
            continue
        if name in dir(type(owner)) and callable(inspect.getattr_static(type(owner), name)):
            continue
        further = getattr(owner, name, None)
        if name != "aio" and type(further).__module__.startswith("google.genai"):
            yield from _methods(further, f"{path}{name}.")


def _own_methods(cls: type) -> Iterator[str]:
    """Public methods of a class, without the SDK's machinery."""
    for name in dir(cls):
        found = inspect.getattr_static(cls, name)
        if isinstance(found, classmethod | staticmethod) or not callable(found):
            continue
        if not name.startswith(("_", *_PLUMBING_METHODS)) and not inspect.isclass(found):
            yield name
