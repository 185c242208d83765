"""Between the words of interactions and those of generateContent, which the engine speaks."""

import json

from gemledger_simulator.fields import Json

_BUILT_IN = {
    "google_search": "googleSearch",
    "url_context": "urlContext",
    "code_execution": "codeExecution",
    "google_maps": "googleMaps",
    "file_search": "fileSearch",
}
_COUNTS = {
    "total_input_tokens": "promptTokenCount",
    "total_output_tokens": "candidatesTokenCount",
    "total_thought_tokens": "thoughtsTokenCount",
    "total_cached_tokens": "cachedContentTokenCount",
    "total_tool_use_tokens": "toolUsePromptTokenCount",
    "total_tokens": "totalTokenCount",
}
_DETAILS = {
    "input_tokens_by_modality": "promptTokensDetails",
    "output_tokens_by_modality": "candidatesTokensDetails",
    "cached_tokens_by_modality": "cacheTokensDetails",
    "tool_use_tokens_by_modality": "toolUsePromptTokensDetails",
}
_SETTINGS = {
    "temperature": "temperature",
    "top_p": "topP",
    "seed": "seed",
    "max_output_tokens": "maxOutputTokens",
    "stop_sequences": "stopSequences",
}


def contents(said: object) -> list[Json]:
    """The ``input`` of an interaction as contents: text, one block, blocks, or steps of a conversation."""
    if isinstance(said, str):
        return [{"role": "user", "parts": [{"text": said}]}]
    items = [said] if isinstance(said, dict) else said if isinstance(said, list) else []
    turns: list[Json] = []
    for item in items:
        turn = _turn(item) if isinstance(item, dict) else None
        if turn is not None:
            turns.append(turn)
    return turns


def request(body: Json, turns: list[Json]) -> Json:
    """The generateContent request with the same conversation, tools and settings."""
    asked: Json = {"contents": turns}
    if isinstance(body.get("system_instruction"), str):
        asked["systemInstruction"] = {"parts": [{"text": body["system_instruction"]}]}
    tools = [_tool(tool) for tool in body.get("tools") or () if isinstance(tool, dict)]
    if tools:
        asked["tools"] = tools
    wanted = body.get("generation_config") or {}
    asked["generationConfig"] = {
        theirs: wanted[ours] for ours, theirs in _SETTINGS.items() if ours in wanted
    }
    if body.get("service_tier"):
        asked["serviceTier"] = body["service_tier"]
    return asked


def steps(answer: Json) -> list[Json]:
    """A generateContent answer as the steps of an interaction."""
    candidate = (answer.get("candidates") or [{}])[0]
    parts = candidate.get("content", {}).get("parts", ())
    queries = candidate.get("groundingMetadata", {}).get("webSearchQueries")
    found: list[Json] = tool_steps("google_search", queries=queries) if queries else []
    called = [part["functionCall"] for part in parts if "functionCall" in part]
    found += [
        {
            "type": "function_call",
            "id": f"call_{n}",
            "name": call["name"],
            "arguments": call["args"],
        }
        for n, call in enumerate(called)
    ]
    texts = [part["text"] for part in parts if "text" in part and not part.get("thought")]
    if texts:
        said = {"type": "text", "text": "".join(texts)}
        found.append({"type": "model_output", "content": [said]})
    return found


def tool_steps(tool: str, queries: list[str] | None = None) -> list[Json]:
    """One use of a tool of Google's: what it was asked, what came back."""
    arguments: dict[str, Json] = {
        "google_search": {"queries": queries or ["wind on Skerry"]},
        "url_context": {"urls": ["https://example.com/1"]},
        "code_execution": {"language": "python", "code": "print(6 * 7)"},
    }
    results: dict[str, object] = {
        "google_search": [{"search_suggestions": "wind"}],
        "url_context": [{"url": "https://example.com/1", "status": "success"}],
        "code_execution": "42",
    }
    call_id = f"{tool}_1"
    return [
        {"type": f"{tool}_call", "id": call_id, "arguments": arguments[tool]},
        {"type": f"{tool}_result", "call_id": call_id, "result": results[tool]},
    ]


def usage(answer: Json) -> Json:
    """``usageMetadata`` in the words of interactions, with the searches that were made."""
    told = answer.get("usageMetadata", {})
    counted: Json = {ours: told.get(theirs, 0) for ours, theirs in _COUNTS.items()}
    for ours, theirs in _DETAILS.items():
        if told.get(theirs):
            counted[ours] = [
                {"modality": each["modality"].lower(), "tokens": each["tokenCount"]}
                for each in told[theirs]
            ]
    candidate = (answer.get("candidates") or [{}])[0]
    queries = set(candidate.get("groundingMetadata", {}).get("webSearchQueries", ()))
    if queries:
        counted["grounding_tool_count"] = [{"type": "google_search", "count": len(queries)}]
    return counted


def _turn(item: Json) -> Json | None:
    """One step, or one block of content, as a turn of the conversation."""
    kind = item.get("type")
    if kind == "function_call":
        call = {"name": item.get("name"), "args": item.get("arguments", {})}
        return {"role": "model", "parts": [{"functionCall": call}]}
    if kind == "function_result":
        result = item.get("result")
        said = {"name": item.get("name") or "", "response": {"result": result}}
        return {"role": "user", "parts": [{"functionResponse": said}]}
    blocks = item.get("content", [item])
    parts = [_part(block) for block in blocks if isinstance(block, dict)]
    if kind in ("user_input", "model_output", "text", "image", "audio", "video", "document"):
        return {"role": "model" if kind == "model_output" else "user", "parts": parts}
    return None


def _part(block: Json) -> Json:
    if "text" in block:
        return {"text": str(block["text"])}
    if "data" in block:
        return {"inlineData": {"mimeType": block.get("mime_type", ""), "data": block["data"]}}
    if "uri" in block:
        return {"fileData": {"mimeType": block.get("mime_type", ""), "fileUri": block["uri"]}}
    return {"text": json.dumps(block, sort_keys=True)}


def _tool(tool: Json) -> Json:
    kind = str(tool.get("type"))
    if kind == "function":
        declared = {n: tool[n] for n in ("name", "description", "parameters") if n in tool}
        return {"functionDeclarations": [declared]}
    return {_BUILT_IN.get(kind, kind): {}}
