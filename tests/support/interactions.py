"""Interactions by the real SDK; headers decide what the simulated Gemini answers."""

import json
from typing import Any

from google import genai
from google.genai import types

FLASH, PRO = "gemini-3.8-flash", "gemini-3.1-pro-preview"
RESEARCHER = "deep-research-preview-04-2026"


def wishing(usage: dict[str, Any] | None = None, fault: str = "", **wishes: Any) -> dict[str, str]:
    """Headers for an answer; see the simulator's `surfaces.interactions.wishes`."""
    headers = {"x-simulator-interaction": json.dumps(wishes)}
    if usage is not None:
        headers["x-simulator-usage"] = json.dumps(usage)
    return headers | ({"x-simulator-fault": fault} if fault else {})


def counted(read: int, said: int, **more: Any) -> dict[str, Any]:
    """A usage; ``more`` is what else there is: ``cached``, ``thought``, ``tool_use``."""
    return {
        "total_input_tokens": read,
        "total_output_tokens": said,
        **{f"total_{name}_tokens": count for name, count in more.items()},
    }


def searched(**counts: int) -> list[dict[str, Any]]:
    """``grounding_tool_count``."""
    return [{"type": name, "count": count} for name, count in counts.items()]


def ask(client: genai.Client, usage: dict[str, Any] | None = None, **asked: Any) -> Any:
    """One interaction, or a stream of events; ``wishes`` go to the simulator."""
    who = {} if "agent" in asked else {"model": FLASH}
    headers = wishing(usage, **asked.pop("wishes", {}))
    return client.interactions.create(
        **{"input": "How far?", "extra_headers": headers} | who | asked
    )


def impatient(url: str) -> genai.Client:
    """A client whose retries do not wait."""
    retries = types.HttpRetryOptions(initial_delay=0.001, max_delay=0.001, jitter=0.0)
    options = types.HttpOptions(base_url=url, retry_options=retries)
    return genai.Client(api_key="test-key", http_options=options)
