"""Where a payload broke. Runs on bad payloads only: a plain walk over the protobuf wire format.

The error names the byte offset and the path of the field that was being read, such as
``resource_spans[0].scope_spans[0].spans[3].attributes[2].value``.
"""

from dataclasses import dataclass, field

from gemledger_collector.processors.otlp_schema import MESSAGES, Field

_FIELD_LIMIT = 200_000  # about a fifth of a second; a huge payload must not hold the writer up
_WIRE_TYPE = {"int32": 0, "int64": 0, "bool": 0, "double": 1, "fixed64": 1}
_NESTED = {("Span", "events"): "Event", ("Span", "links"): "Link"}
_GROUP_DEPTH = 100


class _Broken(Exception):  # noqa: N818 - not an error to anybody outside
    """The walk cannot go on."""

    def __init__(self, offset: int, problem: str) -> None:
        super().__init__(problem)
        self.offset = offset


@dataclass(slots=True)
class _Walk:
    payload: bytes
    path: list[str] = field(default_factory=list)
    fields_left: int = _FIELD_LIMIT

    def message(self, kind: str, start: int, end: int) -> None:
        """Read one message between two offsets."""
        fields = {each.number: each for each in MESSAGES[kind]}
        counts: dict[int, int] = {}
        offset = start
        while offset < end:
            offset = self._field(kind, fields, counts, (offset, end))

    def _field(
        self, kind: str, fields: dict[int, Field], counts: dict[int, int], span: tuple[int, int]
    ) -> int:
        start, end = span
        self.fields_left -= 1
        if self.fields_left < 0:
            raise _Broken(
                start, "the payload is not valid beyond here, which is as far as it was searched"
            )
        tag, offset = self._varint(start, end)
        number, wire_type = tag >> 3, tag & 7
        if number == 0:
            raise _Broken(start, "field number 0, which does not exist")
        known = fields.get(number)
        if known is None:
            return self._skip(wire_type, number, (offset, end), _GROUP_DEPTH)
        index = counts.get(number, 0)
        counts[number] = index + 1
        self.path.append(f"{known.name}[{index}]" if known.repeated else known.name)
        expected = _WIRE_TYPE.get(known.kind, 2)
        if wire_type != expected:
            raise _Broken(
                start, f"wire type {wire_type} where {known.kind} has wire type {expected}"
            )
        offset = self._known(kind, known, (offset, end), wire_type)
        self.path.pop()
        return offset

    def _known(self, kind: str, known: Field, span: tuple[int, int], wire_type: int) -> int:
        if wire_type != 2:
            return self._skip(wire_type, known.number, span, _GROUP_DEPTH)
        start, stop = self._delimited(*span)
        nested = _NESTED.get((kind, known.name), known.kind)
        if nested in MESSAGES:
            self.message(nested, start, stop)
        elif known.kind == "string":
            self._text(start, stop)
        return stop

    def _text(self, start: int, stop: int) -> None:
        try:
            self.payload[start:stop].decode()
        except UnicodeDecodeError as error:
            raise _Broken(start + error.start, "text that is not UTF-8") from None

    def _varint(self, offset: int, end: int) -> tuple[int, int]:
        value = 0
        for position in range(offset, min(end, offset + 10)):
            byte = self.payload[position]
            value |= (byte & 0x7F) << (7 * (position - offset))
            if byte < 0x80:
                return value, position + 1
        problem = (
            "a varint of more than ten bytes" if end - offset >= 10 else "the end inside a varint"
        )
        raise _Broken(offset, problem)

    def _delimited(self, offset: int, end: int) -> tuple[int, int]:
        length, start = self._varint(offset, end)
        if length > end - start:
            raise _Broken(offset, f"a length of {length} where {end - start} bytes are left")
        return start, start + length

    def _skip(self, wire_type: int, number: int, span: tuple[int, int], depth: int) -> int:
        offset, end = span
        match wire_type:
            case 0:
                return self._varint(offset, end)[1]
            case 1 | 5:
                size = 8 if wire_type == 1 else 4
                if end - offset < size:
                    raise _Broken(offset, f"{end - offset} bytes left where {size} are needed")
                return offset + size
            case 2:
                return self._delimited(offset, end)[1]
            case 3 if depth > 0:
                return self._group(number, span, depth - 1)
            case 3:
                raise _Broken(offset, "groups nested too deeply")
            case 4:
                raise _Broken(offset, "the end of a group that never began")
            case _:
                raise _Broken(offset, f"wire type {wire_type}, which does not exist")

    def _group(self, number: int, span: tuple[int, int], depth: int) -> int:
        offset, end = span
        while True:
            start = offset
            tag, offset = self._varint(offset, end)
            if tag & 7 == 4:
                if tag >> 3 != number:
                    raise _Broken(start, "the end of another group than began")
                return offset
            offset = self._skip(tag & 7, tag >> 3, (offset, end), depth)


def explain(payload: bytes) -> str:
    """Why ``payload`` is no ExportTraceServiceRequest, and where; one sentence."""
    hint = _looks_like(payload)
    if hint:
        return f"the body is not an OTLP trace request: it looks like {hint}"
    walk = _Walk(payload)
    try:
        walk.message("ExportTraceServiceRequest", 0, len(payload))
    except _Broken as broken:
        where = ".".join(walk.path) or "the top level"
        return f"the body is not an OTLP trace request: at byte {broken.offset} of {len(payload)}, in {where}: {broken}"
    return "the body is not an OTLP trace request: the decoder refuses it, though its outline is well formed"


def _looks_like(payload: bytes) -> str | None:
    start = payload[:64].lstrip()
    if start.startswith((b"{", b"[")):
        return "JSON; send protobuf, with Content-Type application/x-protobuf"
    if payload.startswith(b"\x1f\x8b"):
        return "gzip; say so with Content-Encoding: gzip"
    if start.lower().startswith((b"<html", b"<!doctype", b"<?xml")):
        return "a web page"
    return None
