"""The one configuration file, in the OpenTelemetry Collector's shape: frozen, complete and valid, or no start.

Everything has a default, so an empty file works. ``${env:NAME}`` takes a value from the environment,
``${env:NAME:-fallback}`` has one for when it is not set.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Literal, Self

from pydantic import ValidationError, model_validator

from gemledger_collector.alerts_config import AlertsConfig
from gemledger_collector.api_config import ApiExtension
from gemledger_collector.certificates import Certificates
from gemledger_collector.config_file import read_document, substituted
from gemledger_collector.config_lines import Lines
from gemledger_collector.config_problems import problems_of, without_empty_sections
from gemledger_collector.config_values import Listed, Strict
from gemledger_collector.display_config import DashboardConfig
from gemledger_collector.errors import ConfigError, UnsafeAddress
from gemledger_collector.exporters_config import Exporters
from gemledger_collector.judge_config import JudgeConfig, require_rubrics
from gemledger_collector.listening import require_protected
from gemledger_collector.price_book import price_book
from gemledger_collector.processors_config import Processors
from gemledger_collector.rate_limits_config import RateLimits
from gemledger_collector.receivers_config import GrpcProtocol, HttpProtocol, Receivers
from gemledger_collector.reports_config import Reports, require_carriers
from gemledger_collector.settle_config import SettleConfig


class Extensions(Strict):
    """``extensions``."""

    api: ApiExtension = ApiExtension()
    alerts: AlertsConfig = AlertsConfig()
    judge: JudgeConfig = JudgeConfig()
    settle: SettleConfig = SettleConfig()
    rate_limits: RateLimits = ()
    reports: Reports = ()
    dashboard: DashboardConfig = DashboardConfig()

    @model_validator(mode="after")
    def _reports_lead_somewhere(self) -> Self:
        require_carriers(self.reports, self.alerts)
        return self


ProcessorName = Literal["normalize", "deduplicate", "attribute", "price", "redact"]
_BEFORE_RULES = ("normalize", "deduplicate", "price", "redact")
"""The chain as older files write it out; rules apply all the same."""


class TracesPipeline(Strict):
    """The chain for traces. Its order is fixed: each step needs the one before."""

    receivers: Listed[Literal["otlp"]] = ("otlp",)
    processors: Listed[ProcessorName] = (
        "normalize",
        "deduplicate",
        "attribute",
        "price",
        "redact",
    )
    exporters: Listed[Literal["duckdb"]] = ("duckdb",)

    @model_validator(mode="after")
    def _complete(self) -> Self:
        default = TracesPipeline.model_fields
        for key in ("receivers", "processors", "exporters"):
            if tuple(getattr(self, key)) not in (default[key].default, _BEFORE_RULES):
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
    def grpc(self) -> GrpcProtocol:
        """The gRPC endpoint: intake alone."""
        return self.receivers.otlp.protocols.grpc

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
        problems += _problems_beyond(config)
    if problems:
        raise ConfigError(Lines.of(path).located(path, problems))
    return config


def _problems_beyond(config: Config) -> list[str]:
    """What is wrong with the files it names, and with the addresses: found here, so that check-config finds it, too."""
    protocols, tokens = config.receivers.otlp.protocols, config.extensions.api.tokens
    checks: Sequence[Callable[[], object]] = (
        lambda: price_book(config.processors.price.overlay),
        lambda: require_rubrics(config.judge.rubrics_folder),
        lambda: Certificates(protocols),
        lambda: require_protected(protocols, has_tokens=bool(tokens)),
    )
    return [problem for check in checks if (problem := _problem_of(check))]


def _problem_of(check: Callable[[], object]) -> str | None:
    try:
        check()
    except (ConfigError, UnsafeAddress) as error:
        return str(error)
    return None
