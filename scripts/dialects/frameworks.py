"""The cases as a framework's user makes the call: those that a framework can make with one prompt."""

import importlib
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any
from uuid import uuid4

from google import genai
from google.genai import types

from scripts.dialects.cases import MODEL, PROMPT, Case, address_of, script


def _headers(case: Case) -> dict[str, str]:
    return {"x-simulator-script": json.dumps(script(case)), "x-simulator-script-id": uuid4().hex}


def _load(module: str, name: str) -> Any:  # noqa: ANN401 - these packages are in an environment of their own
    return getattr(importlib.import_module(module), name)


def play_with_pydantic_ai(case: Case, url: str) -> None:
    """One run of an agent; its functions are exchanges of their own, each with a span."""
    if case["call"] not in ("generate", "functions"):
        return
    options = types.HttpOptions(base_url=url, headers=_headers(case))
    provider = _load("pydantic_ai.providers.google", "GoogleProvider")(
        client=genai.Client(api_key="any", http_options=options)
    )
    model = _load("pydantic_ai.models.google", "GoogleModel")(MODEL, provider=provider)
    tools = [address_of] if case["call"] == "functions" else []
    agent = _load("pydantic_ai", "Agent")(model, tools=tools)
    with suppress(Exception):  # a refusal, in the framework's own words
        agent.run_sync(PROMPT)


def play_with_langchain(case: Case, url: str) -> None:
    """One invocation of the chat model, within a chain."""
    if case["call"] != "generate" or any("audio" in tokens for tokens in case["exchanges"]):
        return
    model = _load("langchain_google_genai", "ChatGoogleGenerativeAI")(
        model=MODEL,
        google_api_key="any",
        base_url=url,
        additional_headers=_headers(case),
        max_retries=1,
    )
    chain = model | _load("langchain_core.output_parsers", "StrOutputParser")()
    with suppress(Exception):
        chain.invoke(PROMPT)


PLAYERS: Mapping[str, Callable[[Case, str], None]] = {
    "pydantic_ai": play_with_pydantic_ai,
    "langchain": play_with_langchain,
}
"""Dialect → how its cases are played; the others play them with the SDK itself."""
