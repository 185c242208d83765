"""Nothing that was said, and no address, stays readable among attributes, whoever wrote it there."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from support import otlp
from support.dialects import Door, opened_door

from gemledger_collector.processors.dialects.common import CONTENT_KEYS

CUT = 'gemledger_collector_spans_repaired_total{reason="attributes_cut"}'
PLANTED = "planted.person@example.com"
SAID = f"Write to {PLANTED}"
KEY = "AIza" + "SyD3vQ9xL2mN8pR4tW6yZ0bC5eG7hJ1kM2n"


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """One collector for all; each request has traces of its own."""
    with opened_door(tmp_path_factory.mktemp("texts")) as opened:
        yield opened


def attribute(door: Door, key: str) -> Any:
    """The one span's attribute."""
    return door.select(f"select attributes['{key}'] from spans")[0][0]


def test_whatever_holds_content_leaves_the_attributes(door: Door) -> None:
    """On calls and on spans around them: it is in ``contents``, redacted, where a token for content is asked."""
    spans = [door.call({key: f"Write to {PLANTED}, please."}) for key in CONTENT_KEYS]
    door.send(*spans)

    assert door.select("select count(*) from spans where attributes is not null") == [[0]]
    rows = door.select("select coalesce(input_messages, output_messages) from contents")
    assert len(rows) == len(CONTENT_KEYS)
    assert all("Write to [email], please." in row[0] for row in rows)


def test_addresses_of_a_request_are_redacted_and_its_host_stays(
    door: Door,
) -> None:
    """Query strings carry people and keys."""
    url = f"https://shop.example.com/orders?mail={PLANTED}&key={KEY}"
    door.send(door.call({"url.full": url, "http.route": "/orders"}))

    assert (
        attribute(door, "url.full") == "https://shop.example.com/orders?mail=[email]&key=[api_key]"
    )
    assert attribute(door, "http.route") == "/orders"


def test_exceptions_and_nested_values_are_redacted(door: Door) -> None:
    """In the status, in events, in arrays and in what they hold."""
    span = door.call({"recipients": ["ann", {"mail": PLANTED}]})
    span.status.code, span.status.message = 2, f"no such user: {PLANTED}"
    event = span.events.add(name="exception")
    otlp.fill(event.attributes.add(key="exception.message").value, f"no such user: {PLANTED}")
    otlp.fill(event.attributes.add(key="given").value, [PLANTED])
    door.send(span)

    for part in ("status_message", "events", "nested_attributes"):
        text = door.select(f"select {part}::varchar from spans")[0][0]
        assert "[email]" in text, part
        assert "planted" not in text, part


def test_names_links_bytes_and_resources_are_redacted(door: Door) -> None:
    """Wherever else a span has room for text: its name, kind of error, links, bytes, scope and resource."""
    span = door.call({"error.type": f"NoSuchUser({PLANTED})", "raw": f"to {PLANTED}".encode()})
    span.name = f"GET /users/{PLANTED}"
    link = span.links.add(trace_id=b"1" * 16, span_id=b"2" * 8)
    otlp.fill(link.attributes.add(key="for").value, PLANTED)
    request = otlp.request(
        [span], scope="some.other.library", resource={"service.name": "shop", "owner": PLANTED}
    )
    request.resource_spans[0].scope_spans[0].scope.version = f"1 by {PLANTED}"
    assert door.collector.send(request.SerializeToString()).status_code == 200

    columns = ("name", "error_type", "links", "nested_attributes", "scope_version", "resource")
    for column in columns:
        ((text,),) = door.collector.select(
            f"select {column}::varchar from spans where trace_id = '{span.trace_id.hex()}'"
        )
        assert "[email]" in text, column
        assert "planted" not in text, column


def test_what_others_put_on_our_own_spans_is_redacted_too(door: Door) -> None:
    """A tool of the app's writes on the span that is current, which is ours; a resource is anyone's. Keys stay."""
    key = f"gemledger.label.{PLANTED}"
    span = door.call({"customer": PLANTED, "given": [PLANTED], key: PLANTED})
    span.status.code, span.status.message = 2, f"no such user: {PLANTED}"
    otlp.add_exchange(span, {"gen_ai.usage.input_tokens": 5})
    event = span.events.add(name="exception")
    otlp.fill(event.attributes.add(key="exception.message").value, f"no such user: {PLANTED}")
    link = span.links.add(trace_id=b"1" * 16, span_id=b"2" * 8)
    otlp.fill(link.attributes.add(key="for").value, PLANTED)
    request = otlp.request([span], resource={"service.name": "shop", "owner": PLANTED})
    assert door.collector.send(request.SerializeToString()).status_code == 200

    def told(part: str) -> str:
        where = f"trace_id = '{span.trace_id.hex()}'"
        return str(door.collector.select(f"select {part}::varchar from spans where {where}")[0][0])

    columns = ("nested_attributes", "status_message", "events", "links", "resource")
    for column in (*columns, "attributes['customer']"):
        assert "[email]" in told(column), column
        assert "planted" not in told(column), column
    assert told(f"attributes['{key}']") == PLANTED
    assert "input_tokens" in told("events")


