"""Uploaded and downloaded files: the resumable protocol, and what is kept."""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from gemledger_simulator.backend import Backend
from gemledger_simulator.engine import SimulatedResponse, error
from gemledger_simulator.fields import Json, field, submessage
from gemledger_simulator.file_store import StoredFile, new_name
from gemledger_simulator.paging import page
from gemledger_simulator.wire import encoded

_UNFINISHED = 1_000
"""Uploads that were begun and not finished; beyond, the oldest is forgotten."""


def routes(backend: Backend) -> list[BaseRoute]:
    """Everything below ``files``."""
    room = _Files(backend)
    return [
        Route("/upload/{version}/files", room.upload, methods=["POST"]),
        Route("/{version}/files", room.listed, methods=["GET"]),
        Route("/{version}/files/{name}:download", room.download, methods=["GET"]),
        Route("/{version}/files/{name}", room.described, methods=["GET"]),
        Route("/{version}/files/{name}", room.deleted, methods=["DELETE"]),
    ]


@dataclass(slots=True)
class _Upload:
    """A file on its way here."""

    described: Json
    mime_type: str
    data: bytes = b""


class _Files:
    """The endpoints."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._uploads: OrderedDict[str, _Upload] = OrderedDict()

    async def upload(self, request: Request) -> Response:
        """Begin an upload, or take the next part of one."""
        commands = request.headers.get("x-goog-upload-command", "")
        if "start" in commands:
            refused = self._backend.refused(request)
            return answered(refused) if refused else await self._begin(request)
        upload = self._uploads.get(request.query_params.get("upload_id", ""))
        if upload is None:
            return answered(error(404))
        if request.headers.get("x-goog-upload-offset") != str(len(upload.data)):
            return answered(error(400, "The upload offset is not where the last part ended."))
        upload.data += await request.body()
        if "finalize" not in commands:
            return answered(SimulatedResponse(body={}, headers={"x-goog-upload-status": "active"}))
        return self._finish(request, upload)

    async def _begin(self, request: Request) -> Response:
        """An address for the parts."""
        described = submessage(await request.json(), "file")
        mime_type = request.headers.get("x-goog-upload-header-content-type", "")
        upload_id = new_name("")
        self._uploads[upload_id] = _Upload(described, mime_type)
        if len(self._uploads) > _UNFINISHED:
            self._uploads.popitem(last=False)
        url = request.url.include_query_params(upload_id=upload_id, upload_protocol="resumable")
        headers = {"x-goog-upload-status": "active", "x-goog-upload-url": str(url)}
        return answered(SimulatedResponse(body={}, headers=headers))

    def _finish(self, request: Request, upload: _Upload) -> Response:
        """The last part is here."""
        del self._uploads[request.query_params["upload_id"]]
        described = upload.described
        stored = self._backend.files.put(
            StoredFile(
                name=str(field(described, "name") or new_name()),
                data=bytes(upload.data),
                mime_type=str(field(described, "mimeType") or upload.mime_type),
                created_unix_nano=self._backend.clock(),
                display_name=str(field(described, "displayName") or ""),
            )
        )
        body = {"file": stored.as_json(str(request.base_url))}
        return answered(SimulatedResponse(body=body, headers={"x-goog-upload-status": "final"}))

    async def listed(self, request: Request) -> Response:
        """A page of files, the newest first."""
        if refused := self._backend.refused(request):
            return answered(refused)
        files, further = page(self._backend.files.newest_first(), request)
        listed = [file.as_json(str(request.base_url)) for file in files]
        return answered(SimulatedResponse(body={"files": listed} | further))

    async def described(self, request: Request) -> Response:
        """What is known of a file."""
        found = self._found(request)
        if isinstance(found, SimulatedResponse):
            return answered(found)
        return answered(SimulatedResponse(body=found.as_json(str(request.base_url))))

    async def download(self, request: Request) -> Response:
        """The bytes of a generated file."""
        found = self._found(request)
        if isinstance(found, SimulatedResponse):
            return answered(found)
        if not found.generated:
            return answered(error(400, "Only generated files can be downloaded."))
        return Response(found.data, media_type=found.mime_type)

    async def deleted(self, request: Request) -> Response:
        """The file is gone."""
        found = self._found(request)
        if isinstance(found, SimulatedResponse):
            return answered(found)
        self._backend.files.remove(found.name)
        return answered(SimulatedResponse(body={}))

    def _found(self, request: Request) -> StoredFile | SimulatedResponse:
        """The file that a path names, or why it is not to be had."""
        if refused := self._backend.refused(request):
            return refused
        name: Any = request.path_params["name"]
        # Google says 403 of a file that does not exist as of one that is another's.
        message = f"You do not have permission to access the File {name} or it may not exist."
        return self._backend.files.get(f"files/{name}") or error(403, message)


def answered(response: SimulatedResponse) -> Response:
    """An answer over HTTP."""
    return Response(
        encoded(response.body),
        status_code=response.status,
        headers=response.headers,
        media_type="application/json; charset=UTF-8",
    )
