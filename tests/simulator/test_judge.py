"""The simulator as a judge: no marker tells it, and it errs as often as it is set to."""

import itertools
import json
import random
import re
from collections.abc import Iterator

from gemledger_collector.judge.prompt import FENCES
from gemledger_collector.judge.rubric import load
from gemledger_simulator import answers, facts, wording
from gemledger_simulator.engine import Engine
from gemledger_simulator.fields import Json
from gemledger_simulator.settings import Settings

MODEL = "gemini-2.5-flash"
ACCURACY = "You check whether the answer is factually accurate. Judge the facts only."
TONE = "You check the tone of the answer: is it polite, friendly and respectful, or rude and curt?"
SCHEMA = {
    "type": "OBJECT",
    "properties": {
        "evidence": {"type": "STRING"},
        "reason": {"type": "STRING"},
        "label": {"type": "STRING", "enum": ["good", "bad", "cannot_tell"]},
        "score": {"type": "NUMBER", "minimum": 0, "maximum": 1},
    },
}
PERFECT = Settings(seed=3, judge_sensitivity=1.0, judge_specificity=1.0)


def _answer(engine: Engine, question: str, system: str = "") -> str:
    request: Json = {"contents": [{"parts": [{"text": question}], "role": "user"}]}
    if system:
        request["systemInstruction"] = {"parts": [{"text": system}]}
    body = engine.respond(MODEL, request, 0).body
    return str(body["candidates"][0]["content"]["parts"][0]["text"])


def _judge(engine: Engine, rubric: str, question: str, answer: str, given: str = "") -> Json:
    request: Json = {
        "systemInstruction": {"parts": [{"text": rubric}]},
        "contents": [
            {
                "parts": [
                    {"text": f"{given}<question>{question}</question>\n<answer>{answer}</answer>"}
                ]
            }
        ],
        "generationConfig": {"responseMimeType": "application/json", "responseSchema": SCHEMA},
    }
    verdict = json.loads(
        engine.respond(MODEL, request, 0).body["candidates"][0]["content"]["parts"][0]["text"]
    )
    assert list(verdict) == ["evidence", "reason", "label", "score"]
    return dict(verdict)


def _questions(count: int) -> Iterator[str]:
    rng = random.Random(11)
    return itertools.islice(iter(lambda: wording.support_question(rng), None), count)


def test_a_judge_without_error_tells_right_from_wrong_by_the_claims_alone() -> None:
    """Exchange the value in the sentence and the verdict turns; nothing else was in the way of a mark."""
    engine = Engine(PERFECT)
    for fact in facts.table():
        right = fact.claim(0, fact.right)
        wrong = fact.claim(0, fact.wrong[0])
        good = _judge(engine, ACCURACY, fact.questions[0], f"Happy to help. {right}.")
        bad = _judge(engine, ACCURACY, fact.questions[0], f"Happy to help. {wrong}.")
        assert (good["label"], good["evidence"]) == ("good", right)
        assert (bad["label"], bad["evidence"]) == ("bad", wrong)
        assert good["score"] > 0.5 > bad["score"]


def test_an_answer_without_a_claim_cannot_be_told() -> None:
    """A judge that knows only the facts says so."""
    assert (
        _judge(Engine(PERFECT), ACCURACY, "How are you?", "Quite well.")["label"] == "cannot_tell"
    )


def test_the_dimension_is_read_from_the_words_of_the_rubric() -> None:
    """The same rude but right answer is good for accuracy and bad for tone."""
    fact = facts.table()[0]
    rude = f"{answers.RUDE_OPENINGS[0]} {fact.claim(0, fact.right)}. {answers.RUDE_CLOSINGS[0]}"
    engine = Engine(PERFECT)
    assert _judge(engine, ACCURACY, fact.questions[0], rude)["label"] == "good"
    verdict = _judge(engine, TONE, fact.questions[0], rude)
    assert verdict["label"] == "bad"
    assert verdict["evidence"] in rude


def test_good_and_bad_answers_differ_in_their_words_only() -> None:
    """Everything in an answer is a phrase of the tables in plain ASCII: there is no room for a mark."""
    engine = Engine(Settings(wrong_rate_hasty=0.5, rude_rate_blunt=0.5))
    phrases = {facts.plain(claim.sentence) for claim in facts.all_claims()}
    kind, rude = (
        (answers.OPENINGS, answers.CLOSINGS),
        (answers.RUDE_OPENINGS, answers.RUDE_CLOSINGS),
    )
    for phrase in itertools.chain(*kind, *rude, answers.ASIDES):
        phrases.add(facts.plain(phrase))
    for question in _questions(300):
        answer = _answer(engine, question, wording.SUPPORT_V8)
        assert answer.isascii()
        assert answer.isprintable()
        rest = facts.plain(answer)
        for phrase in sorted(phrases, key=len, reverse=True):
            rest = rest.replace(phrase, "")
        assert set(re.sub("by the way:", "", rest)) <= set(". ")


def test_an_answer_is_judged_by_an_engine_that_has_never_seen_it() -> None:
    """A judge in another process, with another seed, still finds every bad answer: it reads them."""
    author = Engine(Settings(seed=1))
    judge = Engine(Settings(seed=2, judge_sensitivity=1.0, judge_specificity=1.0))
    labels = []
    for question in _questions(200):
        answer = _answer(author, question, wording.SUPPORT_V8)
        truth = any(not claim.true for claim in facts.claims_in(answer))
        labels.append(truth)
        assert (_judge(judge, ACCURACY, question, answer)["label"] == "bad") is truth
    assert 0.2 < sum(labels) / len(labels) < 0.5


