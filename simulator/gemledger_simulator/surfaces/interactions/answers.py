"""What an interaction comes to: the engine's answer in the words of interactions. Agents use tools on their way."""

from datetime import UTC, datetime
from itertools import count

from gemledger_simulator import draw
from gemledger_simulator.engine import Circumstances, Engine, Platform, SimulatedResponse
from gemledger_simulator.faults import Fault
from gemledger_simulator.fields import Json

from . import speech
from .wishes import Wishes

_UNDERLYING = "gemini-3.1-pro-preview"
"""What agents think with, if their answers do not come from a header."""
_RESEARCH = ("google_search", "url_context", "code_execution")
_TIERS = ("standard", "flex", "priority", "deferred")


class Answers:
    """Makes interactions. Ids are unique; all else follows from the request."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._serial = count()

    def answer(
        self, body: Json, turns: list[Json], at: int, wishes: Wishes, platform: Platform
    ) -> Json | SimulatedResponse:
        """The interaction as it will be in the end, or the error that the request gets."""
        agent = body.get("agent")
        model = _UNDERLYING if agent else str(body.get("model") or "")
        asked = speech.request(body, turns)
        said = self._engine.respond(model, asked, at, Circumstances(platform=platform))
        if said.status != 200:
            return said
        steps = speech.steps(said.body)
        if agent:
            steps = _researched(wishes.tools or _RESEARCH) + steps
        interaction = self._named(body, said, at) | {
            "status": _status(steps, wishes),
            "service_tier": _tier(body, said),
            "usage": wishes.usage or _usage(said.body, steps),
            "steps": steps,
            **wishes.said,
        }
        if wishes.fault is Fault.NO_USAGE:
            del interaction["usage"]
        return {name: value for name, value in interaction.items() if value is not None}

    def _named(self, body: Json, said: SimulatedResponse, at: int) -> Json:
        """Who answers, when, under which id, to what."""
        mark = draw.digest(self._engine.settings.seed, at, "interaction", next(self._serial))
        moment = datetime.fromtimestamp(at // 10**9, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        who = (
            {"agent": body["agent"]} if body.get("agent") else {"model": said.body["modelVersion"]}
        )
        kept = ("previous_interaction_id", "labels", "agent_config")
        echoed = {name: body[name] for name in kept if body.get(name)}
        named = {"id": f"v1_{mark.hex()[:24]}", "created": moment, "updated": moment}
        return named | who | echoed


def _status(steps: list[Json], wishes: Wishes) -> str:
    """How it ends: with a call of a function, it waits for what that returns."""
    if wishes.status == "completed" and any(step["type"] == "function_call" for step in steps):
        return "requires_action"
    return wishes.status


def _tier(body: Json, said: SimulatedResponse) -> str:
    """The tier that served; only the engine's three may differ from what was asked for."""
    asked = str(body.get("service_tier") or "standard")
    if asked not in _TIERS:
        return "standard"
    return "deferred" if asked == "deferred" else _served(said)


def _served(said: SimulatedResponse) -> str:
    traffic = str(said.body.get("usageMetadata", {}).get("trafficType", ""))
    by_traffic = traffic.removeprefix("ON_DEMAND").lstrip("_").lower()
    return said.headers.get("x-gemini-service-tier") or by_traffic or "standard"


def _researched(tools: tuple[str, ...]) -> list[Json]:
    """An agent thinks, and looks things up."""
    thought = {"type": "thought", "summary": [{"type": "text", "text": "First I look around."}]}
    return [thought, *(step for tool in tools for step in speech.tool_steps(tool))]


def _usage(said: Json, steps: list[Json]) -> Json:
    """What was counted, and every search that an agent made."""
    usage = speech.usage(said)
    searches = sum(step["type"] == "google_search_call" for step in steps)
    if searches and "grounding_tool_count" not in usage:
        usage["grounding_tool_count"] = [{"type": "google_search", "count": searches}]
    return usage
