"""What each check finds in an answer, alone and pure."""

# ruff: noqa: RUF001, E501 - answers are in many languages, and one a line
import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from support import own_checks

from gemledger_collector.judge.checks import Checked, CheckError, Finding, finder
from gemledger_collector.judge.checks.language import language_of
from gemledger_collector.judge.checks.own_function import MOST_HANGING
from gemledger_collector.judge.failures import Kind
from gemledger_collector.judge_config.checks import AnyCheck, Check
from gemledger_collector.judge_config.json_schemas import problem_of

CHECK: TypeAdapter[Check] = TypeAdapter(AnyCheck)
ORDER = {
    "type": "object",
    "required": ["id"],
    "additionalProperties": False,
    "properties": {
        "id": {"type": "integer", "minimum": 1},
        "state": {"enum": ["open", "done"]},
        "lines": {"type": "array", "maxItems": 2, "items": {"type": "string", "minLength": 1}},
    },
}
CATASTROPHIC = ("(a+)+$", "(a|a)*$", "(a|aa)+$", "^(([a-z])+.)+[A-Z]([a-z])+$", "(.*a){20}$")


def find(answer: str, *, seconds: float | None = None, **settings: Any) -> Finding:
    """What a check of these settings finds in an answer."""
    check = CHECK.validate_python(settings)
    return finder(check)(Checked(answer=answer, model="m", duration_seconds=seconds))


@pytest.mark.parametrize(
    ("answer", "settings", "label"),
    [
        ('{"id": 7}', {"check": "json"}, "good"),
        (' [1, "a"]\n', {"check": "json"}, "good"),
        ('```json\n{"id": 7}\n```', {"check": "json"}, "bad"),
        ('{"id": 7', {"check": "json"}, "bad"),
        ("NaN", {"check": "json"}, "bad"),
        ("[" * 100_000, {"check": "json"}, "bad"),
        ('{"id": 7, "state": "open"}', {"check": "json", "schema": ORDER}, "good"),
        ('{"id": 7.0}', {"check": "json", "schema": ORDER}, "good"),
        ('{"id": true}', {"check": "json", "schema": ORDER}, "bad"),
        ('{"id": 0}', {"check": "json", "schema": ORDER}, "bad"),
        ('{"state": "open"}', {"check": "json", "schema": ORDER}, "bad"),
        ('{"id": 7, "state": "lost"}', {"check": "json", "schema": ORDER}, "bad"),
        ('{"id": 7, "note": ""}', {"check": "json", "schema": ORDER}, "bad"),
        ('{"id": 7, "lines": ["a", ""]}', {"check": "json", "schema": ORDER}, "bad"),
        ('{"id": 7, "lines": ["a", "b", "c"]}', {"check": "json", "schema": ORDER}, "bad"),
        ("12345", {"check": "length", "max_characters": 5}, "good"),
        ("123456", {"check": "length", "max_characters": 5}, "bad"),
        ("  \n", {"check": "length", "min_characters": 1}, "bad"),
        ("Ja, gerne.", {"check": "refusal"}, "good"),
        ("I'm sorry, but I can’t help with that.", {"check": "refusal"}, "bad"),
        ("Dabei kann ich Ihnen nicht helfen.", {"check": "refusal"}, "bad"),
        ("Lo siento, no puedo ayudarte con eso.", {"check": "refusal"}, "bad"),
        ("申し訳ありませんが、お答えできません。", {"check": "refusal"}, "bad"),
        ("Done. " * 100 + "I can't help with the rest.", {"check": "refusal"}, "good"),
        ("42", {"check": "refusal"}, "cannot_tell"),
        ("We guarantee it.", {"check": "banned_words", "words": ["GUARANTEE"]}, "bad"),
        ("We guaranteed it.", {"check": "banned_words", "words": ["guarantee"]}, "good"),
        ("100 %  safe", {"check": "banned_words", "words": ["100 % safe"]}, "bad"),
        ("gua\u200brantee", {"check": "banned_words", "words": ["guarantee"]}, "bad"),
        ("ｇｕａｒａｎｔｅｅ", {"check": "banned_words", "words": ["guarantee"]}, "bad"),
        ("Straße", {"check": "banned_words", "words": ["STRASSE"]}, "bad"),
        ("我们保证退款", {"check": "banned_words", "words": ["保证"]}, "bad"),
        ("C++ is fine", {"check": "banned_words", "words": ["C++"]}, "bad"),
        ("Best regards, Ann", {"check": "regex", "pattern": "(?i)best regards"}, "good"),
        ("Bye", {"check": "regex", "pattern": "regards"}, "bad"),
        ("Bye", {"check": "regex", "pattern": "regards", "must": "not_match"}, "good"),
        ("x", {"check": "latency", "max_seconds": 5, "seconds": 4.9}, "good"),
        ("x", {"check": "latency", "max_seconds": 5, "seconds": 5.1}, "bad"),
        ("x", {"check": "latency", "max_seconds": 5}, "cannot_tell"),
        ("Der Akku hält etwa zwei Tage, wenn er voll ist.", {"check": "language", "expected": ["de"]}, "good"),
        ("The battery lasts for about two days if it is full.", {"check": "language", "expected": ["de"]}, "bad"),
        ("OK.", {"check": "language", "expected": ["de"]}, "cannot_tell"),
    ],
)  # fmt: skip
def test_what_a_check_finds(answer: str, settings: dict[str, Any], label: str) -> None:
    """Label and score go together, and the reason quotes nothing of the answer."""
    found = find(answer, **settings)
    assert found.label == label
    assert found.score == {"good": 1.0, "bad": 0.0, "cannot_tell": None}[label]
    assert found.reason
    assert len(answer) < 12 or answer not in found.reason


