"""Reading the configuration again while the collector runs: all of what is safe takes effect, or nothing does."""

import asyncio
import dataclasses
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from fastapi import FastAPI

from gemledger_collector.access import COLLECTOR
from gemledger_collector.alerts.channels import require_extras
from gemledger_collector.api.context import Context
from gemledger_collector.api.hosts import HostCheck
from gemledger_collector.certificates import Certificates
from gemledger_collector.config import Config
from gemledger_collector.doors import Entrance
from gemledger_collector.errors import Overloaded, StartupError
from gemledger_collector.listening import require_protected
from gemledger_collector.loops import Loops, Settings
from gemledger_collector.price_book import price_book
from gemledger_collector.processors.attribute import Attribution
from gemledger_collector.processors.chain import Chain
from gemledger_collector.reload import Difference, difference, effective
from gemledger_collector.storage.audit import note
from gemledger_collector.token_door import Token

log = logging.getLogger("gemledger.service")

OVERLAY = "processors.price.overlay"


def chain_of(settings: Settings) -> Chain:
    """The processors that the configuration asks for."""
    processors = settings.config.processors
    return Chain(
        settings.book,
        processors.redact.redactor,
        Attribution(processors.attribute),
        processors.redact.max_attribute_bytes,
    )


@dataclass(slots=True)
class Parts:
    """What of a running collector goes on by other settings."""

    app: FastAPI
    entrance: Entrance
    hosts: HostCheck
    certificates: Certificates
    loops: Loops

    @property
    def context(self) -> Context:
        """What the API asks now."""
        context: Context = self.app.state.context
        return context

    def renew(self, settings: Settings, changed: list[str]) -> None:
        """From now on by these settings, which were checked."""
        config, context = settings.config, self.context
        self.certificates.renew(config.receivers.otlp.protocols)
        self.entrance.renew(config.extensions.api)
        self.hosts.renew(config.extensions.api.allowed_hosts)
        context.pipeline.renew(chain_of(settings))
        self.app.state.context = dataclasses.replace(
            context, config=config, book=settings.book, price_book=settings.book.version
        )
        self.loops.renew(settings, changed)


@dataclass(slots=True)
class Reloading:
    """``load`` reads the file. What is wrong with it goes to the log, and nothing else happens."""

    parts: Parts
    settings: Settings
    load: Callable[[], Config]
    _last_success_unix_nano: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        """Show when it last went well; the start counts."""
        context = self.parts.context
        self._last_success_unix_nano = context.started_at_unix_nano
        context.telemetry.gauge(
            "config_last_reload_success_timestamp_seconds",
            lambda: self._last_success_unix_nano / 1e9,
        )

    async def run(self, asked: asyncio.Event, stop: asyncio.Event) -> None:
        """Read it again whenever ``asked`` is set, until ``stop`` is."""
        while not stop.is_set():
            await _either(asked, stop)
            if asked.is_set() and not stop.is_set():
                asked.clear()
                await self.once()

    async def once(self) -> None:
        """Read it again now."""
        telemetry = self.parts.context.telemetry
        try:
            settings, told = await asyncio.to_thread(self._read)
        except StartupError as error:
            telemetry.add("config_reloads_total", reason="refused")
            for problem in str(error).splitlines():
                log.error("the configuration stays as it was: %s", problem)  # noqa: TRY400
            return
        before, self.settings = self.settings, settings
        self.parts.renew(settings, list(told.at_once))
        telemetry.add("config_reloads_total", reason="done")
        self._last_success_unix_nano = self.parts.context.clock()
        _tell(told)
        await asyncio.to_thread(self._note_tokens, before.config)

    def _read(self) -> tuple[Settings, Difference]:
        """What would be in effect, checked as at the start. Raises StartupError."""
        running, new = self.settings, self.load()
        told, config = difference(running.config, new), effective(running.config, new)
        protocols = config.receivers.otlp.protocols
        require_protected(protocols, has_tokens=bool(config.extensions.api.tokens))
        self.parts.certificates.check(protocols)
        require_extras(config.alerts)
        book = price_book(config.processors.price.overlay)
        if book.version != running.book.version and OVERLAY not in told.at_once:
            told = Difference([*told.at_once, OVERLAY], told.after_restart)
        return Settings(config, book), told

    def _note_tokens(self, before: Config) -> None:
        now = self.settings.config.extensions.api.admitted
        changes = token_changes(before.extensions.api.admitted, now)
        if not any(changes.values()):
            return
        context = self.parts.context
        try:
            with context.store.writing() as transaction:
                note(transaction, context.clock(), COLLECTOR.name, "tokens", changes)
        except Overloaded as error:
            log.warning("the change of tokens could not be noted in the audit: %s", error)


def token_changes(before: Sequence[Token], after: Sequence[Token]) -> Mapping[str, str]:
    """Names of the tokens that came, went, and are no longer the same."""
    old, new = ({token.name: token for token in tokens} for tokens in (before, after))
    return {
        "added": ", ".join(sorted(new.keys() - old.keys())),
        "removed": ", ".join(sorted(old.keys() - new.keys())),
        "changed": ", ".join(
            sorted(name for name in old.keys() & new.keys() if old[name] != new[name])
        ),
    }


def _tell(told: Difference) -> None:
    log.info(
        "the configuration was read again; in effect: %s", ", ".join(told.at_once) or "no change"
    )
    for key in told.after_restart:
        log.warning("%s needs a restart; the old value stays until then", key)


async def _either(first: asyncio.Event, second: asyncio.Event) -> None:
    waiting = [asyncio.ensure_future(event.wait()) for event in (first, second)]
    try:
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for each in waiting:
            each.cancel()
