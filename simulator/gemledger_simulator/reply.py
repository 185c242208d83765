"""What an answer consists of: its parts, why it ended, and what it counted."""

from dataclasses import dataclass, replace

from . import answers, draw, facts, functions, judge, made_media, models, prose, schema
from .fields import Json
from .prompt import Prompt
from .settings import Settings
from .tokens import part_segment, text_tokens
from .usage import Usage

_THOUGHTS = (
    "**Reading the question**\n\nFirst I settle what is asked, then what of it can be said with certainty.\n",
    "**Weighing the options**\n\nTwo readings are possible; the more common one fits the context.\n",
    "**Checking the result**\n\nBefore answering I go through the steps once more, from the end.\n",
)


@dataclass(frozen=True, slots=True)
class Reply:
    """The body of a response without its ids, and the usage it is billed by."""

    body: Json
    usage: Usage


def withheld(usage: Usage, *, blocked: bool) -> Reply:
    """A prompt that is blocked, or an answer that is held back; either way only the prompt is billed."""
    ratings = [
        {"category": "HARM_CATEGORY_DANGEROUS_CONTENT", "probability": "HIGH", "blocked": True}
    ]
    prompt_only = replace(usage, output_tokens=0, thoughts_tokens=0, output_details={})
    if blocked:
        feedback = {"blockReason": "PROHIBITED_CONTENT", "safetyRatings": ratings}
        return Reply({"promptFeedback": feedback}, prompt_only)
    candidate = {"finishReason": "SAFETY", "index": 0, "safetyRatings": ratings}
    return Reply({"candidates": [candidate]}, prompt_only)


def compose(prompt: Prompt, prompt_usage: Usage, settings: Settings) -> Reply:
    """The answer to ``prompt``; ``prompt_usage`` holds the counts of the prompt's side.

    Output tokens that it holds already bound the text, whose own tokens then take their place.
    """
    if medium := made_media.made(prompt):
        return _shown(prompt, prompt_usage, medium, settings)
    thoughts = _thought_tokens(prompt, settings.seed)
    limit = prompt.wanted.max_output_tokens
    room = None if limit is None else limit - thoughts
    parts, finish_reason = _cut(
        _parts(prompt, settings, prompt_usage.output_tokens or None),
        room,
        prompt.wanted.stop_sequences,
    )
    tokens = sum(part_segment(part).tokens for part in parts)
    usage = replace(prompt_usage, output_tokens=tokens, thoughts_tokens=thoughts)
    candidate: Json = {"content": {"parts": parts, "role": "model"}}
    candidate |= {"finishReason": finish_reason, "index": 0}
    if prompt.tools & {"googleSearch", "google_search"}:
        candidate["groundingMetadata"] = _grounding(prompt)
    if retrieving := prompt.tools - {"functionDeclarations", "function_declarations"}:
        retrieved = 400 * len(retrieving) + int(
            1600 * draw.chance(settings.seed, prompt.digest, "tool")
        )
        usage = replace(usage, tool_use_tokens=retrieved)
    if prompt.wanted.include_thoughts and thoughts:
        thought = draw.pick(_THOUGHTS, settings.seed, prompt.digest, "thought")
        parts.insert(0, {"text": thought, "thought": True})
    return Reply({"candidates": [candidate]}, usage)


def _shown(
    prompt: Prompt, prompt_usage: Usage, medium: made_media.Made, settings: Settings
) -> Reply:
    """An answer in pictures or sound."""
    candidate: Json = {"content": {"parts": [medium.part], "role": "model"}}
    candidate |= {"finishReason": "STOP", "index": 0}
    usage = replace(
        prompt_usage,
        output_tokens=medium.tokens,
        output_details={medium.modality: medium.tokens},
        thoughts_tokens=_thought_tokens(prompt, settings.seed) if medium.thinks else 0,
    )
    return Reply({"candidates": [candidate]}, usage)


def _parts(prompt: Prompt, settings: Settings, most_tokens: int | None) -> list[Json]:
    if called := functions.calls(prompt, settings.seed):
        return called
    return [{"text": _text(prompt, settings, most_tokens)}]


def _text(prompt: Prompt, settings: Settings, most_tokens: int | None) -> str:
    wanted = prompt.wanted
    if wanted.schema is not None and judge.is_judge_schema(wanted.schema):
        known = judge.known_values(prompt, wanted.schema, settings)
        return schema.fill_json(wanted.schema, settings.seed, prompt.digest, known=known)
    reported = functions.report(prompt)
    fact = _fact(prompt.last_user_text)
    if reported:
        text = reported
    elif fact:
        text = answers.answer(prompt, fact, settings)
    else:
        text = prose.compose(prompt, settings.seed, most_tokens)
    if wanted.schema is None:
        return text
    filled = schema.fill(wanted.schema, settings.seed, prompt.digest, text=text)
    return str(filled) if wanted.mime_type == "text/x.enum" else schema.as_json(filled)


def _fact(asked: str) -> facts.Fact | None:
    """The fact asked about: by a question of the table, or in other words if those ask for no kind of text."""
    return facts.asked_literally(asked) or (
        None if prose.asks_for_text(asked) else facts.asked_about(asked)
    )


def _cut(parts: list[Json], room: int | None, stops: tuple[str, ...]) -> tuple[list[Json], str]:
    """The parts up to a stop sequence or to ``room`` tokens, and the finish reason."""
    text = parts[0].get("text")
    if not isinstance(text, str):
        return parts, "STOP"  # a function call is never cut
    ends = [text.index(stop) for stop in stops if stop and stop in text]
    text = text[: min(ends)] if ends else text
    if room is None or text_tokens(text) <= room:
        return [{"text": text}], "STOP"
    kept = text.encode()[: max(room, 0) * 4].decode(errors="ignore")
    return ([{"text": kept}] if kept else []), "MAX_TOKENS"


def _thought_tokens(prompt: Prompt, seed: int) -> int:
    """Tokens of thought: drawn around the model's habit, within the budget and half of the output limit.

    (Real models may spend the whole limit on thoughts and answer nothing.)
    """
    budget, limit = prompt.wanted.thinking_budget, prompt.wanted.max_output_tokens
    habit = models.character(prompt.model).typical_thoughts
    typical = habit if budget is None else max(habit, 100)
    drawn = int(draw.long_tailed(typical, 1.6, seed, prompt.digest, "thoughts"))
    caps = [cap for cap in (budget, None if limit is None else limit // 2) if cap is not None]
    return min([drawn, *caps])


def _grounding(prompt: Prompt) -> Json:
    """What a grounded answer cites: one or two queries and the pages they found."""
    about = prose.topic(prompt.last_user_text)
    queries = [about, f"{about} guide"][: 1 + (prompt.digest[0] & 1)]
    pages = [
        {"web": {"uri": f"https://example.com/{number}", "title": f"{query} ({number})"}}
        for number, query in enumerate(queries, start=1)
    ]
    return {"webSearchQueries": queries, "groundingChunks": pages}
