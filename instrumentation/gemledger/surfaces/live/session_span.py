"""The span of a Live session: how long, how many turns, how it ended. It costs nothing by itself: its turns do."""

from collections import OrderedDict
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from opentelemetry import context as otel
from opentelemetry.trace import Span, SpanKind, set_span_in_context

from gemledger import attributes, payer, semconv
from gemledger.attributes import Request, field
from gemledger.outcome import Failure

if TYPE_CHECKING:
    from gemledger.call import CallRecorder

_REMEMBERED = 1_000


class Reconnects:
    """How often the session behind a handle was taken up again in this process; the oldest handles are forgotten."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, int] = OrderedDict()

    def before(self, digest: str | None) -> int:
        """Of a session that resumes this handle."""
        return 0 if digest is None else self._known.get(digest, 0) + 1

    def remember(self, digest: str, reconnects: int) -> None:
        """A handle was given to a session that was taken up again so often."""
        self._known[digest] = reconnects
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)


class SessionSpan:
    """One span. Handles are secrets (whoever has one may resume the session): only digests of them are told."""

    def __init__(self, recorder: "CallRecorder", request: Request, reconnects: Reconnects) -> None:
        self._recorder = recorder
        self._reconnects = reconnects
        context = otel.get_current()
        constant = attributes.constant(request.operation, request.model, False, request.endpoint)
        self.span: Span = recorder.tracer.start_span(
            constant.span_name,
            context,
            SpanKind.CLIENT,
            constant.starting.copy(),
            start_time=recorder.clock(),
        )
        self.context = set_span_in_context(self.span, context)
        """What turns are made in."""
        resumed = _digest(field(field(request.config, "session_resumption"), "handle"))
        self._attributes = {**constant.known, **payer.current_attributes(context)}
        self._taken_up = reconnects.before(resumed)
        self._attributes[semconv.LIVE_RECONNECTS] = self._taken_up
        if resumed is not None:
            self._attributes[semconv.LIVE_RESUMED_HANDLE_DIGEST] = resumed
        if request.config is not None:
            asked = attributes.config_attributes(request.config)
            self._attributes = {**asked, **self._attributes}

    def opened(self, session_id: Any) -> None:  # noqa: ANN401 - a string, or None
        """The server took the session."""
        if isinstance(session_id, str):
            self._attributes[semconv.LIVE_SESSION_ID] = session_id

    def signal(self, message: Any) -> None:  # noqa: ANN401 - a LiveServerMessage
        """What the server says of the session itself."""
        update = message.session_resumption_update
        if update is not None and update.new_handle:
            digest = _digest(update.new_handle) or ""
            self._attributes[semconv.LIVE_HANDLE_DIGEST] = digest
            self._reconnects.remember(digest, self._taken_up)
        if message.go_away is not None:
            self._attributes[semconv.LIVE_GO_AWAY] = True

    def end(self, turns: int, closed_by: str, code: int | None, failure: Failure | None) -> None:
        """The session is over."""
        found = self._attributes
        found[semconv.LIVE_TURNS] = turns
        found[semconv.LIVE_CLOSED_BY] = closed_by
        if code is not None:
            found[semconv.LIVE_CLOSE_CODE] = code
        if failure is not None:
            found[semconv.ERROR_TYPE] = failure.error_type
            found[semconv.ERROR_KIND] = failure.kind
            self.span.set_status(failure.status)
        self.span.set_attributes(found)
        self.span.end(self._recorder.clock())


def _digest(handle: object) -> str | None:
    """Links two sessions without telling the handle that would resume one."""
    if not isinstance(handle, str) or not handle:
        return None
    keyed = blake2b(handle.encode(), digest_size=8, key=b"gemledger", person=b"live-handle")
    return keyed.hexdigest()
