"""What each route does, and the table of routes.

The others' parts of an answer are asked for in ``gathering``; here stands what one request means.
"""

from __future__ import annotations

from time import time
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from streamseg.core.values.zones import DAY_MS
from streamseg.explain.answers import ContactAnswer, WhyAnswer
from streamseg.explain.dossier import Dossier
from streamseg.web import gathering
from streamseg.web.answers import (
    KpisAnswer,
    LettersAnswer,
    LettersToResend,
    ProductAnswer,
    ResentAnswer,
    RulesAnswer,
    RulesChecked,
    RulesTested,
    RulesText,
    RulesToTest,
    SegmentAnswer,
    SegmentsAnswer,
    TimelineAnswer,
    WorkersAnswer,
)
from streamseg.web.problems import Problem
from streamseg.web.routes import Param, Route
from streamseg.web.streaming import TOPICS, answer_stream

if TYPE_CHECKING:
    import msgspec
    from aiohttp import web

    from streamseg.web.peers import Peers
    from streamseg.web.routes import Asked
    from streamseg.web.source import Source

DEFAULT_TOPICS: Final = "triggers,decisions"
_NO_STATE: Final = "the contact was never seen, was erased, or is forgotten"
_NO_SEGMENT: Final = "no such contact or segment"


class Handlers:
    """Answers requests of a worker; ``peers`` are the others of its group."""

    def __init__(self, source: Source, peers: Peers) -> None:
        self._source = source
        self._peers = peers

    async def contact(self, asked: Asked) -> ContactAnswer:
        """Which segments, what is due next, attributes and cart."""
        return self._source.contact(asked.params["contact"], raw=asked.params["raw"])

    async def why(self, asked: Asked) -> WhyAnswer:
        """Now from state, or of the past from the topics."""
        given = asked.params
        contact, segment, key = given["contact"], given["segment"], given["key"]
        if given["at"] is None:
            answer = self._source.why(contact, segment, key)
        else:
            answer = await self._source.past_why(contact, segment, key, given["at"])
        if given["links"]:
            await self._source.links(answer, of_past=given["at"] is not None)
        return answer

    async def segments(self, asked: Asked) -> SegmentsAnswer:
        """All workers' counts."""
        mine = await self._source.segments()
        if asked.is_passed_on:
            return mine
        others = await self._peers.ask_all("/segments", SegmentsAnswer, asked.request)
        return gathering.segments(mine, others.answers, self._source.partitions()[1])

    async def segment(self, asked: Asked) -> SegmentAnswer:
        """One of them."""
        found = await self.segments(asked)
        name = asked.params["segment"]
        for one in found.segments:
            if one.segment == name:
                return one
        raise gathering.no_segment(name, [one.segment for one in found.segments])

    async def kpis(self, asked: Asked) -> KpisAnswer:
        """Conversions, revenue and lift."""
        days = max(1, asked.params["since"] // DAY_MS)
        return await self._source.kpis(asked.params["segment"], days)

    async def product(self, asked: Asked) -> ProductAnswer:
        """Facts are the same everywhere; who waits is counted by all."""
        name = asked.params["product"]
        try:
            mine: ProductAnswer | None = self._source.product(name)
        except Problem:
            if asked.is_passed_on:
                raise
            mine = None
        if asked.is_passed_on and mine is not None:
            return mine
        path = f"/products/{quote(name, safe='')}"
        others = await self._peers.ask_all(path, ProductAnswer, asked.request)
        return gathering.product(name, mine, others.answers, self._source.partitions()[1])

    async def workers(self, asked: Asked) -> WorkersAnswer:
        """All members that answer, and who does not."""
        source = self._source
        mine = gathering.alone(source.worker(), source.partitions(), source.topics())
        if asked.is_passed_on:
            return mine
        others = await self._peers.ask_all("/workers", WorkersAnswer, asked.request)
        return gathering.workers(mine, others, self._source.partitions()[1])

    async def check_rules(self, asked: Asked) -> RulesChecked:
        """Errors with line and column."""
        return await self._source.check_rules(asked.body.yaml)

    async def rules(self, asked: Asked) -> RulesAnswer:
        """Those in force."""
        return self._source.rules_in_force()

    async def test_rules(self, asked: Asked) -> RulesTested:
        """On sample events."""
        return await self._source.test_rules(asked.body)

    async def resend(self, asked: Asked) -> ResentAnswer:
        """Each letter at most once."""
        return await self._source.resend(asked.body)

    async def timeline(self, asked: Asked) -> TimelineAnswer:
        """A contact's records."""
        given = asked.params
        since = max(0, int(time() * 1000) - given["since"])
        return await self._source.timeline(given["contact"], since, given["limit"], given["cursor"])

    async def export(self, asked: Asked) -> msgspec.Raw:
        """Of all topics; any worker can read them."""
        return await self._source.export(asked.params["contact"])

    async def letters(self, asked: Asked) -> LettersAnswer:
        """Dead letters by code and source."""
        given = asked.params
        return await self._source.letters(given["code"], given["source"], given["limit"])

    async def stream(self, asked: Asked) -> web.StreamResponse:
        """Triggers and decisions as they are committed."""
        return await answer_stream(asked, self._source)


def routes_of(handlers: Handlers) -> list[Route]:
    """The table of routes."""
    of_all = (_of_contacts, _of_counts, _of_rules, _of_topics)
    return [route for routes in of_all for route in routes(handlers)]


def _of_contacts(handlers: Handlers) -> list[Route]:
    key = Param("id", "the key, for a segment with `per`")
    return [
        Route(
            "GET", "/contacts/{contact}", "getContact", "contacts",
            "A contact: the segments that it is in, when one is due to change next, attributes "
            "and cart",
            ContactAnswer, handlers.contact,
            {"raw": Param("flag", "1: also the state of each feature", "0")},
            {404: _NO_STATE, **_PASSED_ON}, of_contact=True,
        ),
        Route(
            "GET", "/contacts/{contact}/segments/{segment}/why", "getWhy", "contacts",
            "Whether a contact is in a segment, and why or why not",
            WhyAnswer, handlers.why,
            {
                "key": key,
                "at": Param("time", "an instant in the past (default: now)"),
                "links": Param("flag", "1: also find the records of its triggers", "0"),
            },
            {404: _NO_SEGMENT, 409: "another question that reads topics is being answered",
             504: "it takes too long; use the command line", **_PASSED_ON},
            of_contact=True,
        ),
        Route(
            "GET", "/contacts/{contact}/export", "exportContact", "contacts",
            "All that is known of a contact: its state, and the records that name it",
            Dossier, handlers.export, {},
            {413: "the answer is too large; use the command line",
             504: "it takes too long; use the command line"},
        ),
        Route(
            "GET", "/contacts/{contact}/timeline", "getTimeline", "contacts",
            "A contact's events, triggers, decisions, entries and exits, the latest first",
            TimelineAnswer, handlers.timeline,
            {
                "since": Param("duration", "how far back", "24h"),
                "limit": Param("number", "the maximum number of entries", "200", most=1000),
                "cursor": Param("text", "the `cursor` of the previous answer"),
            },
            {409: "another question that reads topics is being answered", **_PASSED_ON},
            of_contact=True,
        ),
    ]  # fmt: skip


def _of_counts(handlers: Handlers) -> list[Route]:
    return [
        Route(
            "GET", "/segments", "getSegments", "stats",
            "All segments, with the numbers of triggers fired and suppressed and of entries since "
            "the workers started",
            SegmentsAnswer, handlers.segments, {}, {},
        ),
        Route(
            "GET", "/segments/{segment}", "getSegment", "stats", "One segment",
            SegmentAnswer, handlers.segment, {}, {404: "no such segment"},
        ),
        Route(
            "GET", "/segments/{segment}/kpis", "getKpis", "stats",
            "A segment's triggers and the conversions that followed, by day",
            KpisAnswer, handlers.kpis,
            {"since": Param("duration", "how far back, in whole days", "30d")},
            {404: "nothing is counted for this segment", 422: "it takes too long"},
        ),
        Route(
            "GET", "/products/{product}", "getProduct", "stats",
            "A product's facts, and how many contacts have it as a key",
            ProductAnswer, handlers.product, {}, {404: "no event of this product is known"},
        ),
        Route(
            "GET", "/workers", "getWorkers", "stats",
            "The workers of the consumer group: partitions, phases, lag",
            WorkersAnswer, handlers.workers, {}, {},
        ),
    ]  # fmt: skip


def _of_rules(handlers: Handlers) -> list[Route]:
    return [
        Route(
            "GET", "/rules", "getRules", "stats", "The rules that this worker runs",
            RulesAnswer, handlers.rules, {}, {404: "the worker was not started with a rule file"},
        ),
        Route(
            "POST", "/rules/backtest", "testRules", "stats",
            "Run rules on sample events: the triggers and decisions that they would bring",
            RulesTested, handlers.test_rules, {}, _BODY | {413: "more than 20 MiB"},
            body=RulesToTest, most_body=20 * 1024 * 1024,
        ),
        Route(
            "POST", "/rules/check", "checkRules", "stats",
            "Errors and warnings of a rule file, with line and column",
            RulesChecked, handlers.check_rules, {},
            _BODY, body=RulesText,
        ),
    ]  # fmt: skip


def _of_topics(handlers: Handlers) -> list[Route]:
    return [
        Route(
            "GET", "/dlq", "getLetters", "dlq", "Dead letters, the latest first",
            LettersAnswer, handlers.letters,
            {
                "code": Param("text", "only dead letters with this code"),
                "source": Param("text", "only from topics whose names begin with this"),
                "limit": Param("number", "the maximum number of dead letters", "100", most=1000),
            },
            {409: "another question that reads topics is being answered"},
        ),
        Route(
            "POST", "/dlq/replay", "resendLetters", "dlq",
            "Send dead letters again, each at most once",
            ResentAnswer, handlers.resend, {}, _BODY, body=LettersToResend,
        ),
        Route(
            "GET", "/stream", "getStream", "contacts",
            "Triggers and decisions as they are committed, as server-sent events",
            None, handlers.stream,
            {
                "topics": Param(
                    "text", "topics, separated by commas", DEFAULT_TOPICS, choices=TOPICS
                ),
                "segment": Param("id", "only records of this segment"),
                "contact": Param("id", "only records of this contact"),
            },
            {},
        ),
    ]  # fmt: skip


_BODY: Final[dict[int, str]] = {
    413: "the body is larger than 1 MiB",
    415: "the body was not sent as application/json",
    422: "the body is invalid, or asks for too much",
}
_PASSED_ON: Final[dict[int, str]] = {
    421: "a worker passed the request on to one that does not have the contact",
    508: "the request came back to the worker that passed it on",
}
