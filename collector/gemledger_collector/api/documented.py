"""/openapi.json: what each route says of itself, and the answers that none of them has to say.

Errors have one shape everywhere, so they are written into every operation here: those of the door, of a wrong question,
of a busy store. FastAPI's own 422 is gone: a wrong question is 400.
"""

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI

Json = dict[str, Any]

_ERRORS = {
    "400": "The question is wrong; the message names what, and what to do.",
    "401": "There is no token, or none that is known.",
    "403": "The token is good, but not for this.",
    "404": "Nothing is there.",
    "405": "Not by this method.",
    "413": "More bytes than the configured limit.",
    "415": "A content type that is not spoken here.",
    "421": "The Host header names another machine.",
    "429": "This caller asks too often; Retry-After says when to ask again.",
    "500": "The collector failed; its log says why.",
    "503": "Too busy; Retry-After says when to ask again.",
}
_NOT_MODIFIED = "The caller has this very answer: If-None-Match named its ETag."
_OPEN = frozenset({"/healthz", "/readyz"})
_METHODS = ("get", "post", "put", "patch", "delete")
_SHAPE: Json = {
    "title": "Error",
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["type", "message"],
            "properties": {
                "type": {"type": "string", "description": "a stable word, for programs"},
                "message": {"type": "string", "description": "what is wrong and what to do"},
            },
        }
    },
}


def documented(app: FastAPI) -> Callable[[], Json]:
    """What ``app.openapi`` is to be."""
    told = app.openapi

    def openapi() -> Json:
        if app.openapi_schema is None:
            app.openapi_schema = _with_errors(told())
        return app.openapi_schema

    return openapi


def _with_errors(schema: Json) -> Json:
    components = schema.setdefault("components", {}).setdefault("schemas", {})
    for gone in ("HTTPValidationError", "ValidationError"):
        components.pop(gone, None)
    components["Error"] = _SHAPE
    for path, operations in schema["paths"].items():
        for method in _METHODS:
            if method in operations:
                _complete(operations[method]["responses"], path, method)
    return schema


def _complete(responses: Json, path: str, method: str) -> None:
    responses.pop("422", None)
    shape = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    for status, description in _ERRORS.items():
        responses.setdefault(status, {"description": description, "content": shape})
    if method == "get" and path not in _OPEN:
        responses.setdefault("304", {"description": _NOT_MODIFIED})