SENTENCES = {
    "en": "You can return the device within thirty days, and we will refund the full price to your account.",
    "de": "Sie können das Gerät innerhalb von dreißig Tagen zurückgeben, und wir erstatten Ihnen den vollen Preis.",
    "fr": "Vous pouvez retourner l'appareil dans les trente jours, et nous vous remboursons le prix complet.",
    "es": "Puede devolver el aparato en un plazo de treinta días y le reembolsaremos el precio completo de la compra.",
    "pt": "Você pode devolver o aparelho em até trinta dias, e nós vamos reembolsar o preço completo da sua compra.",
    "it": "Può restituire il dispositivo entro trenta giorni e le rimborseremo il prezzo pieno del suo acquisto.",
    "nl": "U kunt het apparaat binnen dertig dagen terugsturen en wij betalen u de volledige prijs van de aankoop terug.",
    "tr": "Cihazı otuz gün içinde iade edebilirsiniz ve bu süre için tam fiyatı size geri öderiz, daha fazla bir şey gerekmez.",
    "ru": "Вы можете вернуть устройство в течение тридцати дней, и мы вернём вам полную стоимость покупки.",
    "uk": "Ви можете повернути пристрій протягом тридцяти днів, і ми повернемо вам повну вартість покупки.",
    "zh": "您可以在三十天内退回设备，我们将全额退款。",
    "ja": "三十日以内に返品していただければ、全額を返金いたします。",
    "ko": "삼십 일 이내에 반품하시면 전액을 환불해 드립니다.",
    "ar": "يمكنك إعادة الجهاز خلال ثلاثين يوما وسنعيد لك المبلغ كاملا.",
    "hi": "आप तीस दिनों के भीतर उपकरण वापस कर सकते हैं और हम पूरी राशि लौटा देंगे।",
    "bn": "আপনি ত্রিশ দিনের মধ্যে যন্ত্রটি ফেরত দিতে পারেন এবং আমরা পুরো টাকা ফেরত দেব।",
    "el": "Μπορείτε να επιστρέψετε τη συσκευή μέσα σε τριάντα ημέρες.",
    "he": "אפשר להחזיר את המכשיר בתוך שלושים יום ולקבל החזר מלא.",
    "th": "คุณสามารถคืนอุปกรณ์ได้ภายในสามสิบวันและรับเงินคืนเต็มจำนวน",
}  # fmt: skip


@pytest.mark.parametrize("language", SENTENCES)
def test_a_sentence_is_enough_to_know_a_language(language: str) -> None:
    """By script or by its commonest words."""
    assert language_of(SENTENCES[language]) == language


@pytest.mark.parametrize(
    "text",
    [
        "",
        "42",
        "OK",
        "Petrel 3",
        "```python\nfor the_of_and in to: print(the, of, and_)\n```",
        f"{SENTENCES['ru'][:60]} {SENTENCES['el'][:60]}",
        "lorem ipsum dolor sit amet consectetur adipiscing elit sed",
        "فارسی زبانی است که گچ پژ در آن هست و می گویند",
    ],
)
def test_where_the_language_does_not_show_it_is_not_guessed(text: str) -> None:
    """Too short, code, two at once, or one that it does not know."""
    assert language_of(text) is None


@given(st.text(max_size=400))
def test_no_text_upsets_a_check(text: str) -> None:
    """Every check finds something in anything."""
    for settings in (
        {"check": "json", "schema": ORDER},
        {"check": "length", "max_characters": 9},
        {"check": "language", "expected": ["en"]},
        {"check": "refusal"},
        {"check": "banned_words", "words": ["a", "保证"]},
        {"check": "regex", "pattern": "a.c"},
    ):
        assert find(text, **settings).label in ("good", "bad", "cannot_tell")


@pytest.mark.parametrize("pattern", CATASTROPHIC)
def test_no_pattern_takes_long(pattern: str) -> None:
    """Python's own engine would need longer than the universe has been there."""
    began = time.perf_counter()
    find("a" * 100_000 + "!", check="regex", pattern=pattern)
    assert time.perf_counter() - began < 2


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner),
)


@given(VALUES)
def test_a_schema_made_from_a_value_takes_that_value(value: Any) -> None:
    """And a schema that demands another constant does not."""
    assert problem_of(value, _schema_of(value)) is None
    assert problem_of(value, {"const": [value]}) is not None


