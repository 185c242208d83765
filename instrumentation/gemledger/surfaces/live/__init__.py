"""Live sessions: a span per turn, which is billed, and one per session, which is not.

What the API says, and what follows (seen on the wire of gemini-2.5, 3.1 and 3.8 Live models, 2026):

- Each usage is that of one generation over the whole context, never a sum over the session. A turn that calls a tool
  is two generations, each billed; they are the turn's exchanges.
- A generation may tell its usage in pieces, or again: of each field the last value counts. It is another generation
  when the context has grown since a tool was called, or when a count falls.
- ``turnComplete`` ends a turn, also while ``interactionStatus`` says that more is to come: that is the next turn.
  Usage that comes after it still belongs to it, if it was without.
- Output whose usage never came makes the cost a lower bound, or unpriced where nothing was told.

A turn starts when the user's input ended, where somebody says so: content with ``turn_complete``, realtime text, the
end of an activity or audio stream, the server's voice activity signal. Its time to first chunk counts from there;
without any such word (a microphone and automatic detection) the turn starts with the server's first message, and the
time to first chunk is unknown.

A turn is attributed by what is in force where it was asked for, or else received, and otherwise as the session is.
Content is not captured. ``live.music`` bills nothing that it tells of, so it is measured by nothing.
"""

from gemledger.surfaces.live.wrapping import (
    wrap_close,
    wrap_connect,
    wrap_receive,
    wrap_send_content,
    wrap_send_realtime,
    wrap_send_tool_response,
)
from gemledger.surfaces.surface import Surface

_LIVE = "google.genai.live"

SURFACES: tuple[Surface, ...] = (
    Surface(_LIVE, "AsyncSession", "_receive", wrap_receive, since="1.32"),
    Surface(_LIVE, "AsyncSession", "send_client_content", wrap_send_content, since="1.32"),
    Surface(_LIVE, "AsyncSession", "send_realtime_input", wrap_send_realtime, since="1.32"),
    Surface(_LIVE, "AsyncSession", "send_tool_response", wrap_send_tool_response, since="1.32"),
    Surface(_LIVE, "AsyncSession", "close", wrap_close, since="1.32"),
    Surface(_LIVE, "AsyncLive", "connect", wrap_connect, since="1.32"),
)
"""``receive`` and ``start_stream`` go through ``_receive``. The deprecated ``send`` is left alone: it finds whom it
warns by the depth of the stack, and all that it could tell is when a turn was asked for."""
