"""The loops that run beside the server, and which keys of the configuration make each of them start anew."""

import asyncio

from gemledger_collector.alerts import loop as alerts_loop
from gemledger_collector.alerts.news import News
from gemledger_collector.alerts.sources import Sources, configured_limits
from gemledger_collector.api.context import Context
from gemledger_collector.judge import loop as judge_loop
from gemledger_collector.loops import Loops, Running, Settings
from gemledger_collector.reports import loop as reports_loop
from gemledger_collector.reports.sending import Sender
from gemledger_collector.settle import fetching
from gemledger_collector.settle import loop as settle_loop
from gemledger_collector.settle.inbox import StoreInbox
from gemledger_collector.upkeep import loop as upkeep_loop
from gemledger_collector.upkeep.revise import loop as revise_loop


def add_loops(loops: Loops, context: Context, inbox: StoreInbox) -> None:
    """All of them. Each is given the settings of the moment in which it starts."""
    store, telemetry = context.store, context.telemetry
    clock, sink = context.clock, context.pipeline
    fetch = context.config.settle.webhooks.fetch
    fetches = fetching.Fetching(store, fetch, clock, telemetry)
    news = News()

    def alerts(now: Settings, end: asyncio.Event) -> Running:
        url = now.config.extensions.api.external_url or ""
        limits = configured_limits(now.config.extensions.rate_limits)
        rubrics = now.config.judge.rubrics_folder
        sources = Sources(context.minutes, limits, now.book, url, context.judge, rubrics)
        return alerts_loop.run(
            store,
            now.config.alerts,
            clock,
            end,
            telemetry,
            external_url=url,
            sources=sources,
            news=news,
        )

    def reports(now: Settings, end: asyncio.Event) -> Running:
        sender = Sender(store, now.config, now.book)
        return reports_loop.run(sender, clock, end, telemetry, news)

    def judge(now: Settings, end: asyncio.Event) -> Running:
        redactor = now.config.processors.redact.redactor
        around = judge_loop.Around(clock, end, telemetry, context.judge, now.book, redactor)
        return judge_loop.run(store, now.config.judge, sink, around)

    def settle(now: Settings, end: asyncio.Event) -> Running:
        return settle_loop.run(store, now.config.settle, now.book, clock, end, telemetry)

    def fetched(_: Settings, end: asyncio.Event) -> Running:
        return fetching.run(inbox, fetches, fetch, sink, end)

    def upkeep(now: Settings, end: asyncio.Event) -> Running:
        exporter = now.config.exporters.duckdb
        steps = upkeep_loop.steps_of(store, exporter, telemetry)
        return upkeep_loop.run(steps, exporter, clock, end, telemetry)

    def revise(now: Settings, end: asyncio.Event) -> Running:
        rules = now.config.processors.attribute
        return revise_loop.run(store, now.book, rules, clock, end, telemetry, context.revisions)

    loops.add(
        alerts,
        "extensions.alerts",
        "extensions.api.external_url",
        "extensions.rate_limits",
        "processors.price",
    )
    loops.add(
        reports,
        "extensions.alerts",
        "extensions.api.external_url",
        "extensions.judge",
        "extensions.reports",
        "processors.price",
    )
    loops.add(judge, "extensions.judge", "processors.price", "processors.redact")
    loops.add(settle, "processors.price")
    loops.add(fetched)
    loops.add(
        upkeep,
        "exporters.duckdb.compact",
        "exporters.duckdb.retention",
        "exporters.duckdb.upkeep_interval",
    )
    loops.add(revise, "processors.attribute", "processors.price")
