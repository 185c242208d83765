"""The one configuration file, in the OpenTelemetry Collector's shape: frozen, complete and valid, or no start.

Everything has a default, so an empty file works. ``${env:NAME}`` takes a value from the environment,
``${env:NAME:-fallback}`` has one for when it is not set.
"""

import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import (
    BeforeValidator,
    Field,
    ValidationError,
    model_validator,
)

from gemledger_collector.alerts_config import AlertsConfig, Duration, Listed, Strict
from gemledger_collector.config_file import read_document, substituted
from gemledger_collector.config_problems import problems_of, without_empty_sections
from gemledger_collector.errors import ConfigError
from gemledger_collector.judge_config import JudgeConfig
from gemledger_collector.price_book import price_book
from gemledger_collector.processors_config import Processors
from gemledger_collector.rate_limits_config import RateLimits
from gemledger_collector.settle_config import SettleConfig
from gemledger_collector.sizes import Bytes


def parse_endpoint(written: object) -> str:
    """``HOST:PORT`` with a port from 0 (any free one) to 65535. Raises ValueError."""
    match = re.fullmatch(r"(\S+):(\d{1,5})", written) if isinstance(written, str) else None
    if match is None or int(match[2]) > 65535:
        raise ValueError("write HOST:PORT, such as 127.0.0.1:4318")
    return match[0]


Endpoint = Annotated[str, BeforeValidator(parse_endpoint)]


class HttpProtocol(Strict):
    """OTLP over HTTP, and every other route of the collector."""

    endpoint: Endpoint = "127.0.0.1:4318"
    max_request_bytes: Annotated[Bytes, Field(ge=1024)] = 8 * 2**20
    max_decompressed_bytes: Annotated[Bytes, Field(ge=1024)] = 64 * 2**20

    @property
    def host(self) -> str:
        """The address to listen on, without brackets."""
        return self.endpoint.rpartition(":")[0].strip("[]")

    @property
    def port(self) -> int:
        """The port to listen on; 0 takes any free one."""
        return int(self.endpoint.rpartition(":")[2])


class GrpcProtocol(Strict):
    """OTLP over gRPC. Accepted, and not served yet."""

    endpoint: Endpoint = "127.0.0.1:4317"


class Protocols(Strict):
    """What the OTLP receiver speaks."""

    http: HttpProtocol = HttpProtocol()
    grpc: GrpcProtocol = GrpcProtocol()


class OtlpReceiver(Strict):
    """Where spans come in. ``queue_bytes`` bounds what waits for the writer; beyond it senders get 503."""

    protocols: Protocols = Protocols()
    queue_bytes: Annotated[Bytes, Field(ge=2**20)] = 64 * 2**20
    group_bytes: Annotated[Bytes, Field(ge=2**16)] = 8 * 2**20


class Receivers(Strict):
    """``receivers``."""

    otlp: OtlpReceiver = OtlpReceiver()


class Retention(Strict):
    """How long rows live. Accepted, and not enforced yet."""

    spans: Duration = timedelta(days=90)
    contents: Duration = timedelta(days=14)
    max_size: Bytes | None = None


class DuckdbExporter(Strict):
    """The database file, and how much memory DuckDB may take."""

    path: Annotated[str, Field(min_length=1)] = "gemledger.duckdb"
    memory_limit: Annotated[Bytes, Field(ge=64 * 10**6)] = 300 * 10**6
    retention: Retention = Retention()


class Exporters(Strict):
    """``exporters``."""

    duckdb: DuckdbExporter = DuckdbExporter()


class ApiExtension(Strict):
    """Who may ask. Tokens are not built yet, so the collector listens on loopback only."""

    tokens: Listed[str] = ()
    allowed_hosts: Listed[str] = ()
    external_url: str | None = None

    @model_validator(mode="after")
    def _no_tokens_yet(self) -> Self:
        if self.tokens:
            raise ValueError("tokens are not supported yet; remove them and keep to loopback")
        return self


class Extensions(Strict):
    """``extensions``."""

    api: ApiExtension = ApiExtension()
    alerts: AlertsConfig = AlertsConfig()
    judge: JudgeConfig = JudgeConfig()
    settle: SettleConfig = SettleConfig()
    rate_limits: RateLimits = ()


ProcessorName = Literal["normalize", "deduplicate", "price", "redact"]


class TracesPipeline(Strict):
    """The chain for traces. Its order is fixed: each step needs the one before."""

    receivers: Listed[Literal["otlp"]] = ("otlp",)
    processors: Listed[ProcessorName] = ("normalize", "deduplicate", "price", "redact")
    exporters: Listed[Literal["duckdb"]] = ("duckdb",)

    @model_validator(mode="after")
    def _complete(self) -> Self:
        default = TracesPipeline.model_fields
        for key in ("receivers", "processors", "exporters"):
            if tuple(getattr(self, key)) != default[key].default:
                names = ", ".join(default[key].default)
                raise ValueError(f"{key} must be [{names}]; switch steps off in their own section")
        return self


class Pipelines(Strict):
    """``service.pipelines``."""

    traces: TracesPipeline = TracesPipeline.model_construct()


class ServiceSection(Strict):
    """``service``."""

    pipelines: Pipelines = Pipelines()


class Config(Strict):
    """All of ``otel-config.yaml``."""

    receivers: Receivers = Receivers()
    processors: Processors = Processors()
    exporters: Exporters = Exporters()
    extensions: Extensions = Extensions()
    service: ServiceSection = ServiceSection()

    @property
    def http(self) -> HttpProtocol:
        """The HTTP endpoint: intake and questions share it."""
        return self.receivers.otlp.protocols.http

    @property
    def alerts(self) -> AlertsConfig:
        """``extensions.alerts``."""
        return self.extensions.alerts

    @property
    def judge(self) -> JudgeConfig:
        """``extensions.judge``."""
        return self.extensions.judge

    @property
    def settle(self) -> SettleConfig:
        """``extensions.settle``."""
        return self.extensions.settle


def load(path: Path | None, environ: Mapping[str, str]) -> Config:
    """The configuration in ``path``, or every default for None. Raises ConfigError, all problems at once."""
    if path is None:
        return Config()
    problems: list[str] = []
    document = substituted(read_document(path), environ, "", problems)
    try:
        config = Config.model_validate(without_empty_sections(document, Config))
    except ValidationError as error:
        unset = {problem.partition(": ")[0] for problem in problems}
        further = problems_of(error, Config)
        problems += [line for line in further if line.partition(": ")[0] not in unset]
    else:
        problems += _overlay_problems(config)
    if problems:
        raise ConfigError("\n".join(f"{path}: {problem}" for problem in problems))
    return config


def _overlay_problems(config: Config) -> list[str]:
    """What is wrong with the file of the price overlay: found here, so that check-config finds it, too."""
    try:
        price_book(config.processors.price.overlay)
    except ConfigError as error:
        return [str(error)]
    return []
