"""The host's Kafka side as a service of the Faust app: sessions, back-off, a clean stop."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from aiokafka.errors import KafkaError
from mode import Service

from streamseg.core.errors import StreamsegError
from streamseg.kafka.failures import Failure, find_failure
from streamseg.observe.stats import WorkerStats
from streamseg.settings import SettingsError
from streamseg.stream.backoff import Backoff
from streamseg.stream.errors import LoginChangedError, PartitionsChangedError, SetupError
from streamseg.stream.gc_timing import tune_collector
from streamseg.stream.session import Session
from streamseg.stream.setup_checks import as_setup_error
from streamseg.stream.topic_names import TopicNames

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamseg.settings import Settings
    from streamseg.stream.engine import Engine

log = logging.getLogger(__name__)

STOP_SECONDS: Final = 10.0
PATIENCE_SECONDS: Final = 5.0  # a Kafka that is silent for longer is away
WATCH_SECONDS: Final = 1.0


class Host(Service):
    """Keeps a session going. An error that only a person can mend ends the worker (``on_fatal``).

    ``url`` is the address of this worker's API; the members of the group tell theirs to each other.
    """

    def __init__(
        self,
        settings: Settings,
        engine: Engine,
        stats: WorkerStats,
        on_fatal: Callable[[StreamsegError], None],
        url: Callable[[], str | None] = lambda: None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self._url = url
        self.stats = stats
        self._settings = settings
        self._engine = engine
        self._on_fatal = on_fatal
        self._session: Session | None = None
        self._running: asyncio.Task[None] | None = None

    @property
    def session(self) -> Session | None:
        """The present session, or the last one."""
        return self._session

    async def on_start(self) -> None:
        """Begin to work; Kafka may still be away."""
        tune_collector()
        if (rules := self.stats.rules) is not None:
            log.info("Rules %s, %s: %d segments", rules.file, rules.hash, rules.segments)
        self._stop_asked = asyncio.Event()
        self._running = asyncio.create_task(self._run())
        self._watching = asyncio.create_task(self._watch())

    async def on_stop(self) -> None:
        """Commit what is done, release the partitions, leave the group; bounded in time."""
        if self._running is None:  # it never began
            return
        log.info("Stopping: what is begun is committed, and the partitions are released")
        self._stop_asked.set()
        self._watching.cancel()
        _, late = await asyncio.wait({self._running}, timeout=STOP_SECONDS)
        if late:
            log.warning("Kafka does not answer; stopping without having released the partitions")
            self._running.cancel()
            await asyncio.wait({self._running}, timeout=STOP_SECONDS)
        log.info("Stopped")

    async def _run(self) -> None:
        try:
            await self._run_sessions()
        except StreamsegError as error:
            self._on_fatal(error)

    async def _run_sessions(self) -> None:
        """Until one ends in good order. Raises StreamsegError for what a person has to mend.

        A setting that cannot be used ends a worker that begins. Later it is a file that is being
        renewed, more often than not, so it is tried again.
        """
        backoff, is_first = Backoff(), True
        while not self._stop_asked.is_set():
            session = Session(
                self._settings,
                TopicNames.of(self._settings),
                self._engine,
                self.stats,
                self._url(),
            )
            self._session = session
            try:
                await session.run(self._stop_asked)
            except SettingsError as error:
                if is_first:
                    raise
                delay = self._next_delay(backoff, session)
                log.error("%s; trying again in %.1f s", error, delay)  # noqa: TRY400
            except StreamsegError:
                raise
            except (PartitionsChangedError, LoginChangedError) as error:
                delay = 0.0
                log.warning("%s; starting over with them", error)
            except (KafkaError, OSError, TimeoutError) as error:
                fatal = as_setup_error(self._settings, error)
                failure = await self._failure(error)
                if fatal is not None or failure.lasting:
                    raise fatal or SetupError(failure.message) from error
                delay = self._next_delay(backoff, session)
                log.warning("%s; trying again in %.1f s", failure.message, delay)
            except Exception:
                delay = self._next_delay(backoff, session)
                log.exception("The session failed; trying again in %.1f s", delay)
            else:
                return
            is_first = False
            self.stats.turn()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stop_asked.wait(), delay)

    async def _failure(self, error: BaseException) -> Failure:
        """What an error of Kafka means, where the settings let it be asked why."""
        try:
            connection = self._settings.connection()
        except SettingsError as wrong:
            return Failure(str(wrong), lasting=False)
        return await find_failure(connection, error)

    def _next_delay(self, backoff: Backoff, session: Session) -> float:
        if session.worked:
            backoff.reset()
        return backoff.next()

    async def _watch(self) -> None:
        """Watch the login, and whether Kafka is silent."""
        async with asyncio.TaskGroup() as both:
            both.create_task(self._watch_silence())
            both.create_task(self._watch_login())

    async def _watch_login(self) -> None:
        """Start over when the password is another: aiokafka keeps the one that it was given."""
        login = self._login()
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            if (now := self._login()) != login and now is not None:
                login = now
                if self._session is not None:
                    self._session.fail(LoginChangedError("There are new credentials for Kafka"))

    def _login(self) -> str | None:
        """The password as it is now; None where there is none, as while its file is written."""
        try:
            return self._settings.secret("sasl_password")
        except SettingsError:
            return None

    async def _watch_silence(self) -> None:
        """Tell, once per back-off, that Kafka is silent: aiokafka itself retries for ever."""
        backoff = Backoff(first=PATIENCE_SECONDS, limit=60.0)
        tell_at = PATIENCE_SECONDS
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            hung = self._session.silent_seconds() if self._session is not None else 0.0
            if hung < PATIENCE_SECONDS:
                self.stats.answering = True
                backoff.reset()
                tell_at = PATIENCE_SECONDS
            elif hung >= tell_at:
                self.stats.answering = False
                log.warning(
                    "Kafka at %s has not answered for %.0f s; still trying",
                    self._settings.bootstrap, hung,
                )  # fmt: skip
                tell_at = hung + backoff.next()
