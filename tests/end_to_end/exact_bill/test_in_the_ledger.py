"""The same bills in the collector's own ledger: it prices every span again, and comes to the same picodollar."""

from collections.abc import Callable

import pytest
from end_to_end.exact_bill.asking import Till, usd
from end_to_end.exact_bill.cases import CASES, Case
from end_to_end.exact_bill.point import Point
from end_to_end.exact_bill.points import POINTS
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from support.processes import CollectorProcess

import gemledger
from gemledger_simulator.process import SimulatorProcess

BILLS = """
SELECT feature, cost_pico_usd, app_cost_pico_usd, cost_upper_pico_usd, cost_status, app_cost_status,
       input_pico_usd + cache_read_pico_usd + tool_use_pico_usd + output_pico_usd + thoughts_pico_usd
       + grounding_pico_usd + maps_pico_usd + media_pico_usd + storage_pico_usd AS lines_pico_usd
FROM calls
"""


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.* is not a valid MediaModality:UserWarning")
def test_every_case_and_every_point_is_the_same_picodollar_in_the_store(
    simulator: SimulatorProcess, start_collector: Callable[..., CollectorProcess]
) -> None:
    """Real SDK, span, OTLP, collector, DuckDB: amount, status, upper bound and the sum of the lines."""
    collector = start_collector()
    batches = BatchSpanProcessor(OTLPSpanExporter(f"{collector.url}/v1/traces"))
    till = Till(simulator.url, batches)
    asked: dict[str, Case | Point] = {**CASES, **POINTS}
    for name, each in asked.items():
        with gemledger.attribution(feature=name):
            place = each.location if isinstance(each, Point) else None
            till.ask(each.model, each.step, config=each.config, at=each.at, vertex=place)
    batches.shutdown()  # type: ignore[no-untyped-call]  # the SDK gives it no types

    told = {row.pop("feature"): row for row in collector.query(BILLS)}
    assert told == {
        name: {
            "cost_pico_usd": None if each.usd is None else usd(each.usd),
            "app_cost_pico_usd": None if each.usd is None else usd(each.usd),
            "cost_upper_pico_usd": usd(each.upper_usd)
            if each.upper_usd
            else told[name]["cost_upper_pico_usd"],
            "cost_status": each.status,
            "app_cost_status": each.status,
            "lines_pico_usd": None if each.usd is None else usd(each.usd),
        }
        for name, each in asked.items()
    }
