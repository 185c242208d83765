"""Checks of a rule: what is found without a model, exactly and for nothing."""

import hashlib
import importlib
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from gemledger_collector.config_values import Duration, Listed, Name, Strict
from gemledger_collector.judge_config.json_schemas import require_schema

Language = Literal[
    "ar", "bn", "de", "el", "en", "es", "fr", "he", "hi", "it", "ja", "ko", "nl", "pt", "ru", "th",
    "tr", "uk", "zh",
]  # fmt: skip
LONGEST_CALL = timedelta(seconds=5)


class Check(Strict):
    """What all checks have. ``name`` is the dimension its findings go by; ``sample_rate`` the share of answers."""

    name: Name | None = None
    sample_rate: Annotated[float, Field(gt=0, le=1, strict=False)] = 1.0
    check: str

    @property
    def dimension(self) -> str:
        """What its findings go by: its name, else its kind with hyphens."""
        return self.name or self.check.replace("_", "-")

    @property
    def version(self) -> str:
        """Of its settings: findings by others never mix with these."""
        settings = self.model_dump_json(exclude={"sample_rate"})
        return f"check+{hashlib.sha256(settings.encode()).hexdigest()[:8]}"


class JsonCheck(Check):
    """Whether the answer is JSON, and of this schema."""

    check: Literal["json"]
    json_schema: Annotated[Mapping[str, Any] | None, Field(alias="schema")] = None

    @field_validator("json_schema")
    @classmethod
    def _is_a_schema(cls, schema: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
        if schema is not None:
            require_schema(schema)
        return schema


class LengthCheck(Check):
    """Whether the answer is as long as it may be, in characters."""

    check: Literal["length"]
    min_characters: Annotated[int, Field(ge=0)] | None = None
    max_characters: Annotated[int, Field(ge=1)] | None = None

    @model_validator(mode="after")
    def _bounds_leave_room(self) -> Self:
        low, high = self.min_characters, self.max_characters
        if low is None and high is None:
            raise ValueError("give min_characters, max_characters, or both")
        if low is not None and high is not None and low > high:
            raise ValueError(f"min_characters {low} is above max_characters {high}")
        return self


class LanguageCheck(Check):
    """Whether the answer is in one of these languages."""

    check: Literal["language"]
    expected: Annotated[Listed[Language], Field(min_length=1)]


class RefusalCheck(Check):
    """Whether the answer refuses to answer."""

    check: Literal["refusal"]


class BannedWordsCheck(Check):
    """Whether a word or phrase that must not occur does, in any case."""

    check: Literal["banned_words"]
    words: Annotated[
        Listed[Annotated[str, Field(min_length=1, pattern=r"\w")]], Field(min_length=1)
    ]


class RegexCheck(Check):
    """Whether the answer matches, or must not match, a pattern: in RE2's syntax, whose time is linear."""

    check: Literal["regex"]
    pattern: Annotated[str, Field(min_length=1)]
    must: Literal["match", "not_match"] = "match"

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, pattern: str) -> str:
        import pyarrow as pa  # noqa: PLC0415 - whoever only reads a configuration need not wait for it
        import pyarrow.compute as pc  # noqa: PLC0415 - as above

        try:
            pc.match_substring_regex(pa.array([""]), pattern)
        except pa.ArrowInvalid as error:
            raise ValueError(
                f"{pattern!r} is no pattern of RE2 ({error}); it knows no backreferences and no lookaround"
            ) from None
        return pattern


class LatencyCheck(Check):
    """Whether the call took no longer than this."""

    check: Literal["latency"]
    max_seconds: Annotated[float, Field(gt=0, strict=False)]


class CallableCheck(Check):
    """A function of one's own, ``package.module:name``: takes what was said, gives True, False, a score or None."""

    check: Literal["callable"]
    function: Annotated[str, Field(pattern=r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*$")]
    timeout: Duration = LONGEST_CALL

    @field_validator("timeout")
    @classmethod
    def _ends_soon(cls, timeout: timedelta) -> timedelta:
        if not timedelta(0) < timeout <= timedelta(minutes=1):
            raise ValueError(f"{timeout} is not above 0 and at most 1m; give such a duration")
        return timeout

    def loaded(self) -> Callable[[Any], object]:
        """The function. Raises ValueError where it cannot be imported."""
        module, _, name = self.function.partition(":")
        try:
            found = getattr(importlib.import_module(module), name)
        except Exception as error:
            raise ValueError(
                f"{self.function!r} cannot be imported ({type(error).__name__}: {error}); "
                "write package.module:name, and let PYTHONPATH lead to it"
            ) from error
        if not callable(found):
            raise ValueError(f"{self.function!r} is a {type(found).__name__}; name a function")  # noqa: TRY004 - pydantic reports ValueError only
        function: Callable[[Any], object] = found
        return function

    @model_validator(mode="after")
    def _exists(self) -> Self:
        self.loaded()
        return self


AnyCheck = Annotated[
    JsonCheck
    | LengthCheck
    | LanguageCheck
    | RefusalCheck
    | BannedWordsCheck
    | RegexCheck
    | LatencyCheck
    | CallableCheck,
    Field(discriminator="check"),
]
"""One of the checks, told apart by ``check``."""
