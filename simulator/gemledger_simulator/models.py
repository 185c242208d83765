"""What the simulator knows of each model: its speed, whether it thinks, and which model really answers."""

from dataclasses import dataclass

_OCTOBER_8_2026 = 1_791_417_600_000_000_000
"""2026-10-08T00:00Z in unix nanoseconds: since then two retired ids are answered by their successors."""

_REROUTED = {"gemini-3.7-flash": "gemini-3.8-flash", "gemini-3.5-flash": "gemini-3.6-flash"}
_ALIASES = {
    "gemini-pro-latest": "gemini-3.1-pro-preview",
    "gemini-flash-latest": "gemini-3.8-flash",
    "gemini-flash-lite-latest": "gemini-3.5-flash-lite",
}


@dataclass(frozen=True, slots=True)
class Character:
    """How a family of models behaves: thoughts by default, tokens a second, milliseconds to the first."""

    typical_thoughts: int
    tokens_per_second: int
    first_chunk_ms: int


_LITE = Character(typical_thoughts=0, tokens_per_second=320, first_chunk_ms=180)
_FLASH = Character(typical_thoughts=160, tokens_per_second=190, first_chunk_ms=320)
_PRO = Character(typical_thoughts=700, tokens_per_second=95, first_chunk_ms=900)


def character(model: str) -> Character:
    """The behaviour of ``model``, told by the words in its name; unknown ones behave like Flash."""
    if "lite" in model:
        return _LITE
    if "pro" in model or model.startswith("gemini-4"):
        return _PRO
    return _FLASH


def served_model(model: str, at_unix_nano: int) -> str:
    """The id that answers, and is billed, when ``model`` is asked for at that time."""
    model = _ALIASES.get(model, model)
    if at_unix_nano >= _OCTOBER_8_2026:
        return _REROUTED.get(model, model)
    return model
