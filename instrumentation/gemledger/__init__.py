"""Every Gemini call as a line in a ledger. The public door of the library for apps; importing it costs next to nothing.

Everything is loaded at first use: neither google.genai nor OpenTelemetry is imported by ``import gemledger``.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gemledger.given_feedback import feedback
    from gemledger.patching import instrument, uninstrument
    from gemledger.payer import attribution, purpose, reservation
    from gemledger.receipts import cost_of
    from gemledger.sessions import session
    from gemledger.setup import flush, init, spool_processor

    __version__: str

__all__ = [
    "__version__",
    "attribution",
    "cost_of",
    "feedback",
    "flush",
    "init",
    "instrument",
    "purpose",
    "reservation",
    "session",
    "spool_processor",
    "uninstrument",
]

_HOMES = {
    "attribution": "gemledger.payer",
    "cost_of": "gemledger.receipts",
    "feedback": "gemledger.given_feedback",
    "flush": "gemledger.setup",
    "init": "gemledger.setup",
    "instrument": "gemledger.patching",
    "purpose": "gemledger.payer",
    "reservation": "gemledger.payer",
    "session": "gemledger.sessions",
    "spool_processor": "gemledger.setup",
    "uninstrument": "gemledger.patching",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - as many types as names
    """Load a public name at its first use."""
    if name == "__version__":
        from importlib.metadata import version  # noqa: PLC0415 - 10 ms that few programs need

        value: Any = version("gemledger")
    elif name in _HOMES:
        value = getattr(importlib.import_module(_HOMES[name]), name)
    else:
        raise AttributeError(f"module 'gemledger' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """The public names, for people who explore."""
    return sorted(__all__)
