"""Who has found an interaction ended tells what it cost, unless this process has told that already."""

import weakref

from opentelemetry import context as otel

from gemledger import payer
from gemledger.attributes import Attributes, Request, config_attributes
from gemledger.call import CallRecorder
from gemledger.guard import guarded
from gemledger.remembered import Remembered
from gemledger.settlement import settle, told_by
from gemledger.surfaces.interactions.exchange import InteractionExchange
from gemledger.surfaces.interactions.told import Told

_MOST = 20_000
"""Ids, for as long as somebody may come back to them: 2 MB at most."""
_billed: "weakref.WeakKeyDictionary[CallRecorder, Remembered[bool]]" = weakref.WeakKeyDictionary()


def billed_by(recorder: CallRecorder) -> Remembered[bool]:
    """The interactions whose bill is on a call of this recorder's."""
    found = _billed.get(recorder)
    if found is None:
        found = _billed[recorder] = Remembered[bool](_MOST)
    return found


@guarded
def settle_found(recorder: CallRecorder, look: Request, told: Told, began_ns: int) -> None:
    """Tell the bill of an interaction that a look has shown, if it is over."""
    if not told.is_over or told.id is None or billed_by(recorder).get(told.id):
        return
    submitted_ns = told.created_ns or began_ns
    request = look._replace(
        operation="interaction", model=told.model or told.agent or "", stream=False, config=None
    )
    exchange = InteractionExchange(None, request, None)
    exchange.interaction = told
    exchange.settle(recorder.book, submitted_ns, ())
    by_whom: Attributes = dict(payer.current_attributes(otel.get_current()))
    tell(recorder, exchange, by_whom, (submitted_ns, recorder.clock()), calls=0)


def tell(
    recorder: CallRecorder,
    exchange: InteractionExchange,
    by_whom: Attributes,
    times_ns: tuple[int, int],
    *,
    calls: int,
) -> None:
    """Emit the settlement of one interaction. Its own labels say who pays, before anything else does."""
    told = exchange.interaction
    attributes = told_by(exchange.request, exchange, recorder.book.version, calls=calls)
    attributes.update(by_whom)
    attributes.update(config_attributes({"labels": told.labels_by_name}))
    settle(recorder, f"interaction:{told.id}", told.id or "", attributes, times_ns)
