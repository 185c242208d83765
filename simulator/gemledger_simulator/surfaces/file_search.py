"""File search: stores, and documents that are put into them, which are embedded and billed by their tokens."""

import json
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from gemledger_simulator.backend import Backend
from gemledger_simulator.engine import SimulatedResponse, error
from gemledger_simulator.fields import Json
from gemledger_simulator.fields import field as field_of
from gemledger_simulator.file_store import new_name
from gemledger_simulator.surfaces.files import answered
from gemledger_simulator.tokens import BYTES_PER_TOKEN

_STORES = "/{version}/fileSearchStores"
_STORE = _STORES + "/{store}"
_DEFAULT_MODEL = "models/gemini-embedding-001"
_UNFINISHED = 1_000


def routes(backend: Backend) -> list[BaseRoute]:
    """Everything below ``fileSearchStores``."""
    room = _FileSearch(backend)
    upload = "/upload" + _STORE + ":uploadToFileSearchStore"
    return [
        Route(_STORES, room.created, methods=["POST"]),
        Route(upload, room.upload, methods=["POST"]),
        Route(_STORE + ":importFile", room.imported, methods=["POST"]),
        Route(_STORE + "/operations/{operation}", room.operation, methods=["GET"]),
        Route(_STORE + "/upload/operations/{operation}", room.operation, methods=["GET"]),
        Route(_STORE, room.described, methods=["GET"]),
        Route(_STORE, room.deleted, methods=["DELETE"]),
    ]


@dataclass(slots=True)
class _Store:
    """One store and the operations that filled it."""

    name: str
    embedding_model: str
    display_name: str
    operations: dict[str, Json] = field(default_factory=dict)
    size_bytes: int = 0

    def as_json(self) -> Json:
        """The store's description, as the API gives it."""
        return {
            "name": self.name,
            "displayName": self.display_name,
            "embeddingModel": self.embedding_model,
            "activeDocumentsCount": str(len(self.operations)),
            "sizeBytes": str(self.size_bytes),
        }


class _FileSearch:
    """The endpoints."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._stores: dict[str, _Store] = {}
        self._uploads: OrderedDict[str, int] = OrderedDict()

    async def created(self, request: Request) -> Response:
        """A new store."""
        if refused := self._backend.refused(request):
            return answered(refused)
        asked: Json = json.loads(await request.body() or b"{}")
        name = new_name("fileSearchStores/store-")
        model = str(field_of(asked, "embeddingModel") or _DEFAULT_MODEL)
        store = _Store(name, model, str(field_of(asked, "displayName") or ""))
        self._stores[name] = store
        return answered(SimulatedResponse(body=store.as_json()))

    async def described(self, request: Request) -> Response:
        """A store as it is now."""
        store = self._found(request)
        if isinstance(store, SimulatedResponse):
            return answered(store)
        return answered(SimulatedResponse(body=store.as_json()))

    async def deleted(self, request: Request) -> Response:
        """The store is gone."""
        store = self._found(request)
        if isinstance(store, SimulatedResponse):
            return answered(store)
        del self._stores[store.name]
        return answered(SimulatedResponse(body={}))

    async def upload(self, request: Request) -> Response:
        """Begin an upload, or take its next part; with the last one the document is embedded."""
        commands = request.headers.get("x-goog-upload-command", "")
        upload_id = request.query_params.get("upload_id", "")
        store = self._found(request) if "start" in commands else self._store(request)
        if isinstance(store, SimulatedResponse):
            return answered(store)
        if "start" in commands:
            return self._begin(request)
        if upload_id not in self._uploads:
            return answered(error(404))
        self._uploads[upload_id] += len(await request.body())
        if "finalize" not in commands:
            return answered(SimulatedResponse(body={}, headers={"x-goog-upload-status": "active"}))
        operation = self._index(store, self._uploads.pop(upload_id), "upload/operations")
        return answered(
            SimulatedResponse(body=operation, headers={"x-goog-upload-status": "final"})
        )

    async def imported(self, request: Request) -> Response:
        """Embed a file that was uploaded before."""
        store = self._found(request)
        if isinstance(store, SimulatedResponse):
            return answered(store)
        name = str(field_of(await request.json(), "fileName") or "")
        stored = self._backend.files.get(name)
        if stored is None:
            return answered(error(403, f"You do not have permission to access the File {name}."))
        operation = self._index(store, len(stored.data), "operations")
        return answered(SimulatedResponse(body=operation))

    async def operation(self, request: Request) -> Response:
        """How far an indexing is: done, whenever somebody looks."""
        store = self._found(request)
        if isinstance(store, SimulatedResponse):
            return answered(store)
        operation = store.operations.get(request.path_params["operation"])
        if operation is None:
            return answered(error(404))
        document = f"{store.name}/documents/{request.path_params['operation']}"
        response = {"parent": store.name, "documentName": document}
        return answered(SimulatedResponse(body={**operation, "done": True, "response": response}))

    def _begin(self, request: Request) -> Response:
        upload_id = new_name("upload-")
        self._uploads[upload_id] = 0
        if len(self._uploads) > _UNFINISHED:
            self._uploads.popitem(last=False)
        url = str(request.url.include_query_params(upload_id=upload_id))
        headers = {"x-goog-upload-status": "active", "x-goog-upload-url": url}
        return answered(SimulatedResponse(body={}, headers=headers))

    def _index(self, store: _Store, size_bytes: int, kind: str) -> Json:
        """Embed a document: on the invoice with the tokens its bytes have; the answer tells nothing of them."""
        operation_id = new_name("document-")
        operation = {"name": f"{store.name}/{kind}/{operation_id}"}
        store.operations[operation_id] = operation
        store.size_bytes += size_bytes
        tokens = -(-size_bytes // BYTES_PER_TOKEN)
        self._backend.record.note(
            "file_search_index",
            model=store.embedding_model.removeprefix("models/"),
            tier="standard",
            platform="gemini_api",
            at_unix_nano=self._backend.clock(),
            usageMetadata={"promptTokenCount": tokens, "totalTokenCount": tokens},
        )
        return operation

    def _found(self, request: Request) -> _Store | SimulatedResponse:
        """The store that a path names, or why it is not to be had."""
        return self._backend.refused(request) or self._store(request)

    def _store(self, request: Request) -> _Store | SimulatedResponse:
        """The same for the parts of an upload, whose address is their credential."""
        name: Any = request.path_params["store"]
        return self._stores.get(f"fileSearchStores/{name}") or error(404)
