"""One Live session: setup, then a reply to every demand, until somebody closes."""

import json
from collections import deque

from starlette.websockets import WebSocket, WebSocketDisconnect

from gemledger_simulator import faults, models, wire
from gemledger_simulator.backend import Backend
from gemledger_simulator.engine import Circumstances, Platform
from gemledger_simulator.fields import Json, field, submessage

from . import invented, script
from .conversation import Conversation, Handles
from .script import Reply, ScriptError

_INVALID, _REFUSED = 1007, 1008


class _Ended(Exception):  # noqa: N818 - no error: the script, or a broken rule, ends the session
    def __init__(self, code: int, reason: str = "") -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class LiveSession:
    """The server's end of one WebSocket."""

    def __init__(
        self, backend: Backend, socket: WebSocket, platform: Platform, handles: Handles
    ) -> None:
        self._backend = backend
        self._socket = socket
        self._platform = platform
        self._handles = handles
        self._conversation = Conversation()
        self._setup: Json = {}
        self._model = ""
        self._replies: deque[Reply] = deque()
        self._usage: Json | None = None
        self._demanded = False

    async def serve(self) -> None:
        """Until the client leaves, the script says so, or a rule is broken."""
        await self._socket.accept()
        try:
            setup = submessage(await self._received(), "setup")
            self._admit()  # only now: a client that is still sending would not see why it was refused
            await self._begin(setup)
            while True:
                while not self._demanded:
                    await self._hear()
                self._demanded = False
                await self._answer()
        except WebSocketDisconnect:
            return
        except _Ended as ended:
            await self._socket.close(ended.code, ended.reason[:120])

    def _admit(self) -> None:
        """Refuse who may not ask, and read the headers."""
        refused = self._backend.refused(self._socket, self._platform)
        if refused is not None:
            raise _Ended(_INVALID, refused.body["error"]["message"])
        try:
            self._replies = script.parsed(self._socket.headers.get(script.SCRIPT))
            usage = self._socket.headers.get("x-simulator-usage")
            self._usage = None if usage is None else json.loads(usage)
        except (ScriptError, ValueError) as problem:
            raise _Ended(_INVALID, str(problem)) from None

    async def _begin(self, setup: Json) -> None:
        """The setup, and what it resumes."""
        self._setup = setup
        model = str(setup.get("model") or "")
        if not model:
            raise _Ended(_INVALID, "setup must be the first message and name a model")
        at = self._backend.clock()
        self._model = models.served_model(model.rpartition("/")[2], at)
        handle = field(submessage(setup, "sessionResumption"), "handle")
        if handle is not None:
            kept = self._handles.find(str(handle))
            if kept is None:
                raise _Ended(_REFUSED, "BidiGenerateContent session not found")
            self._conversation = kept
        await self._send({"setupComplete": {"sessionId": f"live-{at:x}"}})

    async def _hear(self) -> None:
        self._demanded |= self._conversation.hear(await self._received())

    async def _answer(self) -> None:
        """The next reply, on the invoice before it is out: Google bills also what nobody reads."""
        reply = self._replies.popleft() if self._replies else self._invent()
        self._note(reply)
        for step in reply.steps:
            await self._perform(step)
        if field(self._setup, "sessionResumption") is not None:
            handle = self._handles.keep(self._conversation)
            await self._send({"sessionResumptionUpdate": {"newHandle": handle, "resumable": True}})

    def _invent(self) -> Reply:
        request = {**self._setup, "contents": self._conversation.contents}
        circumstances = Circumstances(platform=self._platform)
        answer = self._backend.engine.respond(
            self._model, request, self._backend.clock(), circumstances
        )
        if answer.status != 200 or "usageMetadata" not in answer.body:
            error = answer.body.get("error") or faults.error_body(500)["error"]
            raise _Ended(_INVALID if answer.status == 400 else 1011, error["message"])
        return invented.reply_of(answer.body, self._setup, self._platform, self._usage)

    def _note(self, reply: Reply) -> None:
        searched = {"webSearchQueries": reply.queries} if reply.queries else {}
        for usage in reply.bills:
            self._backend.record.note(
                "live",
                model=self._model,
                tier="standard",
                platform=self._platform,
                at_unix_nano=self._backend.clock(),
                usageMetadata=usage,
                **searched,
            )
            searched = {}

    async def _perform(self, step: Json) -> None:
        if "pause" in step:
            await self._hear()
        elif "close" in step:
            raise _Ended(step["close"], step.get("reason", ""))
        elif "disconnect" in step:
            self._socket.scope["extensions"][wire.DROP]["close"]()
            raise WebSocketDisconnect
        elif "bill" not in step:
            turn = submessage(submessage(step, "serverContent"), "modelTurn")
            self._conversation.say(turn.get("parts", []))
            await self._send(step)

    async def _send(self, message: Json) -> None:
        await self._socket.send_bytes(wire.encoded(message))

    async def _received(self) -> Json:
        """The next message of the client, a JSON object."""
        event = await self._socket.receive()
        if event["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(event["code"])
        try:
            message = json.loads(event.get("text") or event.get("bytes") or "")
        except ValueError as problem:
            raise _Ended(_INVALID, f"Invalid JSON payload received. {problem}") from None
        if not isinstance(message, dict):
            raise _Ended(_INVALID, "Expected an object.")
        return message
