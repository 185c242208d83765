"""The tools a request offers, in OpenTelemetry's shape of ``gen_ai.tool.definitions``. Pure, and duck-typed."""

from collections.abc import Iterator, Mapping
from typing import Any

from gemledger.attributes import field
from gemledger.content.parts import Part, is_model, plain
from gemledger.content.writer import kept_of

_LONGEST_DESCRIPTION = 2_048


def definitions(tools: Any) -> Iterator[Part]:  # noqa: ANN401 - every form the SDK takes
    """One definition per function, and one per tool of Google's by its name."""
    for tool in tools if isinstance(tools, list | tuple) else (tools,):
        if isinstance(tool, Mapping) or is_model(tool):
            yield from _declared(tool)
        elif callable(tool):
            yield _python_function(tool)
        else:
            yield {"type": "tool", "name": type(tool).__name__}


def _declared(tool: Any) -> Iterator[Part]:  # noqa: ANN401 - a Tool of the SDK, or a dict like one
    """A ``Tool``: functions, or tools of Google's, each by the field it is configured in."""
    for declaration in field(tool, "function_declarations") or ():
        yield _function(
            field(declaration, "name"),
            field(declaration, "description"),
            field(declaration, "parameters_json_schema") or field(declaration, "parameters"),
        )
    fields = tool if isinstance(tool, Mapping) else vars(tool)
    for name, value in fields.items():
        if value is not None and name not in ("function_declarations", "functionDeclarations"):
            yield {"type": kept_of(str(name)), "name": kept_of(str(name))}


def _python_function(function: Any) -> Part:  # noqa: ANN401 - a callable of the user's
    """A function of the user's that the SDK declares by itself."""
    name = getattr(function, "__name__", type(function).__name__)
    return _function(name, getattr(function, "__doc__", None), None)


def _function(name: object, description: object, parameters: object) -> Part:
    part: Part = {"type": "function", "name": kept_of(name) if isinstance(name, str) else ""}
    if isinstance(description, str):
        part["description"] = kept_of(description, _LONGEST_DESCRIPTION)
    if parameters is not None:
        part["parameters"] = _schema(plain(parameters))
    return part


def _schema(schema: Any) -> Any:  # noqa: ANN401 - plain values of JSON
    """A schema with its types in JSON Schema's spelling; Gemini's own are in capitals."""
    if isinstance(schema, list):
        return [_schema(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        name: value.lower() if name == "type" and isinstance(value, str) else _schema(value)
        for name, value in schema.items()
    }
