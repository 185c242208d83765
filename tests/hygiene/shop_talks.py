"""More of what the application lets out: chats, files, interactions, live sessions, tools that write, feedback."""

import asyncio
import json
import os
from typing import Any

from google import genai
from google.genai import types
from opentelemetry import trace

import gemledger

FLASH = "gemini-2.5-flash"
Texts = dict[str, str]


def chat_with_a_file(client: genai.Client, texts: Texts) -> None:
    """Two turns, and a file by its address and name."""
    chat = client.chats.create(model=FLASH)
    chat.send_message(texts["first turn of a chat"])
    named = types.FileData(
        file_uri=f"gs://files/{texts['address of a file']}.pdf",
        display_name=texts["name of a file"],
        mime_type="application/pdf",
    )
    chat.send_message([types.Part(file_data=named), types.Part(text="What does it say?")])


def interact(client: genai.Client, texts: Texts) -> None:
    """By the newer API, with an instruction."""
    client.interactions.create(
        model="gemini-3.8-flash",
        input=texts["input of an interaction"],
        system_instruction=texts["instruction of an interaction"],
    )


def speak_live(_: genai.Client, texts: Texts) -> None:
    """A turn of a live session, asked and answered."""
    asyncio.run(_spoken(texts))


async def _spoken(texts: Texts) -> None:
    usage = {"promptTokenCount": 9, "responseTokenCount": 4, "totalTokenCount": 13}
    answer = {"role": "model", "parts": [{"text": texts["answer of a live session"]}]}
    said: list[Any] = [
        {"serverContent": {"modelTurn": answer}},
        {"serverContent": {"turnComplete": True}, "usageMetadata": usage},
    ]
    os.environ["SSL_CERT_FILE"] = os.environ["LIVE_CERTIFICATE"]
    options = types.HttpOptions(
        base_url=os.environ["LIVE_URL"], headers={"x-simulator-live": json.dumps([said])}
    )
    client = genai.Client(api_key="k", http_options=options)
    config = types.LiveConnectConfig(
        response_modalities=[types.Modality.TEXT],
        http_options=types.HttpOptions(headers={"x-simulator-live": json.dumps([said])}),
        system_instruction=texts["instruction of a live session"],
    )
    async with client.aio.live.connect(model="gemini-3.8-live", config=config) as session:
        asked = types.Content(
            role="user", parts=[types.Part(text=texts["question of a live session"])]
        )
        await session.send_client_content(turns=asked)
        async for _ in session.receive():
            pass


def let_a_tool_write(client: genai.Client, texts: Texts, options: types.HttpOptions) -> None:
    """What the app's own function notes on the span that is current."""

    def find(who: str) -> str:
        """Find somebody."""
        span = trace.get_current_span()
        span.set_attribute("customer", texts["attribute by a tool"] + who)
        span.set_attribute("customers", [texts["list by a tool"]])
        span.add_event("found", {"who": texts["event by a tool"]})
        span.record_exception(ValueError(texts["exception noted by a tool"]))
        return "nobody"

    config = types.GenerateContentConfig(tools=[find], http_options=options)
    client.models.generate_content(model=FLASH, contents="Find them.", config=config)


def give_feedback(client: genai.Client, texts: Texts) -> None:
    """A user's words about an answer."""
    answer = client.models.generate_content(model=FLASH, contents="Is it far?")
    gemledger.feedback(answer, thumbs="down", comment=texts["comment of a user"])
