"""What the demo starts: simulator, collector, dashboard and a receiver for its webhook."""

from dataclasses import dataclass
from pathlib import Path

from gemledger_cli.addresses import LOOPBACK
from gemledger_cli.children import Child, Children, gemledger
from gemledger_dashboard.frame.process import command, environment
from gemledger_simulator import traffic

CONFIGURATION = """\
# The demo's collector. Every key is explained in docs/collector.md.
receivers:
  otlp: {{protocols: {{http: {{endpoint: "{collector}"}}, grpc: {{enabled: false}}}}}}
exporters:
  duckdb: {{path: "{store}"}}
extensions:
  alerts:
    evaluation_interval: 1s
    group_wait: 2s
    group_interval: 10s
    budgets:
      - {{name: company-daily, limit_usd: {company_daily_usd}, period: day, thresholds: [50, 75, 90, 100]}}
      - {{name: company-monthly, limit_usd: {company_monthly_usd}, period: month, thresholds: [50, 75, 90, 100]}}
      - {{name: search-daily, limit_usd: {search_daily_usd}, period: day, thresholds: [75, 100],
          filter: {{team: search}}}}
    rules:
      - {{name: hourly-cost, metric: cost, window: 1h, above_usd: {hourly_usd}, severity: critical}}
    spikes:
      - {{name: spend-spike, group_by: [team, feature], floor_usd: 1}}
    quality:
      - {{name: support-accuracy, dimension: accuracy, filter: {{feature: support-chat}}, group_by: [prompt_version]}}
    channels:
      - {{name: demo-webhook, type: webhook, url: "{webhook}"}}
  judge:
    interval: 1s
    model: gemini-2.5-flash-lite
    daily_budget_usd: 1.00
    concurrency: 4
    rules:
      - {{name: support-quality, rubrics: [accuracy, tone], sample_rate: 0.22, filter: {{feature: support-chat}}}}
      # A demo lasts minutes: every answer of the version that goes live in it is judged.
      - {{name: new-prompt, rubrics: [accuracy], sample_rate: 1.0,
          filter: {{feature: support-chat, prompt_version: {new_prompt_version}}}}}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The amounts the demo's budgets and rule compare with, in USD.

    Its usual day costs 2 to 10 USD and its month some 250, so that the month's own traffic pages nobody; the incident
    of the past breaks the daily budget, and so does the live one.
    """

    company_daily_usd: float = 25
    company_monthly_usd: float = 1000
    search_daily_usd: float = 6
    hourly_usd: float = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Where the parts of one demo are."""

    collector_port: int
    dashboard_port: int
    simulator_url: str
    webhook_url: str

    @property
    def collector_url(self) -> str:
        """The collector's OTLP and API address."""
        return f"http://{LOOPBACK}:{self.collector_port}"

    @property
    def dashboard_url(self) -> str:
        """The address to open."""
        return f"http://{LOOPBACK}:{self.dashboard_port}"


def start_collector(children: Children, addresses: Addresses, folder: Path) -> Child:
    """Write the configuration and start the collector; its judge asks the simulator."""
    config = folder / "otel-config.yaml"
    amounts = Limits()
    config.write_text(
        CONFIGURATION.format(
            collector=f"{LOOPBACK}:{addresses.collector_port}",
            store=folder / "gemledger.duckdb",
            webhook=addresses.webhook_url,
            new_prompt_version=traffic.LIVE_PROMPT_VERSION,
            **{name: getattr(amounts, name) for name in Limits.__slots__},
        ),
        encoding="utf-8",
    )
    return children.start(
        "collector",
        gemledger("serve", "--config", str(config)),
        {"GOOGLE_GEMINI_BASE_URL": addresses.simulator_url, "GEMINI_API_KEY": "demo"},
        log=folder / "collector.log",
    )


def start_dashboard(children: Children, addresses: Addresses, folder: Path) -> Child:
    """Start the dashboard over the collector."""
    return children.start(
        "dashboard",
        command(port=addresses.dashboard_port, collector_url=addresses.collector_url),
        environment(collector_url=addresses.collector_url),
        log=folder / "dashboard.log",
    )
