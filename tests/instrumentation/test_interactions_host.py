"""To an app, interactions are what they are without us: values, errors, objects, and how often Google is asked."""

import inspect
import sys
from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import pytest
from google import genai
from google.genai import types
from google.genai._gaos.utils import eventstreaming, response_helpers
from support.interactions import FLASH, ask, counted, wishing

import gemledger
from gemledger.instrumentor import GeminiInstrumentor
from gemledger_simulator.process import SimulatorProcess

from .conftest import Recorded
from .test_instrumentor import fresh

USAGE = counted(1_000, 100)
Act = Callable[[genai.Client], Any]


def whole(client: genai.Client) -> Any:
    """An answer."""
    return shape(ask(client, USAGE))


def streamed(client: genai.Client) -> Any:
    """A stream: what it is, and its events."""
    stream = ask(client, USAGE, stream=True)
    told: list[Any] = [type(stream), inspect.isgenerator(stream.generator), iter(stream) is stream]
    told += map(shape, stream)
    with pytest.raises(StopIteration):
        next(stream)
    return told


def left(client: genai.Client) -> Any:
    """A stream that is closed in the middle: there is no more to it, and its connection is closed."""
    with ask(client, USAGE, stream=True) as stream:
        first = shape(next(stream))
    stream.close()
    return first, list(stream), stream.response.is_closed


def thrown(client: genai.Client) -> Any:
    """An error of the app's own in the middle of a stream."""
    stream = ask(client, USAGE, stream=True)
    with pytest.raises(ZeroDivisionError), stream:
        any(1 / 0 for _ in stream)
    return stream.response.is_closed


def watched(client: genai.Client) -> Any:
    """Events of one that exists already."""
    job = ask(client, USAGE, background=True)
    stream = client.interactions.get(job.id, stream=True)
    return type(stream), inspect.isgenerator(stream.generator), list(map(shape, stream))


def raw(client: genai.Client) -> Any:
    """A raw response: the same object however often it is parsed."""
    response: Any = client.interactions.with_raw_response.create(
        model=FLASH, input="Hi", extra_headers=wishing(USAGE)
    )
    assert response.parse() is response.parse()
    kinds = (type(response), response.status_code, response.is_closed)
    return kinds, sorted(response.json()), shape(response.parse())


def raw_stream(client: genai.Client) -> Any:
    """One that is read bit by bit."""
    with client.interactions.with_streaming_response.create(
        model=FLASH, input="Hi", stream=True, extra_headers=wishing(USAGE)
    ) as response:
        read: Any = response
        parsed = read.parse()
        assert parsed is read.parse()
        events = list(map(shape, parsed))
    return type(read), type(parsed), events, read.is_closed


def unread(client: genai.Client) -> Any:
    """One that is read by the line."""
    with client.interactions.with_streaming_response.create(
        model=FLASH, input="Hi", extra_headers=wishing(USAGE)
    ) as response:
        read: Any = response
        return len(list(read.iter_lines())), type(read)


def refused(client: genai.Client) -> Any:
    """An error of Google's."""
    return raised(lambda: ask(client, wishes={"fault": "400"}))


def refused_raw(client: genai.Client) -> Any:
    """The same, raw."""
    create = client.interactions.with_raw_response.create
    headers = wishing(fault="403")
    return raised(lambda: create(model=FLASH, input="Hi", extra_headers=headers))


def wrong(client: genai.Client) -> Any:
    """Mistakes of the app's."""
    create: Any = client.interactions.create
    get: Any = client.interactions.get
    return [
        raised(lambda: create(FLASH)),
        raised(lambda: create(model=FLASH, input="Hi", colour="red")),
        raised(lambda: create(request={"body": {}}, model=FLASH)),
        raised(lambda: create(model=FLASH, input="Hi", extra_headers=["x"])),
        raised(lambda: create(model=FLASH, input="Hi", extra_body=7)),
        raised(lambda: create(model=FLASH, input="Hi", labels="red")),
        raised(get),
        raised(lambda: get("no-such-interaction")),
    ]


def broken(client: genai.Client) -> Any:
    """A long answer that breaks off, with what there is of it."""
    hops = [USAGE, USAGE]
    return raised(lambda: ask(client, wishes={"hops": hops, "broken_hop": 1}))


ACTS: tuple[Act, ...] = (
    whole,
    streamed,
    left,
    thrown,
    watched,
    raw,
    raw_stream,
    unread,
    refused,
    refused_raw,
    wrong,
    broken,
)
UNSTEADY = ("id", "created", "updated", "event_id", "previous_interaction_id", "continuation_ids")


def shape(said: Any) -> Any:
    """A model as plain data, without what differs from run to run."""
    return _steady(said.model_dump())


def _steady(data: Any) -> Any:
    if isinstance(data, dict):
        return {name: _steady(value) for name, value in data.items() if name not in UNSTEADY}
    return [_steady(item) for item in data] if isinstance(data, list) else data


def raised(act: Callable[[], Any]) -> Any:
    """What an error is, says, and comes from."""
    with pytest.raises(Exception) as caught:  # noqa: PT011 - whatever it is, it is compared
        act()
    error = caught.value
    partial = getattr(error, "partial_interaction", None)
    return (
        type(error),
        str(error),
        type(error.__cause__),
        getattr(error, "status_code", None),
        getattr(error, "body", None),
        None if partial is None else shape(partial),
    )


@pytest.fixture
def counting(simulator: SimulatorProcess) -> Iterator[tuple[genai.Client, list[str]]]:
    """A client, and the requests that it sends."""
    sent: list[str] = []
    hooks = {"request": [lambda request: sent.append(request.method)]}
    http = httpx2.Client(event_hooks=hooks, trust_env=False)
    options = types.HttpOptions(base_url=simulator.url, httpx_client=http)
    with http, genai.Client(api_key="test-key", http_options=options) as client:
        yield client, sent


@pytest.mark.parametrize("act", ACTS, ids=[act.__name__ for act in ACTS])
def test_an_app_sees_no_difference(counting: tuple[genai.Client, list[str]], act: Act) -> None:
    """The same values, the same errors, the same objects, and not one request more."""
    client, sent = counting
    without = act(client)
    asked = len(sent)
    recorder = Recorded()
    GeminiInstrumentor().instrument(tracer_provider=recorder.provider)
    try:
        assert act(client) == without
    finally:
        gemledger.uninstrument()
    assert len(sent) == 2 * asked
    assert recorder.spans


def test_the_methods_look_as_they_did(client: genai.Client, recorded: Recorded) -> None:
    """Signature and text, for whoever asks them."""
    assert recorded.spans == []
    create: Any = client.interactions.create
    assert "automatic_continuation" in inspect.signature(create).parameters
    assert "Creates a new interaction" in create.__doc__
    assert eventstreaming.Stream.__module__ in sys.modules
    assert response_helpers.APIResponse.__name__ == "APIResponse"


def test_nothing_is_loaded_before_an_app_asks_for_interactions() -> None:
    """The SDK loads this half of itself late, and patching waits for it."""
    loaded = fresh(
        "import sys, json, gemledger\n"
        "gemledger.instrument()\n"
        "from google import genai\n"
        "client = genai.Client(api_key='k')\n"
        "name = 'google.genai._gaos.google_genai'\n"
        "before = name in sys.modules\n"
        "client.interactions\n"
        "wrapped = hasattr(type(client.interactions).create, '__wrapped__')\n"
        "print(json.dumps([before, wrapped]))"
    )
    assert loaded == [False, True]
