"""What is read from the API's usage: counts, what contradicts itself, and never an exception."""

from types import SimpleNamespace
from typing import Any

import pytest
from google.genai import types
from hypothesis import given
from hypothesis import strategies as st

from gemledger import semconv
from gemledger.pricing import Usage
from gemledger.pricing.reasons import STATUS_BY_REASON
from gemledger.usage import (
    Reading,
    interaction_quantities,
    read_interaction_usage,
    read_usage,
)

GENERATE_FIELDS = tuple(types.GenerateContentResponseUsageMetadata.model_fields)
LIVE_FIELDS = tuple(types.UsageMetadata.model_fields)


def read(**fields: Any) -> Reading:
    """The reading of a usage of generate_content."""
    reading = read_usage(types.GenerateContentResponseUsageMetadata.model_validate(fields))
    assert reading is not None
    return reading


def details(**tokens: int) -> list[dict[str, Any]]:
    """Details by modality, as the API writes them."""
    return [{"modality": name.upper(), "token_count": count} for name, count in tokens.items()]


def test_totals_include_their_parts_as_the_conventions_want_it() -> None:
    """Input is prompt and tool tokens, output candidates and thoughts; the API counts them apart."""
    reading = read(
        prompt_token_count=100,
        cached_content_token_count=40,
        candidates_token_count=20,
        thoughts_token_count=5,
        tool_use_prompt_token_count=7,
        total_token_count=132,
    )

    assert reading == Reading(Usage(107, 25, 40, 7, 5), 132, (), {})


def test_a_remainder_that_no_detail_claims_is_text_and_no_contradiction() -> None:
    """Details may be incomplete; how much of the output they cover is kept, for models whose modalities differ."""
    reading = read(
        prompt_token_count=522,
        candidates_token_count=50,
        total_token_count=572,
        prompt_tokens_details=details(text=300, audio=197),
        candidates_tokens_details=details(image=30, text=5),
    )

    assert reading.usage == Usage(522, 50, 0, 0, 0, {"audio": 197}, {}, {"image": 30}, 35)
    assert reading.reasons == ()
    assert reading.by_modality == {
        semconv.modality_tokens("text", "input_tokens"): 300,
        semconv.modality_tokens("audio", "input_tokens"): 197,
        semconv.modality_tokens("image", "output_tokens"): 30,
        semconv.modality_tokens("text", "output_tokens"): 5,
    }


def test_a_modality_named_twice_is_added_up() -> None:
    """Nothing says that the API names each once."""
    twice = details(audio=10) + details(audio=5)

    assert read(prompt_token_count=20, prompt_tokens_details=twice).usage.input_by_modality == {
        "audio": 15
    }


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"prompt_token_count": 5, "cached_content_token_count": 6}, "cached_above_prompt"),
        (
            {"prompt_token_count": 5, "prompt_tokens_details": details(audio=6)},
            "details_above_count",
        ),
        (
            {"prompt_token_count": 5, "candidates_tokens_details": details(text=1)},
            "details_above_count",
        ),
        (
            {"prompt_token_count": 5, "tool_use_prompt_tokens_details": details(text=1)},
            "details_above_count",
        ),
        ({"prompt_token_count": 5, "total_token_count": 6}, "total_mismatch"),
        (
            {
                "prompt_token_count": 9,
                "cached_content_token_count": 5,
                "prompt_tokens_details": details(audio=9),
            },
            "cached_modality_unknown",
        ),
        (
            {"tool_use_prompt_token_count": 5, "tool_use_prompt_tokens_details": details(audio=5)},
            "tool_modality_assumed",
        ),
        ({"prompt_token_count": -5}, "impossible_usage"),
        ({"prompt_token_count": 10**9 + 1}, "impossible_usage"),
    ],
)
def test_what_contradicts_itself_is_put_right_and_named(
    fields: dict[str, Any], reason: str
) -> None:
    """One reason for each, of the engine's vocabulary."""
    reading = read(**fields)

    assert reading.reasons == (reason,)
    assert reason in STATUS_BY_REASON
    assert min(reading.usage[:5]) >= 0
    assert reading.usage.cache_read <= reading.usage.input_tokens


