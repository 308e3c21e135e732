"""The Faust app: ``faust -A streamseg.stream.app worker``, or ``streamseg worker``.

Faust runs the worker's life cycle, its command line and the user's own agents, such as agents on
streamseg.triggers. The data plane does not go through Faust's agents and tables; it is the
service ``Host`` beside them.
"""

from __future__ import annotations

import asyncio
import hashlib
import signal
from contextlib import suppress
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any, NoReturn, cast

import faust
from faust.app import BootStrategy

from streamseg.core.errors import StreamsegError
from streamseg.environment import load_settings
from streamseg.kafka.partitioning import partition_of
from streamseg.observe.log import configure_logging
from streamseg.observe.stats import RulesInForce, WorkerStats
from streamseg.stream.agents import CommittedTransport, agents_broker
from streamseg.stream.answering import WorkerSource
from streamseg.stream.engine import Engine
from streamseg.stream.errors import SetupError
from streamseg.stream.service import Host
from streamseg.stream.tasks import SLICE
from streamseg.web.access import Access, is_loopback_host
from streamseg.web.api import Api
from streamseg.web.server import WebError, WebServer
from streamseg.web.tokens import Tokens

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mode import ServiceT

    from streamseg.core.partition import Partition
    from streamseg.core.products.fact_cache import FactCache
    from streamseg.core.segments.rule_set import RuleSet
    from streamseg.settings import Settings


class StreamsegWorker(faust.Worker):
    """A Faust worker that logs as the settings say, and ends with code 1 after a fatal error."""

    def __init__(self, app: Any, *services: Any, **options: Any) -> None:
        super().__init__(app, *services, **{**options, "override_logging": False})

    async def on_execute(self) -> None:
        """Set up logging before anything is started."""
        settings = cast("StreamsegApp", self.app).settings
        configure_logging(settings.log_format, settings.log_level)
        self.spinner = None
        await super().on_execute()

    def _install_signal_handlers_unix(self) -> None:
        """SIGHUP stops in good order, too, unless it is ignored, as under nohup."""
        super()._install_signal_handlers_unix()
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
            self.loop.add_signal_handler(signal.SIGHUP, self._on_sigterm)

    def execute_from_commandline(self) -> NoReturn:
        """Run until stopped, then exit the process."""
        try:
            super().execute_from_commandline()
        except SystemExit as ending:
            failed = cast("StreamsegApp", self.app).fatal is not None
            raise SystemExit(1 if failed else ending.code) from None


class HostBoot(BootStrategy):
    """Starts the host; Faust's own Kafka clients only when there are agents that need them."""

    enable_kafka = False

    def _should_enable_kafka_consumer(self) -> bool:
        return len(self.app.agents) > 0

    def _should_enable_kafka_producer(self) -> bool:
        return len(self.app.agents) > 0

    def server(self) -> Iterable[ServiceT]:
        """The services of a worker, in the order in which they start."""
        app = cast("StreamsegApp", self.app)
        return chain([app.health], super().server(), [app.host])


class _Health(WebServer):
    """The metrics and health server; if it cannot listen, the worker ends with one message."""

    def __init__(self, app: StreamsegApp) -> None:
        settings = app.settings
        super().__init__(
            app.stats,
            settings.web_host,
            settings.web_port,
            settings.topic_prefix,
            app.api,
            loop=app.loop,
            beacon=app.beacon,
        )
        self._app = app

    async def on_start(self) -> None:
        settings = self._app.settings
        if settings.api_tokens is None and not is_loopback_host(settings.web_host):
            self.log.warning(
                "The API is off: STREAMSEG_WEB_HOST is %s, and STREAMSEG_API_TOKENS names no file",
                settings.web_host,
            )
        try:
            await super().on_start()
        except WebError as error:
            self._app.end(error)


class _DataPlane(Host):
    """The host as a service. A worker that is stopping already, as its web port is taken, does not
    join the group.
    """

    def __init__(self, app: StreamsegApp, engine: Engine) -> None:
        super().__init__(
            app.settings, engine, app.stats, app.end, app.url, loop=app.loop, beacon=app.beacon
        )
        self._app = app

    async def on_start(self) -> None:
        if self._app.fatal is None:
            await super().on_start()


