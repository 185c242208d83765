"""Metrics are answered 200 in every way they come, and counted: nothing of them is stored."""

from pathlib import Path
from typing import Any

import grpc
from support.collector import PROTOBUF, RunningCollector, config_for
from support.otlp_json import as_json
from support.otlp_logs import event, logs, metrics

SERVICE = "/opentelemetry.proto.collector.{0}.v1.{1}Service/Export"


def test_metrics_are_counted(collector: RunningCollector) -> None:
    """Protobuf and JSON, small and large; what is broken is refused."""
    for points in (1, 5000):
        request = metrics(points)
        body = request.SerializeToString()
        assert collector.http.post("/v1/metrics", content=body, headers=PROTOBUF).content == b""
        media = {"Content-Type": "application/json"}
        answer = collector.http.post("/v1/metrics", content=as_json(request), headers=media)
        assert (answer.status_code, answer.json()) == (200, {})
    assert collector.metric("gemledger_collector_metric_points_total") == 2 * 2 * 5001
    broken = collector.http.post("/v1/metrics", content=body[:-1], headers=PROTOBUF)
    assert broken.status_code == 400


def test_metrics_and_logs_come_by_grpc_too(tmp_path: Path) -> None:
    """An app with one endpoint for all three signals meets no error."""
    config = config_for(tmp_path / "x.duckdb", grpc={"enabled": True})
    with RunningCollector(config) as collector:
        assert collector.grpc_address is not None
        with grpc.insecure_channel(collector.grpc_address) as channel:
            for kind, body in (("metrics", metrics(3)), ("logs", logs([event("", None, "x")]))):
                export: Any = channel.unary_unary(SERVICE.format(kind, kind.title()))
                assert export(body.SerializeToString(), timeout=20) == b""
        assert collector.metric("gemledger_collector_metric_points_total") == 6
        assert collector.metric('gemledger_collector_log_records_total{kind="log"}') == 1
