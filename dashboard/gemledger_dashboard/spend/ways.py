"""The ways to look at spend: by what, and how. Each is a word in the link. Pure."""

from collections.abc import Mapping

DIMENSIONS: Mapping[str, str] = {
    "model": "Model",
    "team": "Team",
    "feature": "Feature",
    "environment": "Environment",
    "prompt_version": "Prompt version",
    "service": "Service",
    "cost_center": "Cost center",
    "service_tier": "Tier",
    "purpose": "Purpose",
    "platform": "Platform",
}
"""What the ledger keeps of every call."""

USER, KIND = "user", "kind"
BY: Mapping[str, str] = {**DIMENSIONS, USER: "User", KIND: "Kind of cost"}
"""What spend can be broken down by, and what it is called."""

AMOUNT, SHARE, CUMULATIVE, BEFORE = "amount", "share", "cumulative", "before"
AS: Mapping[str, str] = {
    AMOUNT: "Amounts",
    SHARE: "Share",
    CUMULATIVE: "Cumulative",
    BEFORE: "Against before",
}
"""How bars are drawn."""


def asked(by: str) -> tuple[str, ...]:
    """What the ledger is asked to be broken down by; kinds of cost are columns of every row of it."""
    return (by,) if by in DIMENSIONS else ()


def others(by: str) -> str:
    """What the small ones are together called: `other teams`."""
    return {
        USER: "other users",
        KIND: "other kinds",
        "feature": "other features",
        "service_tier": "other tiers",
        "purpose": "other purposes",
    }.get(by, f"other {BY[by].lower()}s")
