"""An application that lets prompts, answers, tools and errors be full of personal data; run in a process of its own.

Its environment says where Gemini is; PLANTED names a JSON file with the texts by place, and what to answer.
"""

import json
import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from google import genai
from google.genai import types
from hygiene import shop_talks

import gemledger

FLASH = "gemini-2.5-flash"
Json = dict[str, Any]


def said(*parts: Json, thoughts: int = 0) -> Json:
    """A whole answer."""
    usage = {"promptTokenCount": 100, "candidatesTokenCount": 40, "thoughtsTokenCount": thoughts}
    candidate = {"content": {"parts": list(parts), "role": "model"}, "finishReason": "STOP"}
    return {
        "candidates": [candidate],
        "usageMetadata": usage | {"totalTokenCount": 140 + thoughts},
    }


def answering(*steps: Json, called: str) -> types.HttpOptions:
    """What the simulated Gemini is to say."""
    headers = {"x-simulator-script": json.dumps(list(steps)), "x-simulator-script-id": called}
    return types.HttpOptions(headers=headers)


class Shop:
    """One client, and the texts to be let out."""

    def __init__(self, texts: dict[str, str]) -> None:
        self.texts = texts
        self.client = genai.Client(api_key=texts["the app's own key"])

    def converse(self) -> None:
        """Prompt, history with a tool, a picture, a system instruction; an answer with a thought."""
        texts = self.texts
        picture = types.Blob(mime_type="image/png", data=texts["bytes of a picture"].encode())
        arguments = {"who": texts["tool arguments"]}
        contents = [
            types.Content(role="user", parts=[types.Part(text=texts["prompt"])]),
            types.Content(
                role="model",
                parts=[types.Part(function_call=types.FunctionCall(name="find", args=arguments))],
            ),
            types.Content(
                role="user",
                parts=[
                    types.Part(
                        function_response=types.FunctionResponse(
                            name="find", response={"found": [texts["tool result"]]}
                        )
                    ),
                    types.Part(text=texts["text beside a picture"]),
                    types.Part(inline_data=picture),
                ],
            ),
        ]
        declared = types.FunctionDeclaration(name="find", description=texts["tool description"])
        step = {
            "response": said(
                {"text": texts["thought"], "thought": True},
                {"text": texts["answer"]},
                {
                    "functionCall": {
                        "name": "find",
                        "args": {"who": texts["tool call of an answer"]},
                    }
                },
                thoughts=7,
            )
        }
        self.client.models.generate_content(
            model=FLASH,
            contents=contents,
            config=types.GenerateContentConfig(
                system_instruction=texts["system instruction"],
                tools=[types.Tool(function_declarations=[declared])],
                http_options=answering(step, called="converse"),
            ),
        )

    def be_judged(self) -> None:
        """An answer of which the judge quotes a sentence."""
        step = {"response": said({"text": self.texts["sentence the judge quotes"]})}
        self.client.models.generate_content(
            model=FLASH,
            contents="How is the battery?",
            config=types.GenerateContentConfig(http_options=answering(step, called="judged")),
        )

    def stream(self) -> None:
        """An answer that comes in pieces, cut through the middle of what is secret."""
        text = self.texts["streamed answer"]
        cuts = range(0, len(text), 11)
        chunks = [
            {
                "candidates": [
                    {"content": {"parts": [{"text": text[at : at + 11]}], "role": "model"}}
                ]
            }
            for at in cuts
        ]
        chunks.append(said({"text": "."}))
        options = answering({"chunks": chunks}, called="stream")
        config = types.GenerateContentConfig(http_options=options)
        for _ in self.client.models.generate_content_stream(
            model=FLASH, contents="Go on.", config=config
        ):
            pass

    def call_a_function_that_fails(self) -> None:
        """The SDK calls it, and tells the model what it raised."""
        texts = self.texts

        def find(who: str) -> str:
            """Find somebody."""
            raise RuntimeError(texts["exception in a tool"] + who)

        wants = {"response": said({"functionCall": {"name": "find", "args": {"who": "x"}}})}
        then = {"response": said({"text": "Sorry."})}
        self.client.models.generate_content(
            model=FLASH,
            contents="Find them.",
            config=types.GenerateContentConfig(
                tools=[find], http_options=answering(wants, then, called="function")
            ),
        )

    def be_refused(self) -> None:
        """Google's error repeats what was sent, as some do."""
        message = {
            "code": 400,
            "message": self.texts["error of Google's"],
            "status": "INVALID_ARGUMENT",
        }
        step = {"status": 400, "response": {"error": message}}
        config = types.GenerateContentConfig(http_options=answering(step, called="refused"))
        self.client.models.generate_content(model=FLASH, contents="Hello.", config=config)

    def fail_in_a_session(self) -> None:
        """The app's own exception goes through a session and an attribution."""
        with gemledger.session():
            raise ValueError(self.texts["exception of the app's"])

    def fill_a_cache(self) -> None:
        """What a context cache is made of."""
        self.client.caches.create(
            model=FLASH,
            config=types.CreateCachedContentConfig(
                contents=self.texts["content of a cache"] + " and so on" * 3000,
                display_name=self.texts["display name of a cache"][:120],
            ),
        )

    def submit_a_batch(self) -> None:
        """Requests that are answered later."""
        request = types.InlinedRequest(contents=self.texts["request of a batch"])
        self.client.batches.create(
            model=FLASH, src=[request], config={"display_name": self.texts["name of a batch"][:120]}
        )

    def talk(self) -> None:
        """All that ``shop_talks`` knows."""
        wants = {"response": said({"functionCall": {"name": "find", "args": {"who": "x"}}})}
        then = {"response": said({"text": "Nobody."})}
        writing = answering(wants, then, called="writing tool")
        for deed in (
            lambda: shop_talks.let_a_tool_write(self.client, self.texts, writing),
            lambda: shop_talks.chat_with_a_file(self.client, self.texts),
            lambda: shop_talks.interact(self.client, self.texts),
            lambda: shop_talks.speak_live(self.client, self.texts),
            lambda: shop_talks.give_feedback(self.client, self.texts),
        ):
            attempt(deed)

    def ask_in_vain(self) -> None:
        """While no collector takes what is told: it waits on disk."""
        self.client.models.generate_content(
            model=FLASH, contents=self.texts["prompt that waits on disk"]
        )

    def embed(self) -> None:
        """A text that becomes numbers."""
        self.client.models.embed_content(
            model="gemini-embedding-001", contents=self.texts["text that is embedded"]
        )


def attempt(deed: Callable[[], None]) -> None:
    """Whatever the app's calls raise, the app goes on, and logs it to nobody."""
    try:
        deed()
    except Exception as error:  # noqa: BLE001 - the app's own business
        sys.stdout.write(f"{deed.__name__}: {type(error).__name__}\n")


def main() -> None:
    """Everything once."""
    texts: dict[str, str] = json.loads(Path(os.environ["PLANTED"]).read_text(encoding="utf-8"))
    logging.basicConfig(stream=sys.stderr)
    logging.getLogger("gemledger").setLevel(logging.DEBUG)
    gemledger.init("shop")
    shop = Shop(texts)
    with gemledger.attribution(
        team="support", feature="chat", user_id="user-17", prompt_version="v1"
    ):
        if "OFFLINE" in os.environ:
            attempt(shop.ask_in_vain)
            return
        for deed in (
            shop.converse,
            shop.be_judged,
            shop.stream,
            shop.call_a_function_that_fails,
            shop.be_refused,
            shop.fail_in_a_session,
            shop.fill_a_cache,
            shop.submit_a_batch,
            shop.embed,
            shop.talk,
        ):
            attempt(deed)
    gemledger.flush()


if __name__ == "__main__":
    main()
