"""Which calls have their prompts and answers written down, and how; made only where somebody asked for content."""

from gemledger import content, semconv
from gemledger.attributes import Attributes, Request
from gemledger.settings import Settings

Answer = content.Answer


class Capturing:
    """Of one recorder. What it writes is redacted and capped."""

    def __init__(self, settings: Settings) -> None:
        self.wants = settings.captures
        share = settings.content_sample
        self._share: Attributes = {semconv.CONTENT_SAMPLE_RATE: share} if share < 1 else {}
        self._limit = settings.content_max_characters
        self._redact = settings.redactor

    def request(self, request: Request) -> Attributes:
        """The question. To be asked for at the start: function calling appends to the user's list."""
        return self._share | content.request_attributes(request, self._limit, self._redact)

    def answer(self) -> Answer:
        """An answer, yet to come in."""
        return content.Answer(self._limit, self._redact)
