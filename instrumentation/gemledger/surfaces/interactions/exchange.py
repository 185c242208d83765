"""One request about an interaction: what it billed, or that it billed nothing and looked."""

from typing import Any

from gemledger import grounding, semconv
from gemledger.attributes import Attributes, Request
from gemledger.pricing import Book
from gemledger.surfaces.interactions.asked import Asked
from gemledger.surfaces.interactions.told import RUNNING, Told
from gemledger.surfaces.one_exchange import Answered
from gemledger.usage import interaction_quantities, read_interaction_usage

_PARTIAL = "partial_usage"


class InteractionExchange(Answered):
    """An interaction, or one hop of a long one, which is an interaction of its own to Google.

    ``settlement_id`` is the id of its bill; None while it is not billed yet.
    """

    __slots__ = ("interaction", "settlement_id")

    def __init__(self, call: Any, request: Request, answer: Any) -> None:  # noqa: ANN401 - as Exchange's
        super().__init__(call, request, answer)
        self.interaction = Told()
        self.settlement_id: str | None = None

    def observe(self, response: Any) -> None:  # noqa: ANN401 - an Interaction, an event, raw JSON
        """Take note of an answer, or of an event."""
        told = self.interaction
        self.observed = True
        told.take(response)
        self.metadata = told.usage
        self.finished = told.is_over
        if self.answer is not None:
            _write_down(self.answer, response)

    def settle(self, book: Book, at_unix_nano: int, reasons: tuple[str, ...]) -> None:
        """Price what was said. One that runs on is settled by whoever finds it done."""
        told, asked = self.interaction, self.request.config
        runs_on = not told.is_over and (
            getattr(asked, "background", False)
            or (told.state in RUNNING and not self.request.stream)
        )
        if runs_on:
            self.doubts = ("settled_later",)
        self._read_bill(told, asked)
        self.model, self.response_id = told.model, told.id
        if told.is_over or (told.usage is not None and not runs_on):
            self.settlement_id = told.settlement_id
        if told.is_over and told.state is not None:
            self._finish_reasons = {0: told.state}
        self.told = _about(told, self.settlement_id)
        if (
            asked is not None
        ):  # then the call says what it went on from; a hop goes on from the hop before
            self.told.pop(semconv.PREVIOUS_INTERACTION, None)
        super().settle(book, at_unix_nano, reasons)

    def _read_bill(self, told: Told, asked: Asked | None) -> None:
        """Usage, searches, tier, and whether what tools brought is billed."""
        self.tier_served = told.tier
        if told.usage is None:
            return
        reading = self.usage_read = read_interaction_usage(told.usage)
        self.quantities = interaction_quantities(told.usage)
        if reading is not None and reading.usage.tool_use:
            tools = told.tools(getattr(asked, "tools", None), told.agent is not None)
            self.tool_tokens, unreported = grounding.tool_tokens(self.quantities, tools)
            self.doubts += unreported


class Looked(Answered):
    """A look at an interaction, which is free. What it shows is kept, for whoever settles it."""

    __slots__ = ("interaction",)

    def __init__(self, call: Any, request: Request, answer: Any) -> None:  # noqa: ANN401 - as Exchange's
        super().__init__(call, request, answer)
        self.interaction = Told()
        self.doubts = ("free_operation",)

    def observe(self, response: Any) -> None:  # noqa: ANN401 - an Interaction, an event, raw JSON, or nothing
        """Take note of what it shows."""
        self.observed = self.finished = True
        self.interaction.take(response)
        self.told = _about(self.interaction, None)


class Decided(Answered):
    """An answer of ``decisions.create``, which a model gave. Not every one says what it counted."""

    __slots__ = ()

    def read(self, response: Any) -> None:  # noqa: ANN401 - a CreateDecisionResponse, or raw JSON
        """Its usage, in the words of interactions."""
        self.metadata = usage = getattr(response, "usage", None)
        if usage is not None:
            self.usage_read = read_interaction_usage(usage)
            self.quantities = interaction_quantities(usage)


def _about(told: Told, settlement_id: str | None) -> Attributes:
    """Which interaction, how it is, who thought, what it went on from."""
    named = (
        (semconv.JOB_NAME, told.id),
        (semconv.JOB_STATE, told.state),
        (semconv.SETTLEMENT_ID, settlement_id),
        (semconv.AGENT_NAME, told.agent),
        (semconv.PREVIOUS_INTERACTION, told.previous),
    )
    return {name: value for name, value in named if value is not None}


def _write_down(answer: Any, said: Any) -> None:  # noqa: ANN401 - where captured text goes; what may hold some
    """The text of an answer, or of an event."""
    delta = getattr(said, "delta", None)
    blocks = [delta] if delta is not None else []
    for step in getattr(said, "steps", None) or ():
        if getattr(step, "type", None) == "model_output":
            blocks += getattr(step, "content", None) or ()
    texts = [block.text for block in blocks if isinstance(getattr(block, "text", None), str)]
    if texts:
        answer.add(0, {"content": {"parts": [{"text": text} for text in texts]}})
