"""What a span holds beside its columns, readable: attributes, events, links; content only where it may be seen."""

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel

from gemledger_collector.api.call_rows import Row, moment
from gemledger_collector.api.json_values import sent
from gemledger_collector.processors import readable
from gemledger_collector.processors.content_attributes import WITHHELD, is_content

Json = Any
_LATEST = 2**63 - 1


class SpanEvent(BaseModel):
    """A timestamped note in a span."""

    name: str
    time: str | None
    attributes: dict[str, Any]


class SpanLink(BaseModel):
    """A pointer to another span."""

    trace_id: str
    span_id: str
    attributes: dict[str, Any]


def attributes_of(row: Row, *, with_content: bool) -> dict[str, Json]:
    """Every attribute without a column: scalars as text, nested ones as they were."""
    scalars = {str(key): sent(value) for key, value in _pairs(row["attributes"])}
    nested = {
        str(key): readable.nested_value(value) for key, value in _pairs(row["nested_attributes"])
    }
    return _shown(scalars | nested, with_content=with_content)


def events_of(row: Row, *, with_content: bool) -> list[SpanEvent]:
    """The span's events, in the order they were written."""
    return [
        SpanEvent(
            name=event["name"],
            time=_time(event["time_unix_nano"]),
            attributes=_shown(event["attributes"], with_content=with_content),
        )
        for event in map(readable.event, row["events"] or ())
    ]


def links_of(row: Row, *, with_content: bool) -> list[SpanLink]:
    """The span's links."""
    return [
        SpanLink(
            trace_id=link["trace_id"],
            span_id=link["span_id"],
            attributes=_shown(link["attributes"], with_content=with_content),
        )
        for link in map(readable.link, row["links"] or ())
    ]


def tell_content(rows: Iterable[Row]) -> bool:
    """Whether attributes of any of these spans, of their events or links are content."""
    return any(
        is_content(name)
        for row in rows
        for told in (
            attributes_of(row, with_content=True),
            *(event.attributes for event in events_of(row, with_content=True)),
            *(link.attributes for link in links_of(row, with_content=True)),
        )
        for name in told
    )


def _pairs(column: Json) -> list[tuple[str, Any]]:
    """A map column as Arrow gives it: pairs, or None."""
    return list(column.items()) if isinstance(column, dict) else list(column or ())


def _shown(attributes: Mapping[str, Json], *, with_content: bool) -> dict[str, Json]:
    if with_content:
        return dict(attributes)
    return {name: WITHHELD if is_content(name) else value for name, value in attributes.items()}


def _time(unix_nano: int | None) -> str | None:
    return None if unix_nano is None or unix_nano > _LATEST else moment(unix_nano)
