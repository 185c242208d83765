"""What a candidate is asked for an item, and what a judge of its answer: the collector's own prompt and parsing."""

from google.genai import types

from gemledger_cli.evaluating.calls import ANSWER_AGAIN, JUDGE_AGAIN, Question
from gemledger_cli.evaluating.candidates import Candidate
from gemledger_cli.evaluating.conversation import turns
from gemledger_cli.evaluating.items import Item
from gemledger_cli.evaluating.journal import Json
from gemledger_collector.judge.grade import generation
from gemledger_collector.judge.prompt import MAX_OUTPUT_TOKENS, Prompt, build, kept, parse
from gemledger_collector.judge.rubric import Rubric
from gemledger_collector.judge.transcript import Exchange


def to_answer(item: Item, candidate: Candidate, max_output_tokens: int) -> Question:
    """The item's conversation, under the candidate's instruction or the item's own."""
    instruction, said = candidate.system_instruction or item.system_instruction, turns(item)
    return Question(
        model=candidate.model or "",
        prompt=Prompt(instruction or "", "\n".join(text for _, text in said)),
        contents=[types.Content(role=role, parts=[types.Part(text=text)]) for role, text in said],
        config=types.GenerateContentConfig(
            system_instruction=instruction, max_output_tokens=max_output_tokens
        ),
        read=lambda text: {"answer": text},
        once_more=ANSWER_AGAIN,
    )


def to_judge(rubric: Rubric, item: Item, answer: str, model: str) -> Question:
    """As the collector's judge is asked. Raises NothingToJudge where the rubric needs what the item does not have."""
    context, instruction = item.context or "", item.system_instruction or ""
    prompt = build(rubric, Exchange(item.question, answer, context, instruction))
    config = generation(prompt, MAX_OUTPUT_TOKENS)
    return Question(model, prompt, prompt.contents, config, verdict, JUDGE_AGAIN)


def verdict(text: str) -> Json:
    """Label, score, evidence and reason. Raises NotAVerdict."""
    said = parse(text)
    return {
        "label": said.label,
        "score": said.score,
        "evidence": kept(said.evidence),
        "reason": kept(said.reason),
    }