def test_an_ordinary_resource_stays_to_the_letter(door: Door) -> None:
    """Versions, hosts, ids of processes and containers say what runs where, and nobody's name."""
    resource = {
        "container.id": "8f2c0d5b7e6a41938f2c0d5b7e6a41938f2c0d5b7e6a41938f2c0d5b7e6a4193",
        "host.name": "ip-10-0-12-7.eu-west-1.compute.internal",
        "k8s.pod.name": "shop-backend-7d9c5bbf6d-x2k4j",
        "process.command": "/usr/bin/python3.12",
        "process.pid": "48213",
        "process.runtime.description": "3.12.3 (main, Sep 11 2026, 14:17:37) [GCC 13.2.0]",
        "service.instance.id": "627cc493-f310-47de-96bd-71410b7dec09",
        "service.version": "2026.11.29-build.20261129083155",
        "telemetry.sdk.version": "1.45.2",
    }
    span = door.call({})
    request = otlp.request([span], resource={"service.name": "shop", **resource})
    assert door.collector.send(request.SerializeToString()).status_code == 200
    where = f"trace_id = '{span.trace_id.hex()}'"
    ((kept,),) = door.collector.select(f"select resource from spans where {where}")

    assert {key: value for key, value in json.loads(kept).items() if key in resource} == resource


@pytest.mark.parametrize(
    ("name", "key", "column"),
    [
        ("gen_ai.content.prompt", "gen_ai.prompt", "input_messages"),
        ("gen_ai.content.completion", "gen_ai.completion", "output_messages"),
        ("gen_ai.user.message", "content", "input_messages"),
        ("gen_ai.choice", "message", "output_messages"),
        ("gen_ai.client.inference.operation.details", "gen_ai.output.messages", "output_messages"),
    ],
)
@pytest.mark.parametrize("value", [SAID, [{"role": "x", "parts": [{"content": SAID}]}]])
def test_prompts_in_events_move_too(
    door: Door, name: str, key: str, column: str, value: otlp.Value
) -> None:
    """As OpenLIT and the conventions told them before there were attributes for it; other events stay."""
    span = door.call({"gen_ai.system": "gemini"})
    span.events.add(name="retried")
    otlp.fill(span.events.add(name=name).attributes.add(key=key).value, value)
    door.send(span)

    events = door.select("select events::varchar from spans")[0][0]
    assert "retried" in events
    assert "Write to" not in events
    assert "Write to [email]" in door.select(f"select {column} from contents")[0][0]


@pytest.mark.parametrize(
    "key",
    [
        "retrieval.documents.0.document.content",
        "reranker.output_documents.3.document.content",
        "llm.prompts.0.prompt.text",
        "llm.input_messages.0.message.content",
        "gen_ai.prompt.0.content",
        "gen_ai.completion.0.content",
    ],
)
def test_numbered_attributes_are_content_too(door: Door, key: str) -> None:
    """Documents that were retrieved, and messages one by one."""
    door.send(door.call({"openinference.span.kind": "RETRIEVER", key: SAID}))
    kept = door.select("select attributes::varchar from spans")[0][0]

    assert "Write to" not in kept
    said = "coalesce(input_messages, output_messages)"
    assert "Write to [email]" in door.select(f"select {said} from contents")[0][0]


@pytest.mark.parametrize("scope", ["gemledger", "some.other.library"])
def test_a_value_without_end_is_cut_and_counted(door: Door, scope: str) -> None:
    """Megabytes of text are no attribute; the first 8 KiB stay, and what is missing is said."""
    words, before = "ä word " * 10_000, door.collector.metric(CUT)
    door.send(door.call({"notes": words}), scope=scope)

    kept = attribute(door, "notes")
    assert kept.startswith(words[:7_000])
    assert kept.endswith(f"… [{len(words.encode()) - 8_192} bytes cut]")
    assert door.collector.metric(CUT) == before + 1


def test_ids_and_measures_of_others_stay_as_they_are(door: Door) -> None:
    """A trace would be worth little otherwise."""
    kept = {
        "thread.id": "139872345234234",
        "request.id": "9f86d081884c7d659a2feaa0c55ad015",
        "uuid": "0b9c7ba6-7a2a-4a8e-8d0e-3f6c3b2f1a77",
        "took": "0.0048539600",
        "net.peer.ip": "203.0.113.7",
        "db.statement": "select total from orders where state = 'open'",
    }
    door.send(door.call(kept))

    assert {key: attribute(door, key) for key in kept} == kept
