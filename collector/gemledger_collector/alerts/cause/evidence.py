"""What changed, as JSON for programs: money in picoUSD as strings; pure."""

import json
from collections.abc import Mapping
from fractions import Fraction

from gemledger_collector.alerts.cause.contributors import Contributor, Ranking
from gemledger_collector.alerts.cause.explanation import Explanation, Figures
from gemledger_collector.alerts.cause.factors import Factor
from gemledger_collector.alerts.cause.line import plain
from gemledger_collector.alerts.quantities import iso

Json = dict[str, object]


def evidence(explanation: Explanation) -> str:
    """What ``Alert.evidence`` keeps."""
    return json.dumps(as_json(explanation), ensure_ascii=False, separators=(",", ":"))


def as_json(explanation: Explanation) -> Json:
    """The explanation without its line."""
    slots = explanation.compared.slots
    return {
        "window_start": iso(slots.since * 10**9),
        "window_end": iso(slots.until * 10**9),
        "baseline_start": iso(slots.baseline * 10**9),
        "baseline": explanation.compared.words,
        "spent_pico_usd": str(explanation.spent_pico_usd),
        "usual_pico_usd": str(explanation.usual_pico_usd),
        "excess_pico_usd": str(explanation.excess_pico_usd),
        "parts": _parts(explanation.parts),
        "figures": {
            "window": _figures(explanation.window),
            "usual": _figures(explanation.baseline),
        },
        "contributors": {
            "payer": _ranking(explanation.payers),
            **{name: _ranking(ranking) for name, ranking in explanation.rankings.items()},
        },
    }


def _parts(parts: Mapping[Factor, int]) -> Json:
    return {factor: str(pico) for factor, pico in parts.items()}


def _figures(figures: Figures) -> Json:
    return {
        "calls": _number(figures.calls),
        "tokens_per_call": _number(figures.tokens_per_call),
        "cache_hit_share": _number(figures.cache_hit_share),
        "thinking_share": _number(figures.thinking_share),
        "pico_usd_per_token": _number(figures.pico_usd_per_token),
    }


def _number(figure: Fraction | None) -> float | None:
    return None if figure is None else round(float(figure), 6)


def _ranking(ranking: Ranking) -> Json:
    return {
        "largest": [_contributor(each) for each in ranking.largest],
        "everything_else": {
            "contributors": ranking.others,
            "spent_pico_usd": str(ranking.others_spent_pico_usd),
            "usual_pico_usd": str(ranking.others_usual_pico_usd),
            "excess_pico_usd": str(ranking.others_excess_pico_usd),
        },
    }


def _contributor(contributor: Contributor) -> Json:
    names = zip(contributor.names, contributor.key, strict=True)
    return {
        **{name: None if value is None else plain(value) for name, value in names},
        "spent_pico_usd": str(contributor.spent_pico_usd),
        "usual_pico_usd": str(contributor.usual_pico_usd),
        "excess_pico_usd": str(contributor.excess_pico_usd),
        **({"parts": _parts(contributor.parts)} if contributor.parts else {}),
    }
