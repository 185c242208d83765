"""Every route, asked what its description allows and what it forbids: no failure, no answer it does not describe."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from support.collector import RunningCollector, config_for
from support.otlp import call, call_attributes, payload

EXAMPLES = 4
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCollector]:
    """A collector that holds a few calls."""
    folder = tmp_path_factory.mktemp("schemathesis")
    with RunningCollector(config_for(folder / "ledger.duckdb")) as running:
        attributes = call_attributes(conversation_id="c", error_type="429")
        spans = [call(1), call(2, attributes=attributes), call(3, attributes={"a": [1]})]
        assert running.send(payload(spans)).status_code == 200
        yield running


def test_every_route_answers_as_it_is_described(asked: RunningCollector) -> None:
    """The description is taken from the running collector, so that no route escapes."""
    schema = schemathesis.openapi.from_url(f"{asked.url}/openapi.json")
    operations = [found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)]
    assert len(operations) == _count(asked)
    with requests.Session() as session:
        for operation in operations:
            for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
                _ask(operation, mode, session)


def _count(asked: RunningCollector) -> int:
    """How many operations the description has."""
    paths = asked.get("/openapi.json")["paths"]
    return sum(len(operations) for operations in paths.values())


def _ask(operation: Any, mode: GenerationMode, session: requests.Session) -> None:
    """Ask one route a few times; the same questions every time."""

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def questions(case: Any) -> None:
        case.call_and_validate(session=session, checks=CHECKS, timeout=30)

    # A route without parameters leaves nothing to get wrong.
    with suppress(Unsatisfiable):
        questions()
