"""How `streamseg why` finds its answer in Kafka: a worker's, the changelog's, or the past's."""

from __future__ import annotations

from contextlib import suppress
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec
from aiokafka.errors import KafkaError

from streamseg.cli._progress import ReadingProgress
from streamseg.cli._rules import load_or_exit
from streamseg.core.errors import StreamsegError
from streamseg.core.values.timestamps import format_time
from streamseg.environment import load_settings
from streamseg.explain.answers import ContactAnswer, StateAnswer, WhyAnswer
from streamseg.explain.contact import describe
from streamseg.explain.why import NotAskedError, of_keeper, segment_named, why
from streamseg.formats.naming import Naming
from streamseg.kafka.failures import find_failure
from streamseg.privacy.identity import at_rest
from streamseg.settings import Settings
from streamseg.stream.asking import Whereabouts, ask, find, find_told, path_of
from streamseg.stream.changelog import read_contact
from streamseg.stream.contact_timeline import LINKS_SECONDS, add_links, partitions_of
from streamseg.stream.history import History
from streamseg.stream.scanning import Scan
from streamseg.web.answers import ProblemAnswer
from streamseg.web.api import MOST_MERGES

if TYPE_CHECKING:
    from streamseg.core.partition import Partition
    from streamseg.core.peek import Peek
    from streamseg.core.segments.rule_set import RuleSet
    from streamseg.explain.past import Past
    from streamseg.stream.offsets import Reached


class Question(NamedTuple):
    """What is asked, as on the command line."""

    contact: str
    segment: str | None
    key: str | None
    at: int | None
    rules: Path | None
    from_changelog: bool
    bootstrap: str | None


async def answer_of(question: Question) -> ContactAnswer | WhyAnswer:
    """The answer. Raises StreamsegError, NotAskedError."""
    settings = load_settings(bootstrap=question.bootstrap, rules=question.rules)
    try:
        return await _answer(settings, question)
    except KafkaError as error:
        raise StreamsegError((await find_failure(settings.connection(), error)).message) from error


async def _answer(settings: Settings, question: Question) -> ContactAnswer | WhyAnswer:
    has_rules = settings.rules is not None or question.segment is None
    if question.at is not None and (has_rules or question.from_changelog):
        return await _read_past(settings, question, question.at)
    where = await find(settings, question.contact)
    if where.url is not None and not question.from_changelog:
        return await _ask_worker(settings, where.url, question)
    if where.is_run and not question.from_changelog:
        raise StreamsegError(
            f"no worker says that it has partition {where.partition}: the group is rebalancing, or "
            "its workers tell no address; --from-changelog reads the state itself"
        )
    if question.at is not None:
        return await _read_past(settings, question, question.at)
    return await _read_changelogs(settings, question, where)


async def _read_past(settings: Settings, question: Question, at: int) -> ContactAnswer | WhyAnswer:
    """The answer from the topics; of who was merged by then, from those of who they were then."""
    rules, contact = _rules(settings, "to replay the past, "), question.contact
    if question.segment is not None:
        segment_named(rules, question.segment)  # before topics are read for it
    for _ in range(MOST_MERGES):
        rest = await at_rest(settings, contact, Scan(settings, None, ReadingProgress()))
        into = rest.links.led_to(at)
        if into is None:
            break
        contact = into
    else:
        raise NotAskedError("no_state", "the contact was merged too often to be followed")
    where = await find(settings, contact)
    is_any = settings.partitioner == "any"
    partition = where.partition if rest.partition is None else rest.partition
    history = History(settings, rules, partition, None if is_any else where.partitions)
    try:
        past = await history.past(contact, at, Scan(settings, None, ReadingProgress()))
        answer = _of_past(past, rules, question)
    except NotAskedError as error:
        if error.code != "no_state":
            raise
        told = of_keeper(str(error), question.contact, contact)
        raise NotAskedError(error.code, told) from None
    if isinstance(answer, WhyAnswer):
        await _add_links(settings, answer, partition, where.partitions, of_past=True)
    if contact != question.contact:
        answer.merged_into = contact
    return answer


