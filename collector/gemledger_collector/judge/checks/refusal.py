"""Whether an answer refuses to answer; pure."""

# ruff: noqa: RUF001 - letters that look like others are what this is about

import unicodedata

from gemledger_collector.judge.checks.checked import Checked, Finding

BEGINNING = 400
"""Characters in which a refusal shows: later on the same words are about something else."""
_PHRASES = (
    "i can't help with", "i cannot help with", "i can't assist", "i cannot assist",
    "i'm unable to help", "i am unable to help", "i'm unable to assist", "i am unable to assist",
    "i can't provide", "i cannot provide", "i'm not able to provide", "i am not able to provide",
    "i'm unable to provide", "i am unable to provide", "i can't answer", "i cannot answer",
    "i can't comply", "i cannot comply", "i can't fulfill", "i cannot fulfill", "i won't be able to",
    "i can't do that", "i cannot do that", "i'm not allowed to", "i am not allowed to",
    "i can't discuss", "i cannot discuss", "i must decline", "i have to decline",
    "as an ai language model", "as an ai, i ", "i'm just an ai", "i am just an ai",
    "i can't share", "i cannot share", "i can't generate", "i cannot generate", "i can't create",
    "i cannot create", "against my guidelines", "that request is not something i can",
    "dabei kann ich nicht helfen", "dabei kann ich ihnen nicht helfen", "dabei kann ich dir nicht helfen",
    "das kann ich nicht beantworten", "ich kann ihnen dabei nicht", "ich kann dir dabei nicht",
    "ich kann diese anfrage nicht", "als ki-", "ich darf keine",
    "je ne peux pas vous aider", "je ne peux pas t'aider", "je ne suis pas en mesure de",
    "je ne peux pas répondre", "en tant qu'ia", "en tant qu'intelligence artificielle",
    "no puedo ayudarte con", "no puedo ayudarle con", "no puedo responder", "no puedo proporcionar",
    "como modelo de lenguaje", "como ia,",
    "não posso ajudar com", "não posso ajudá-lo", "não posso responder", "não posso fornecer",
    "non posso aiutarti con", "non posso aiutarla con", "non posso fornire", "non posso rispondere",
    "ik kan u daar niet mee helpen", "ik kan je daar niet mee helpen",
    "я не могу помочь", "я не могу ответить", "как языковая модель",
    "お手伝いできません", "お答えできません", "無法協助", "无法协助", "无法回答", "我不能提供", "我无法",
)  # fmt: skip


def find(checked: Checked) -> Finding:
    """By the words that refusals begin with, in a dozen languages. Cannot tell of an answer without a letter."""
    text = _plain(checked.answer)
    if not any(character.isalpha() for character in text):
        return Finding.cannot_tell("there is no word in it")
    if any(phrase in text[:BEGINNING] for phrase in _PHRASES):
        return Finding.bad("it begins as a refusal does")
    return Finding.good("it does not begin as a refusal does")


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text[: 2 * BEGINNING]).casefold().replace("’", "'")
    return " ".join(folded.split())
