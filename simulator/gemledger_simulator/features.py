"""The applications that call Gemini in the simulated traffic: a table."""

import random
from collections.abc import Callable
from dataclasses import dataclass

from . import wording
from .usage import Usage

OFFICE = (0, 0, 0, 0, 0, 1, 3, 7, 10, 11, 11, 9, 7, 9, 11, 11, 10, 8, 4, 2, 1, 1, 0, 0)
"""Calls by hour of the day (UTC), relative to each other: people at their desks."""
CUSTOMERS = (2, 1, 1, 1, 1, 2, 4, 6, 8, 9, 9, 8, 9, 8, 8, 8, 8, 9, 11, 12, 11, 9, 6, 4)
"""People at home: a hump before noon, a higher one in the evening."""
NIGHTLY = (6, 14, 16, 12, 6, 2, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 2, 4)
"""Jobs that run while nobody looks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """Calls whose prompts are described, not written: typical counts, and the spread of the prompt's.

    ``cached_share`` of the prompt, in whole blocks of 512 tokens, comes from the cache in half of the calls.
    """

    prompt_tokens: int
    output_tokens: int
    thoughts_tokens: int
    cached_share: float
    spread: float = 1.7

    def draw(self, rng: random.Random) -> Usage:
        """The usage of one call."""
        prompt = int(self.prompt_tokens * min(rng.lognormvariate(0, self.spread - 1), 7.0))
        cached = int(prompt * self.cached_share) // 512 * 512 if rng.random() < 0.5 else 0
        return Usage(
            prompt_tokens=prompt,
            cached_tokens=cached,
            output_tokens=int(self.output_tokens * rng.uniform(0.5, 1.6)),
            thoughts_tokens=int(self.thoughts_tokens * rng.uniform(0.4, 2.0)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """One feature of one team. ``share`` is its part of all calls, ``live_share`` that of a live demo's."""

    team: str
    name: str
    share: float
    live_share: float
    hours: tuple[int, ...]
    weekend: float
    """Calls on a Saturday or Sunday, relative to a working day."""
    users: int
    user_prefix: str
    models: tuple[tuple[str, float], ...]
    prompts: tuple[tuple[str, str, float], ...]
    """Prompt version, system instruction, share."""
    write: Callable[[random.Random], str]
    stream_share: float = 0.0
    max_output_tokens: int = 1024
    thinking_budget: int | None = None
    converses: bool = False
    size: Size | None = None


SUPPORT_CHAT = "support-chat"
DOC_SEARCH = "doc-search"

FEATURES = (
    Feature(
        team="support",
        name=SUPPORT_CHAT,
        share=0.42,
        live_share=0.46,
        hours=CUSTOMERS,
        weekend=0.85,
        users=900,
        user_prefix="customer",
        models=(("gemini-2.5-flash", 1.0),),
        prompts=(("v7", wording.SUPPORT_V7, 1.0),),
        write=wording.support_question,
        stream_share=0.7,
        max_output_tokens=400,
        converses=True,
    ),
    Feature(
        team="support",
        name="ticket-triage",
        share=0.14,
        live_share=0.2,
        hours=CUSTOMERS,
        weekend=0.6,
        users=12,
        user_prefix="agent",
        models=(("gemini-2.5-flash-lite", 1.0),),
        prompts=(("v2", wording.TRIAGE, 1.0),),
        write=wording.ticket,
        max_output_tokens=64,
    ),
    Feature(
        team="search",
        name=DOC_SEARCH,
        share=0.16,
        live_share=0.2,
        hours=OFFICE,
        weekend=0.25,
        users=140,
        user_prefix="reader",
        models=(("gemini-3.8-flash", 0.85), ("gemini-3.1-flash-lite", 0.15)),
        prompts=(("v3", wording.SEARCH_V3, 0.8), ("v4", wording.SEARCH_V4, 0.2)),
        write=wording.search_question,
        stream_share=0.5,
        thinking_budget=512,
    ),
    Feature(
        team="growth",
        name="email-drafts",
        share=0.09,
        live_share=0.1,
        hours=OFFICE,
        weekend=0.1,
        users=18,
        user_prefix="marketer",
        models=(("gemini-3.8-flash", 0.7), ("gemini-2.5-flash", 0.3)),
        prompts=(("2026-09", wording.DRAFTS, 0.4), ("2026-11", wording.DRAFTS_SHORT, 0.6)),
        write=wording.campaign,
        max_output_tokens=2048,
    ),
    Feature(
        team="platform",
        name="code-review",
        share=0.09,
        live_share=0.02,
        hours=OFFICE,
        weekend=0.15,
        users=32,
        user_prefix="developer",
        models=(("gemini-3.1-pro-preview", 1.0),),
        prompts=(("v11", wording.REVIEW, 1.0),),
        write=wording.pull_request,
        max_output_tokens=8192,
        size=Size(prompt_tokens=24_000, output_tokens=700, thoughts_tokens=1_400, cached_share=0.4),
    ),
    Feature(
        team="platform",
        name="release-notes",
        share=0.02,
        live_share=0.01,
        hours=OFFICE,
        weekend=0.0,
        users=5,
        user_prefix="developer",
        models=(("gemini-3.1-flash-lite", 1.0),),
        prompts=(("v1", wording.RELEASE_NOTES, 1.0),),
        write=wording.release,
    ),
    Feature(
        team="analytics",
        name="report-summaries",
        share=0.08,
        live_share=0.01,
        hours=NIGHTLY,
        weekend=0.8,
        users=6,
        user_prefix="job",
        models=(("gemini-2.5-pro", 0.75), ("gemini-2.5-flash", 0.25)),
        prompts=(("v5", wording.REPORTS, 1.0),),
        write=wording.report,
        max_output_tokens=8192,
        size=Size(
            prompt_tokens=46_000,
            output_tokens=900,
            thoughts_tokens=600,
            cached_share=0.2,
            spread=1.9,
        ),
    ),
)


def named(name: str) -> Feature:
    """The feature of this name. Raises KeyError."""
    for feature in FEATURES:
        if feature.name == name:
            return feature
    raise KeyError(f"no feature is called {name!r}; there are {[f.name for f in FEATURES]}")
