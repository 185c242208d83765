"""Whether words occur that must not; pure."""

import unicodedata
from collections.abc import Sequence

from gemledger_collector.judge.checks.checked import Checked, Finding


def find(checked: Checked, words: Sequence[str]) -> Finding:
    """Whole words and phrases, in any case, width and number of blanks, invisible characters left out."""
    text = _plain(checked.answer)
    for word in words:
        if _stands_in(text, _plain(word)):
            return Finding.bad(f"it says {word!r}")
    return Finding.good(f"it says none of {len(words)} banned words")


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    seen = (character for character in folded if unicodedata.category(character) != "Cf")
    return " ".join("".join(seen).split())


def _stands_in(text: str, word: str) -> bool:
    """Whether the word stands there by itself; where it begins or ends with a sign, that end may touch anything."""
    start = text.find(word)
    while start >= 0:
        end = start + len(word)
        inside = (start > 0 and text[start - 1].isalnum() and word[0].isalnum()) or (
            end < len(text) and text[end].isalnum() and word[-1].isalnum()
        )
        if not inside or _has_no_blanks(word):
            return True
        start = text.find(word, start + 1)
    return False


def _has_no_blanks(word: str) -> bool:
    """Chinese, Japanese and Thai put no blanks between words: there a word is found wherever it stands."""
    return any(
        "\u0e00" <= character <= "\u0eff" or "\u3040" <= character <= "\u9fff" for character in word
    )