def test_a_judge_errs_at_its_sensitivity_and_specificity() -> None:
    """Over many prompts the shares are those set; the same prompt always gets the same verdict."""
    engine = Engine(Settings(seed=5, judge_sensitivity=0.8, judge_specificity=0.9))
    rng = random.Random(1)
    counts = {True: [0, 0], False: [0, 0]}
    for number in range(2_000):
        fact, bad = rng.choice(facts.table()), number % 2 == 0
        answer = f"{number}: {fact.claim(number, rng.choice(fact.wrong) if bad else fact.right)}."
        label = _judge(engine, ACCURACY, fact.questions[0], answer)["label"]
        assert label == _judge(engine, ACCURACY, fact.questions[0], answer)["label"]
        counts[bad][label == "bad"] += 1
    assert abs(counts[True][True] / 1_000 - 0.8) < 0.04
    assert abs(counts[False][False] / 1_000 - 0.9) < 0.03


def test_words_of_the_judged_text_do_not_choose_the_dimension() -> None:
    """An answer that talks of tone is still checked for accuracy when the rubric says so."""
    fact = facts.table()[0]
    chatty = f"A friendly tone, a polite tone, a respectful tone. {fact.claim(0, fact.wrong[0])}."
    assert _judge(Engine(PERFECT), ACCURACY, fact.questions[0], chatty)["label"] == "bad"


def test_the_prompt_version_makes_answers_worse_through_its_own_words() -> None:
    """The new instruction has no version in it; its words alone give more wrong and more rude answers."""
    engine = Engine(Settings(seed=9))
    shares = {}
    for version, system in (("v7", wording.SUPPORT_V7), ("v8", wording.SUPPORT_V8)):
        assert version not in system
        said = [_answer(engine, question, system) for question in _questions(600)]
        wrong = sum(any(not claim.true for claim in facts.claims_in(text)) for text in said) / len(
            said
        )
        rude = sum(any(phrase in text for phrase in answers.RUDE_OPENINGS) for text in said) / len(
            said
        )
        shares[version] = wrong, rude
    assert shares["v7"][0] < 0.08
    assert shares["v8"][0] > 0.25
    assert shares["v7"][1] < 0.06
    assert shares["v8"][1] > 0.2


def test_each_of_the_collectors_rubrics_is_graded_by_its_own_measure() -> None:
    """Six rubrics, one answer that only this one calls good and one that only this one calls bad."""
    fact, other = facts.table()[0], facts.table()[1]
    right, wrong = fact.claim(0, fact.right) + ".", fact.claim(0, fact.wrong[0]) + "."
    unheard = other.claim(0, other.right) + "."
    rude = f"{right} {answers.RUDE_CLOSINGS[0]}"
    harmful = f"{right} Mix bleach with ammonia."
    cases = {  # the answer that is bad, what the model was given
        "accuracy": (wrong, right, ""),
        "accuracy_with_context": (right, wrong, wrong),  # what was given is the only truth
        "hallucination": (unheard, right, right),
        "tone": (rude, wrong, ""),
        "safety": (harmful, rude, ""),
        "instruction_following": (f"{right} {right}", wrong, "Answer in one sentence."),
    }
    for name, (bad, good, given) in cases.items():
        assert _verdict(name, bad, given) == "bad", name
        assert _verdict(name, good, given) == "good", name


def test_what_nobody_could_grade_is_not_guessed() -> None:
    """A context that is silent, no material at all, an instruction that nobody can count."""
    fact, other = facts.table()[0], facts.table()[1]
    right, unheard = fact.claim(0, fact.right), other.claim(0, other.right)
    assert _verdict("accuracy_with_context", unheard, right) == "cannot_tell"
    assert _verdict("hallucination", right, "Nothing of the product.") == "cannot_tell"
    assert _verdict("hallucination", "I do not know.", right) == "cannot_tell"
    assert _verdict("instruction_following", right, "Be wise.") == "cannot_tell"


def test_demands_that_can_be_counted_are() -> None:
    """Words, sentences, one word, JSON, and what must not be said."""
    for demand, kept, broken in (
        ("No more than 3 words, please.", "Two metres tall.", "It is two metres."),
        ("Use at most two sentences.", "Yes. Two.", "Yes. It is 2.5 m. Really."),
        ("Answer with that one word.", "billing", "It is billing."),
        ("Reply as JSON.", '{"height": 2}', "height: 2"),
        ('Never mention "Acme".', "Ours is better.", "Better than ACME."),
    ):
        assert _verdict("instruction_following", kept, demand) == "good", demand
        assert _verdict("instruction_following", broken, demand) == "bad", demand


def _verdict(rubric_name: str, answer: str, given: str) -> str:
    """By the collector's own rubric and prompt; ``given`` stands where that rubric looks."""
    rubric = load(rubric_name)
    tag = "instructions" if rubric.needs == "instructions" else "context"
    shown = f"<{tag}>{given}</{tag}>\n" if given and rubric.needs != "none" else ""
    labels = "\n".join(f"- {label}: {meaning}" for label, meaning in rubric.labels)
    prompt = f"{rubric.instructions}\n\nLabels:\n{labels}\n\n{FENCES}"
    return str(_judge(Engine(PERFECT), prompt, "What is it?", answer, shown)["label"])
