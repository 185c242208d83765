"""What the judge is asked of an answer, and what its answer says: the collector's own prompt and parsing."""

from google.genai import types

from gemledger_cli.evaluating.items import Item
from gemledger_cli.evaluating.journal import Json
from gemledger_collector.judge.grade import generation
from gemledger_collector.judge.prompt import (
    MAX_OUTPUT_TOKENS,
    NotAVerdict,
    Prompt,
    build,
    parse,
)
from gemledger_collector.judge.rubric import Rubric
from gemledger_collector.judge.transcript import Exchange, NothingToJudge

__all__ = ["NotAVerdict", "NothingToJudge", "judge_config", "judge_prompt", "verdict"]


def judge_prompt(rubric: Rubric, item: Item, answer: str) -> Prompt:
    """The question to the judge. Raises NothingToJudge where the rubric needs what the item does not have."""
    context, instruction = item.context or "", item.system_instruction or ""
    return build(rubric, Exchange(item.question, answer, context, instruction))


def judge_config(prompt: Prompt) -> types.GenerateContentConfig:
    """As the collector's judge asks."""
    return generation(prompt, MAX_OUTPUT_TOKENS)


def verdict(text: str) -> Json:
    """Label, score, evidence and reason. Raises NotAVerdict."""
    said = parse(text)
    return {
        "label": said.label,
        "score": said.score,
        "evidence": said.evidence,
        "reason": said.reason,
    }
