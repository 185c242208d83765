"""Interactions and agents: billed once per id, by whoever tells first; and decisions, which a model takes.

A call of ``create`` that waits for its answer is billed on its own span, under the id of a settlement. One in the
background costs nothing yet: who finds it over, in whichever process, emits the settlement, and the collector takes an
id once. The SDK loads this half of itself late, when ``client.interactions`` is first touched; the hooks wait for it.
"""

from gemledger.surfaces.around import around, around_async
from gemledger.surfaces.interactions.attempts import (
    wrap_after,
    wrap_after_async,
    wrap_before,
    wrap_before_async,
    wrap_refused,
)
from gemledger.surfaces.interactions.methods import (
    HOP,
    creating,
    deciding,
    looking,
    wrap_hop,
    wrap_hop_async,
)
from gemledger.surfaces.surface import Surface

_BRIDGE = "google.genai._gaos.google_genai"
_HOOKS = "google.genai._gaos._hooks.sdkhooks"
_ASYNC_HOOKS = "google.genai._gaos._hooks.asyncsdkhooks"
_RETRIES = "google.genai._gaos.utils.retries"
_SYNC, _ASYNC = "GeminiNextGenInteractions", "AsyncGeminiNextGenInteractions"
_SINCE, _SINCE_HOPS = "2.18", "3.0"
_LOOKS = ("get", "cancel", "delete")

SURFACES: tuple[Surface, ...] = (
    Surface(_RETRIES, "TemporaryError", "__init__", wrap_refused, _SINCE),
    Surface(_HOOKS, "SDKHooks", "before_request", wrap_before, _SINCE),
    Surface(_HOOKS, "SDKHooks", "after_error", wrap_after, _SINCE),
    Surface(_ASYNC_HOOKS, "AsyncSDKHooks", "before_request", wrap_before_async, _SINCE),
    Surface(_ASYNC_HOOKS, "AsyncSDKHooks", "after_error", wrap_after_async, _SINCE),
    Surface(_BRIDGE, _SYNC, HOP, wrap_hop, _SINCE_HOPS),
    Surface(_BRIDGE, _ASYNC, HOP, wrap_hop_async, _SINCE_HOPS),
    Surface(_BRIDGE, _SYNC, "create", around(creating), _SINCE),
    Surface(_BRIDGE, _ASYNC, "create", around_async(creating), _SINCE),
    *(
        Surface(_BRIDGE, owner, method, wrap(looking(f"interaction_{method}")), _SINCE)
        for method in _LOOKS
        for owner, wrap in ((_SYNC, around), (_ASYNC, around_async))
    ),
    Surface(_BRIDGE, "GeminiNextGenDecisions", "create", around(deciding), _SINCE),
    Surface(_BRIDGE, "AsyncGeminiNextGenDecisions", "create", around_async(deciding), _SINCE),
)
"""From the inside out within a module."""
