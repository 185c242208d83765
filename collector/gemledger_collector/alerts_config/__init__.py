"""What ``extensions.alerts`` may say: rules, budgets, spikes, channels, routes; strictly parsed."""

from gemledger_collector.alerts_config.budgets import BalanceConfig, BudgetConfig
from gemledger_collector.alerts_config.channels import (
    AlertmanagerConfig,
    AppriseConfig,
    Channel,
    ChannelConfig,
    EmailConfig,
    PagerDutyConfig,
    SlackConfig,
    WebhookConfig,
)
from gemledger_collector.alerts_config.matching import Dimension, Filter, Matcher, all_match
from gemledger_collector.alerts_config.metrics import METRICS, Metric, MetricKind, Unit
from gemledger_collector.alerts_config.quality import QualityConfig
from gemledger_collector.alerts_config.routes import (
    InhibitConfig,
    RouteConfig,
    TimesConfig,
    TimeSpans,
    WatchdogConfig,
)
from gemledger_collector.alerts_config.rules import NoData, RuleConfig, SpikeConfig, Watched
from gemledger_collector.alerts_config.section import LOG, AlertsConfig

__all__ = [
    "LOG",
    "METRICS",
    "AlertmanagerConfig",
    "AlertsConfig",
    "AppriseConfig",
    "BalanceConfig",
    "BudgetConfig",
    "Channel",
    "ChannelConfig",
    "Dimension",
    "EmailConfig",
    "Filter",
    "InhibitConfig",
    "Matcher",
    "Metric",
    "MetricKind",
    "NoData",
    "PagerDutyConfig",
    "QualityConfig",
    "RouteConfig",
    "RuleConfig",
    "SlackConfig",
    "SpikeConfig",
    "TimeSpans",
    "TimesConfig",
    "Unit",
    "WatchdogConfig",
    "Watched",
    "WebhookConfig",
    "all_match",
]
