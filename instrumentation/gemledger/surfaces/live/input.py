"""What the user of a Live session has said since the last turn began, as far as we look: when, and in whose name."""

from opentelemetry import context as otel


class Input:
    """``began_ns`` and ``ended_ns`` are the first and the last word of it; None where nothing tells.

    ``demanded``: an answer must come. ``meanwhile``: it was said while the model spoke, which may have heard it.
    """

    __slots__ = ("began_ns", "context", "demanded", "ended_ns", "meanwhile")

    def __init__(self) -> None:
        self.began_ns: int | None = None
        self.ended_ns: int | None = None
        self.context: otel.Context | None = None
        self.demanded = False
        self.meanwhile = False

    def end(self, now_ns: int) -> None:
        """The user stopped to speak; whether anything is to be answered, the model decides."""
        self.ended_ns = now_ns
        if not self.demanded:
            self.began_ns = now_ns

    def demand(self, now_ns: int, *, meanwhile: bool) -> None:
        """The user asked for an answer."""
        if not self.demanded:
            self.began_ns = now_ns
            self.meanwhile = meanwhile
        self.demanded = True
        self.ended_ns = now_ns
        self.context = otel.get_current()