def _schema_of(value: Any) -> dict[str, Any]:
    if isinstance(value, dict):
        properties = {name: _schema_of(each) for name, each in value.items()}
        return {
            "type": "object",
            "properties": properties,
            "required": list(value),
            "additionalProperties": False,
        }
    if isinstance(value, list):
        return {"type": ["array", "null"], "minItems": len(value), "maxItems": len(value)}
    return {"enum": [value]}


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"check": "spelling"}, "'json', 'length', 'language'"),
        ({}, "Unable to extract tag using discriminator 'check'"),
        ({"check": "json", "schema": {"type": "objekt"}}, "write one of object, array"),
        ({"check": "json", "schema": {"patern": "x"}}, "asks for 'patern'; understood are"),
        ({"check": "json", "schema": {"properties": {"a": {"minimum": "1"}}}}, "schema.properties.a.minimum"),
        ({"check": "length"}, "give min_characters, max_characters, or both"),
        ({"check": "length", "min_characters": 9, "max_characters": 5}, "9 is above max_characters 5"),
        ({"check": "language", "expected": ["deutsch"]}, "'de'"),
        ({"check": "language", "expected": []}, "at least 1"),
        ({"check": "banned_words", "words": []}, "at least 1"),
        ({"check": "regex", "pattern": "(a"}, "no pattern of RE2"),
        ({"check": "regex", "pattern": r"(a)\1"}, "no backreferences"),
        ({"check": "latency", "max_seconds": 0}, "greater than 0"),
        ({"check": "callable", "function": "support.own_checks"}, "match pattern"),
        ({"check": "callable", "function": "no.such_module:f"}, "cannot be imported .*ModuleNotFoundError"),
        ({"check": "callable", "function": "support.own_checks:nothing"}, "cannot be imported .*AttributeError"),
        ({"check": "callable", "function": "support.own_checks:NOT_A_FUNCTION"}, "is a int; name a function"),
        ({"check": "refusal", "sample_rate": 0}, "greater than 0"),
    ],
)  # fmt: skip
def test_an_impossible_check_is_refused(settings: dict[str, Any], problem: str) -> None:
    """At the start, with the remedy."""
    with pytest.raises(ValidationError, match=problem):
        CHECK.validate_python(settings)


@pytest.mark.parametrize(
    ("name", "label", "score"),
    [("is_polite", "bad", 0.0), ("share_of_capitals", "good", 1.0), ("cannot_say", "cannot_tell", None)],
)  # fmt: skip
def test_a_function_of_ones_own_says_yes_no_how_much_or_nothing(
    name: str, label: str, score: float | None
) -> None:
    """True and false, a share, or None."""
    found = find("WELL", check="callable", function=f"support.own_checks:{name}")
    assert (found.label, found.score) == (label, score)


def test_a_function_sees_the_answer_and_what_is_known_of_it() -> None:
    """All of it, and can change none of it."""
    find("Please.", check="callable", function="support.own_checks:is_polite")
    seen = own_checks.SEEN[-1]
    assert (seen.answer, seen.model, seen.question) == ("Please.", "m", "")


@pytest.mark.parametrize(
    ("name", "problem", "kind"),
    [
        ("fails", "raised KeyError: 'm'", Kind.CHECK_FAILED),
        ("leaves", "raised SystemExit: 3", Kind.CHECK_FAILED),
        ("tampers", "raised FrozenInstanceError", Kind.CHECK_FAILED),
        ("writes_prose", "gave a str; let it give True", Kind.CHECK_FAILED),
        ("overshoots", "gave 5; a score lies between 0 and 1", Kind.CHECK_FAILED),
        ("is_lost", "gave nan", Kind.CHECK_FAILED),
        ("hangs", "did not answer within 0.05 s", Kind.CHECK_TIMEOUT),
    ],
)
def test_a_function_that_fails_is_an_error_and_nothing_else(
    name: str, problem: str, kind: Kind
) -> None:
    """It may raise, leave, hang, or talk nonsense."""
    function = f"support.own_checks:{name}"
    with pytest.raises(CheckError, match=problem) as raised:
        find("WELL", check="callable", function=function, timeout="50ms")
    assert raised.value.kind is kind


def test_a_function_that_always_hangs_is_not_called_for_ever() -> None:
    """Each call of it holds a thread that nobody can end."""
    look = finder(
        CHECK.validate_python(
            {"check": "callable", "function": "support.own_checks:hangs", "timeout": "10ms"}
        )
    )
    for _ in range(MOST_HANGING):
        with pytest.raises(CheckError, match="did not answer"):
            look(Checked(answer="x"))
    with pytest.raises(CheckError, match="mend it and restart"):
        look(Checked(answer="x"))


def test_settings_make_the_version_and_the_share_does_not() -> None:
    """Findings by another limit are another series; more of the same are the same."""
    five = CHECK.validate_python({"check": "length", "max_characters": 5})
    six = CHECK.validate_python({"check": "length", "max_characters": 6})
    half = CHECK.validate_python({"check": "length", "max_characters": 5, "sample_rate": 0.5})
    assert five.version != six.version
    assert five.version == half.version
    assert json.loads(five.model_dump_json())["check"] == "length"
