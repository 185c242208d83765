"""What a response shows of tools that have a price of their own: searches, Maps, and tokens they brought in. Pure.

Google bills Search and Maps by the query or by the prompt, depending on the model, and does not bill the context they
retrieve. Context from URLs, files and executed code is billed like the prompt. The response does not say which tool
brought which tokens; the request says which tools there were.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from gemledger.attributes import VERTEX_AI, field

BILLED, FREE, MIXED = "billed", "free", "mixed"
"""Whether tool tokens are billed; ``mixed``: tools of both kinds were there, nobody can tell."""

UNREPORTED = "grounding_unreported"
"""Reason: a search tool was there and tokens came back, but the response does not say what was searched."""

ENTERPRISE_SEARCH = "enterprise_web_search"
_SEARCHES = ("google_search", "google_search_retrieval", "google_maps", ENTERPRISE_SEARCH)
_RETRIEVERS = (
    "url_context",
    "code_execution",
    "file_search",
    "retrieval",
    "computer_use",
    "parallel_ai_search",
    "exa_ai_search",
)


class Grounding:
    """Gathered over the candidates and chunks of one exchange."""

    __slots__ = ("maps", "queries", "web_sources")

    def __init__(self) -> None:
        self.queries: set[str] = set()
        self.web_sources = False
        self.maps = False

    def add(self, metadata: Any) -> None:  # noqa: ANN401 - the SDK's GroundingMetadata
        """Take note of a candidate's grounding. Sources from files are no web search, though they come the same way."""
        self.queries.update(query for query in field(metadata, "web_search_queries") or () if query)
        for chunk in field(metadata, "grounding_chunks") or ():
            if field(chunk, "maps") is not None:
                self.maps = True
            elif field(chunk, "web") is not None or field(chunk, "image") is not None:
                self.web_sources = True


class Tools(NamedTuple):
    """Which kinds of tools a request offered."""

    searches: frozenset[str]
    retrievers: bool


def tools_of(config: Any) -> Tools:  # noqa: ANN401 - model, dict or None
    """The request's tools by kind; functions and MCP servers bring no tool tokens."""
    tools = field(config, "tools")
    offered = tuple(tools) if isinstance(tools, list | tuple) else ()
    return Tools(
        frozenset(name for name in _SEARCHES if _offered(offered, name)),
        any(_offered(offered, name) for name in _RETRIEVERS),
    )


def _offered(tools: Iterable[Any], name: str) -> bool:
    """Whether any of the tools is of this name."""
    return any(not callable(tool) and field(tool, name) is not None for tool in tools)


def quantities(grounding: Grounding, tools: Tools, platform: str) -> Mapping[str, int]:
    """Everything that was billed by the piece, in the units of the price book; a model's rates have one of each kind.

    On Vertex AI a prompt counts as grounded only if web sources came back.
    """
    counts: dict[str, int] = {}
    searched = bool(grounding.queries) or grounding.web_sources
    if searched and ENTERPRISE_SEARCH in tools.searches:
        counts["enterprise_prompt"] = 1
    elif searched:
        if grounding.queries:
            counts["grounding_query"] = len(grounding.queries)
        if grounding.web_sources or platform != VERTEX_AI:
            counts["grounded_prompt"] = 1
    if grounding.maps:
        counts["maps_query"] = counts["maps_prompt"] = 1
    return counts


def tool_tokens(found: Mapping[str, int], tools: Tools) -> tuple[str, tuple[str, ...]]:
    """Whether the tool tokens of an exchange are billed, and the reasons for doubting its fees."""
    if not found and not tools.searches:
        return BILLED, ()
    reasons = () if found else (UNREPORTED,)
    return (MIXED if tools.retrievers else FREE), reasons