class StreamsegApp(faust.App):
    """The app with its host, its figures, and the error that ended it, if one did."""

    BootStrategy = HostBoot

    def __init__(self, settings: Settings, engine: Engine, **options: Any) -> None:
        self.settings = settings
        self.stats = WorkerStats()
        self.stats.expect(engine.segments)
        if engine.is_counting:
            self.stats.expect_counts(engine.segments)
        self.stats.rules = engine.rules
        self.fatal: StreamsegError | None = None
        super().__init__(**options)
        self.api = None if engine.rule_set is None else self._new_api(engine)
        self.health = _Health(self)
        self.host = _DataPlane(self, engine)

    def _new_api(self, engine: Engine) -> Api:
        """Raises TokenFileError where the file of tokens cannot be used."""
        settings = self.settings
        tokens = None if settings.api_tokens is None else Tokens(settings.api_tokens)
        is_local = is_loopback_host(settings.web_host)
        if tokens is not None:
            self.stats.tokens_stale = tokens.check
        source = WorkerSource(
            settings,
            engine.rule_set,
            self.stats,
            lambda: self.host.session,
            self.url,
            naming=engine.naming,
        )
        return Api(source, Access(tokens, is_local=is_local), engine.naming)

    def url(self) -> str | None:
        """Where other workers reach the API; None where it does not listen."""
        told = self.settings.advertise
        return f"http://{told}" if told is not None else self.health.url

    def _create_directories(self) -> None:
        """Make no folders: Faust needs them only for its tables, and there are none."""
        if self.tables:
            super()._create_directories()

    def _new_transport(self) -> CommittedTransport:
        return CommittedTransport(self.conf.broker_consumer, self)

    def end(self, error: StreamsegError) -> None:
        """Stop the worker after an error that a person has to mend; it is logged in one line."""
        if self.fatal is None:
            self.fatal = error
            self.log.critical("%s", error)
            root = self.beacon.root
            service: Any = self if root is None else root.data
            self.add_future(service.stop())


def create_app(settings: Settings, engine: Engine | None = None, **options: Any) -> StreamsegApp:
    """The app for these settings; by default with the engine of the rules they name.

    ``options`` go to faust.App. Raises SetupError without rules, RuleErrors for bad ones.
    """
    return StreamsegApp(
        settings,
        engine_of(settings) if engine is None else engine,
        id=f"{settings.app_id}-agents",
        **agents_broker(settings),
        web_enabled=False,
        worker_redirect_stdouts=False,
        Worker=StreamsegWorker,
        **options,
    )


def engine_of(settings: Settings) -> Engine:
    """The engine of the rules that the settings name."""
    from streamseg.core.products.catalog import Catalog
    from streamseg.core.products.fact_cache import FactCache
    from streamseg.formats.naming import Naming
    from streamseg.rules import load_rules

    if settings.rules is None:
        raise SetupError("a worker needs rules: --rules FILE, or STREAMSEG_RULES")
    rules = load_rules(settings.rules)
    text = settings.rules.read_bytes()
    digest = hashlib.sha256(text).hexdigest()[:12]
    pseudonym_key = settings.pseudonym_key
    if rules.pseudonyms and not pseudonym_key:
        raise SetupError(
            "`privacy: {pseudonyms: …}` of the rules needs STREAMSEG_PRIVACY_KEY, the same for all "
            "workers: openssl rand -hex 32"
        )

    return Engine(
        partition=partial(_new_partition, settings, rules, FactCache(rules)),
        catalog=lambda _: Catalog(),
        segments=tuple(segment.name for segment in rules.defined),
        is_counting=rules.counting is not None,
        rules=RulesInForce(str(settings.rules), digest, len(rules.defined), text.decode()),
        rule_set=rules,
        naming=Naming(rules.pseudonyms, pseudonym_key),
    )


def _new_partition(
    settings: Settings, rules: RuleSet, fact_cache: FactCache, index: int, count: int
) -> Partition:
    """One of so many; where keys may be in any, everybody is at home in it."""
    from streamseg.core.contacts.contact import MAX_BYTES
    from streamseg.core.identity.identity_state import Home
    from streamseg.core.partition import Partition

    partition = Partition(
        rules,
        settings.lateness_ms,
        settings.stale_after_ms,
        min(SLICE, settings.batch_max_contacts),
        fact_cache,
        MAX_BYTES,
        publishes=True,
    )
    is_known = settings.partitioner == "murmur2"

    def is_mine(contact: str) -> bool:
        return not is_known or partition_of(contact.encode(), count) == index

    partition.live_in(Home(is_mine, settings.pseudonym_key), index, count)
    return partition


def run_worker(settings: Settings, engine: Engine | None = None) -> NoReturn:
    """Run a worker in this process until it is stopped, then exit."""
    use_uvloop()
    app = create_app(settings, engine)
    StreamsegWorker(app).execute_from_commandline()


def use_uvloop() -> None:
    """Let event loops made from now on be uvloop's, where it is installed."""
    with suppress(ImportError):
        import uvloop

        asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())


def __getattr__(name: str) -> Any:
    """``app``, built from the environment's settings when Faust's command line asks for it."""
    if name != "app":
        raise AttributeError(name)
    use_uvloop()
    found = globals()["app"] = create_app(load_settings())
    return found
