"""One Live session as its messages pass by: which turn is under way, and what of it is known."""

import asyncio
from typing import TYPE_CHECKING, Any

from opentelemetry import context as otel
from opentelemetry.trace import set_span_in_context

from gemledger.attributes import Request
from gemledger.current import is_suppressed
from gemledger.error_kinds import kind_of_status
from gemledger.guard import guarded, report
from gemledger.outcome import ABANDONED, CANCELLED, ERROR, Failure
from gemledger.surfaces.live.generation import NOTHING, Told, same_prompt, told_by
from gemledger.surfaces.live.input import Input
from gemledger.surfaces.live.session_span import Reconnects, SessionSpan
from gemledger.surfaces.live.turn import LiveTurn

if TYPE_CHECKING:
    from gemledger.call import CallRecorder

SESSION, TURN = "live_session", "live_turn"
_ORDERLY = (1000, 1001)
_VOICE_ENDED = "ACTIVITY_END"


class LiveSession:
    """Nothing here raises into the caller. One event loop owns it, as it owns the SDK's session."""

    def __init__(self, recorder: "CallRecorder", request: Request, reconnects: Reconnects) -> None:
        self._recorder = recorder
        self._request = request._replace(operation=TURN, stream=True)
        self._span = SessionSpan(recorder, request, reconnects)
        self._turn: LiveTurn | None = None
        self._turns = 0
        self._last: Told = NOTHING
        """The last usage of the last turn: the server may tell it once more."""
        self._input = Input()
        self._is_open = self._leaving = self._ended = False

    @guarded
    def opened(self, session: Any) -> None:  # noqa: ANN401 - an AsyncSession
        """The server took the session."""
        self._is_open = True
        self._span.opened(getattr(session, "session_id", None))

    # What the user sends

    def asks(self) -> Input:
        """The user is about to ask for an answer; what comes back undoes it, given to ``unasked``."""
        before, self._input = self._input, Input()
        try:
            if before.demanded:
                self._input.began_ns, self._input.meanwhile = before.began_ns, before.meanwhile
                self._input.demanded = True
            speaking = self._turn is not None and self._turn.completed_ns is None
            self._input.demand(self._recorder.clock(), meanwhile=speaking)
        except Exception:  # noqa: BLE001 - whatever it is, it is ours and not the user's
            report("LiveSession.asks")
        return before

    def unasked(self, before: Input) -> None:
        """It was not sent after all."""
        self._input = before

    @guarded
    def stops(self) -> None:
        """The user, or the user's microphone, stopped to speak."""
        self._input.end(self._recorder.clock())

    @guarded
    def answers_call(self) -> None:
        """The user's tools answered."""
        if self._turn is not None:
            self._turn.answered_call()

    # What the server sends

    def received(self, message: Any) -> None:  # noqa: ANN401 - a LiveServerMessage
        """One message, on its way to the user."""
        try:
            content, called = message.server_content, message.tool_call is not None
            told = told_by(message.usage_metadata)
            if content is None and not called:
                self._signalled(message)
            if not self._ended and (told or called or content is not None):
                self._take(message, told, spoken=called or _speaks(content))
        except Exception:  # noqa: BLE001 - whatever it is, it is ours and not the user's
            report("LiveSession.received")

    def _signalled(self, message: Any) -> None:  # noqa: ANN401 - the same
        """A message about the session, not about a turn."""
        self._span.signal(message)
        voice = getattr(message, "voice_activity", None)
        if voice is not None and voice.voice_activity_type == _VOICE_ENDED:
            self.stops()

    def _take(self, message: Any, told: Told, *, spoken: bool) -> None:  # noqa: ANN401 - the same
        """A message of a turn: that under way, one that awaits its usage, or a new one."""
        content = message.server_content
        over = bool(content is not None and content.turn_complete)
        turn = self._turn
        if turn is not None and turn.completed_ns is not None:
            late = bool(told) and not spoken and not over
            if late and turn.generation.awaits(told):
                turn.tell(told)
                self._finish(turn)
                return
            if spoken or told:
                self._finish(turn)
                turn = None
        if turn is None:
            repeated = not spoken and not over and same_prompt(self._last, told)
            turn = self._begin() if (spoken or told) and not repeated else None
        if turn is not None and turn.completed_ns is None:
            self._fill(turn, message, told, spoken=spoken)
            if over:
                self._complete(turn, message)

    def _fill(self, turn: LiveTurn, message: Any, told: Told, *, spoken: bool) -> None:  # noqa: ANN401 - the same
        """What a message adds to the turn under way."""
        if spoken:
            if not turn.has_spoken:
                self._heard_out(turn)
            turn.speak(self._recorder.clock())
        if told:
            turn.tell(told)
        if message.tool_call is not None:
            turn.generation.called = True
        content = message.server_content
        if content is None:
            return
        if content.grounding_metadata is not None:
            turn.generation.ground(content.grounding_metadata)
        if content.interrupted:
            turn.interrupted = True
            self._input.meanwhile = False  # what was said meanwhile is what interrupted it

    def _heard_out(self, turn: LiveTurn) -> None:
        """The first word of a turn answers what the user said until now."""
        if self._input.ended_ns is not None:
            turn.wait_since(self._input.ended_ns)
        self._input = Input()

    def _begin(self) -> LiveTurn | None:
        """A turn begins; it is the user's who asked for it."""
        here = self._input.context or otel.get_current()
        if is_suppressed(here):
            return None
        around = otel.Context({**self._span.context, **here})
        parent = set_span_in_context(self._span.span, around)
        turn = LiveTurn(self._recorder, self._request, parent, self._turns + 1)
        turn.begins_at_ns = self._input.began_ns
        turn.begin()
        turn.open_exchange()
        self._turns += 1
        self._turn = turn
        return turn

    def _complete(self, turn: LiveTurn, message: Any) -> None:  # noqa: ANN401 - the same
        """The server says that the turn is over; without usage it may still come."""
        turn.complete(self._recorder.clock(), message)
        reason = getattr(message.server_content, "turn_complete_reason", None)
        if reason is not None:
            turn.generation.end_for(reason)
        if not turn.has_spoken:
            self._heard_out(turn)
        if turn.is_told:
            self._finish(turn)

    def _finish(self, turn: LiveTurn) -> None:
        self._last = turn.generation.told or NOTHING
        self._turn = None
        turn.finish()

    # How it ends

    def leave(self) -> None:
        """The user is about to close the session: whoever still reads will find the connection gone."""
        self._leaving = True

    @guarded
    def broke(self, error: BaseException) -> None:
        """The connection is gone, as a method of the session found out; any other error is the user's affair."""
        code = _close_code(error)
        if code is None or self._ended or self._leaving:
            return
        failure = None if code in _ORDERLY else _failure(error, code)
        self._end("server", code, failure, ERROR if failure is not None else ABANDONED)

    @guarded
    def close(self, error: BaseException | None = None) -> None:
        """The user leaves the session; ``error`` is what the block around it raised, or the connecting."""
        if self._ended:
            return
        cancelled = isinstance(error, asyncio.CancelledError)
        code = None if error is None else _close_code(error)
        failure = None if error is None or self._is_open else _failure(error, code)
        closed_by = "client" if self._is_open or cancelled else "server"
        self._end(closed_by, code, failure, CANCELLED if cancelled else ABANDONED)

    def _end(self, closed_by: str, code: int | None, failure: Failure | None, state: str) -> None:
        """Nothing more will come: end the turn under way, and the session's span."""
        self._ended = True
        turn = self._turn
        if turn is None and self._input.demanded and not self._input.meanwhile:
            turn = self._begin()  # asked for, and never answered
        self._turn = None
        if turn is not None and turn.completed_ns is not None:
            turn.finish()
        elif turn is not None:
            turn.leave(state, failure)
        self._span.end(self._turns, closed_by, code, failure)


def _speaks(content: Any) -> bool:  # noqa: ANN401 - a LiveServerContent, or None
    return content is not None and content.model_turn is not None


def _failure(error: BaseException, code: int | None) -> Failure:
    """What may be told of an error. One that closed the connection is no refusal: what was asked may be billed."""
    if code is None:
        return Failure.of(error)
    return Failure(str(code), None, left_open=True, kind=kind_of_status(code))


def _close_code(error: BaseException) -> int | None:
    """The WebSocket's close code, where an error says that the connection is gone."""
    if any(kind.__name__ == "ConnectionClosed" for kind in type(error).__mro__):
        frame = getattr(error, "rcvd", None)
        return 1006 if frame is None else int(frame.code)
    code = getattr(error, "code", None)  # of the SDK's APIError
    return code if type(code) is int and code >= 1000 else None