@pytest.mark.parametrize("wrong", ["12", True, 1.5, [1], float("nan")])
def test_a_count_that_is_no_number_is_taken_for_none_and_named(wrong: Any) -> None:
    """A raw body may hold anything; a call without a believable count has no price."""
    fields: dict[str, Any] = dict.fromkeys(GENERATE_FIELDS)
    reading = read_usage(SimpleNamespace(**fields | {"prompt_token_count": wrong}))

    assert reading is not None
    assert reading.usage == Usage(0, 0)
    assert reading.reasons == ("impossible_usage",)


@pytest.mark.parametrize(
    "wrong",
    [
        "TEXT",
        7,
        [None],
        [{"modality": "TEXT"}],
        [SimpleNamespace(modality="AUDIO", token_count="5")],
        [SimpleNamespace(modality=["AUDIO"], token_count=5)],
    ],
)
def test_details_of_no_known_shape_are_left_out_and_named(wrong: Any) -> None:
    """The counts still hold; everything is taken as text."""
    fields: dict[str, Any] = dict.fromkeys(GENERATE_FIELDS)
    fields |= {"prompt_token_count": 9, "prompt_tokens_details": wrong}
    reading = read_usage(SimpleNamespace(**fields))

    assert reading == Reading(Usage(9, 0), None, ("details_unreadable",), {})


def test_a_modality_that_nobody_knows_is_kept_for_the_engine_to_refuse() -> None:
    """Among tool tokens, which have no cells by modality, the reason itself refuses."""
    unknown = [SimpleNamespace(modality="SMELL", token_count=5)]
    fields: dict[str, Any] = dict.fromkeys(GENERATE_FIELDS)
    prompt = read_usage(
        SimpleNamespace(**fields | {"prompt_token_count": 9, "prompt_tokens_details": unknown})
    )
    tools = read_usage(
        SimpleNamespace(
            **fields | {"tool_use_prompt_token_count": 9, "tool_use_prompt_tokens_details": unknown}
        )
    )

    assert prompt is not None
    assert tools is not None
    assert (prompt.usage.input_by_modality, prompt.by_modality) == ({"smell": 5}, {})
    assert tools.reasons == ("no_rate:tool_use.smell",)


@pytest.mark.parametrize("empty", [None, object(), {}, 7, SimpleNamespace(total_token_count=100)])
def test_no_count_at_all_is_no_usage(empty: Any) -> None:
    """A total of unknown parts has no price, and is not free."""
    assert read_usage(empty) is None
    assert read_interaction_usage(empty) is None


def test_a_live_turn_is_read_by_its_own_names_with_its_details() -> None:
    """Live calls what the model said ``response``."""
    reading = read_usage(
        types.UsageMetadata.model_validate(
            {
                "prompt_token_count": 522,
                "response_token_count": 42,
                "thoughts_token_count": 136,
                "total_token_count": 564,
                "response_tokens_details": details(audio=42),
            }
        )
    )

    assert reading is not None
    assert reading.usage == Usage(522, 178, 0, 0, 136, {}, {}, {"audio": 42}, 42)
    assert (reading.total_tokens, reading.reasons) == (564, ())


anything = st.one_of(
    st.none(),
    st.integers(),
    st.integers(0, 5000),
    st.floats(),
    st.booleans(),
    st.text(max_size=4),
    st.lists(
        st.one_of(
            st.none(),
            st.builds(
                SimpleNamespace,
                modality=st.one_of(
                    st.none(), st.integers(), st.sampled_from(["TEXT", "AUDIO", "SMELL", ""])
                ),
                token_count=st.one_of(st.none(), st.integers(), st.text(max_size=2)),
            ),
        ),
        max_size=3,
    ),
)


@given(
    st.dictionaries(st.sampled_from((*GENERATE_FIELDS, *LIVE_FIELDS)), anything),
    st.dictionaries(st.sampled_from(("grounding_tool_count", "total_input_tokens")), anything),
)
def test_nothing_that_came_over_the_wire_makes_reading_raise(
    generated: dict[str, Any], interaction: dict[str, Any]
) -> None:
    """Whatever it is, the counts are whole numbers, none negative, none absurd."""
    for reading in (
        read_usage(SimpleNamespace(**generated)),
        read_interaction_usage(SimpleNamespace(**interaction)),
    ):
        if reading is not None:
            plain = (*reading.usage[:5], reading.usage.output_detailed)
            assert all(type(count) is int and 0 <= count <= 2 * 10**9 for count in plain)
            names = [reason.partition(":")[0] for reason in reading.reasons]
            assert set(names) <= set(STATUS_BY_REASON)
    assert isinstance(interaction_quantities(SimpleNamespace(**interaction)), dict)