def _of_past(past: Past, rules: RuleSet, question: Question) -> ContactAnswer | WhyAnswer:
    if question.segment is None:
        return past.describe()
    return past.why(rules, question.segment, question.key)


async def _add_links(
    settings: Settings, answer: WhyAnswer, partition: int, count: int, *, of_past: bool
) -> None:
    naming, merged = Naming(key=settings.pseudonym_key), answer.merged_ids
    names = naming.all_of(answer.contact).union(*map(naming.all_of, merged))
    of_all = None if settings.partitioner == "any" else count
    tps = await find_told(settings, partitions_of(partition, merged, of_all))
    await add_links(Scan(settings, LINKS_SECONDS), tps, names, answer, of_past=of_past)


async def _ask_worker(
    settings: Settings, url: str, question: Question
) -> ContactAnswer | WhyAnswer:
    parts = ["contacts", question.contact]
    if question.segment is not None:
        parts += ["segments", question.segment, "why"]
    at = None if question.at is None else format_time(question.at)
    query = {} if question.segment is None else {"key": question.key, "at": at}
    links = {} if question.segment is None else {"links": "1"}
    status, body = await ask(settings, url, path_of(*parts, **query, **links))
    is_busy = status == HTTPStatus.CONFLICT  # others read topics: then there are no records
    if is_busy:
        status, body = await ask(settings, url, path_of(*parts, **query))
    if status == HTTPStatus.UNAUTHORIZED:
        raise StreamsegError(
            "workers answer to tokens only: set STREAMSEG_API_TOKEN to one with the scope contacts "
            "(`streamseg token new`)"
        )
    if status != 200:
        with suppress(msgspec.MsgspecError):
            raise StreamsegError(msgspec.json.decode(body, type=ProblemAnswer).detail)
        raise StreamsegError(f"the worker at {url} answers with {status}")
    if question.segment is None:
        return msgspec.json.decode(body, type=ContactAnswer)
    answer = msgspec.json.decode(body, type=WhyAnswer)
    answer.complete = answer.complete and not is_busy
    return answer


async def _read_changelogs(
    settings: Settings, question: Question, where: Whereabouts
) -> ContactAnswer | WhyAnswer:
    """The answer from a contact's changelog; of who was merged, from that of who they are now."""
    unasked = "" if question.from_changelog else f"no worker of {settings.app_id} runs; "
    rules = _rules(settings, f"{unasked}to read the state from the changelog, ")
    contact = question.contact
    for _ in range(MOST_MERGES):
        scan, partition = Scan(settings, None, ReadingProgress()), where.partition
        core, reached = await read_contact(settings, rules, partition, contact, scan)
        into = core.leads_to(contact)
        if into is None:
            answer = _of_state(settings, rules, core, reached, question, contact, partition)
            answer.merged_into = None if contact == question.contact else contact
            if isinstance(answer, WhyAnswer):
                await _add_links(settings, answer, partition, where.partitions, of_past=False)
            return answer
        contact, where = into, await find(settings, into)
    raise NotAskedError("no_state", "the contact was merged too often to be followed")


def _of_state(
    settings: Settings,
    rules: RuleSet,
    core: Partition,
    reached: Reached,
    question: Question,
    contact: str,
    partition: int,
) -> ContactAnswer | WhyAnswer:
    segment = question.segment

    def peek() -> Peek:
        found = core.peek(contact, core.now)
        if found is None:
            told = f"{contact} was never seen, was erased, or is forgotten"
            raise NotAskedError("no_state", of_keeper(told, question.contact, contact))
        return found

    state = StateAnswer(format_time(peek().instant), None, reached.offsets, partition)
    if segment is None:
        described = describe(peek(), raw=False)
        described.state = state
        return described
    asked = segment_named(rules, segment)
    answer = why(peek, asked, question.key, settings.lateness_ms)
    answer.state = state
    answer.notes.append("from the changelog: as of the last commit, and no time since then")
    return answer


def _rules(settings: Settings, why_needed: str) -> RuleSet:
    if settings.rules is None:
        raise StreamsegError(f"{why_needed}name the rules: --rules F, or STREAMSEG_RULES")
    return load_or_exit(settings.rules)
