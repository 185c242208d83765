"""Whether an answer is JSON, and of a schema; pure."""

import json
from collections.abc import Mapping
from typing import Any, NoReturn

from gemledger_collector.judge.checks.checked import Checked, Finding
from gemledger_collector.judge_config.json_schemas import problem_of


def find(checked: Checked, schema: Mapping[str, Any] | None) -> Finding:
    """Good where the whole answer is one JSON value of the schema; a fence of Markdown around it is not JSON."""
    try:
        value = json.loads(checked.answer, parse_constant=_refuse)
    except RecursionError:
        return Finding.bad("it is nested too deeply to be read")
    except ValueError:
        return Finding.bad("the answer is no JSON")
    if schema is None:
        return Finding.good("the answer is JSON")
    problem = problem_of(value, schema)
    return Finding.bad(problem) if problem else Finding.good("the answer is JSON of the schema")


def _refuse(name: str) -> NoReturn:
    raise ValueError(name)  # NaN and Infinity are Python's, not JSON's
