"""What a why says is next comes at that instant, if nothing happens, and nothing comes before."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import partial

import pytest
from hypothesis import given, settings

from streamseg.core.conditions.base import Part, Truth
from streamseg.core.peek import Peek
from streamseg.core.segments.segment import Segment
from streamseg.explain.answers import Change, PartAnswer
from streamseg.explain.why import why
from streamseg.replay.driver import Driver

from .driver import Case
from .scale import examples
from .test_peek import in_disorder, keyed, looks, steps

DAY_MS = 86_400_000
LATER = (1, 3_000, DAY_MS, 40 * DAY_MS, 400 * DAY_MS)  # ms from now
TRUTHS: dict[str | None, Truth] = {"true": True, "false": False, "unknown": None}
Path = tuple[int, ...]


def answered(part: PartAnswer, path: Path = ()) -> Iterator[tuple[Path, PartAnswer]]:
    yield path, part
    for number, one in enumerate(part.parts):
        yield from answered(one, (*path, number))


def at(part: Part, path: Path) -> Truth:
    for number in path:
        part = [one for one in part.parts if one.condition.word][number]
    return part.truth


def milliseconds(instant: str) -> int:
    return round(datetime.fromisoformat(instant).timestamp() * 1000)


class Later:
    """What is so of a rung at later instants, if nothing happens."""

    def __init__(
        self, driver: Driver, peek: Peek, segment: Segment, key: str | None, rung: int
    ) -> None:
        self._driver = driver
        self._contact = peek.contact.id
        self._place = segment, key, rung

    def at(self, instant: int, path: Path) -> Truth:
        peek = self._driver.partition.peek(self._contact, instant)
        assert peek is not None
        return at(peek.explain(*self._place)[1], path)

    def check(self, now: int, truth: Truth, following: Change | None, path: Path) -> None:
        if following is None:
            for later in LATER:
                assert self.at(now + later, path) is truth, (path, later)
            return
        instant = milliseconds(following.at)
        assert instant > now
        for one in {now + 1, (now + instant) // 2, instant - 1}:
            assert one >= instant or one <= now or self.at(one, path) is truth, (path, one)
        if following.to is not None:
            found = self.at(instant, path)
            assert (found, found is not truth) == (TRUTHS[following.to], True), (path, following)


def look(driver: Driver, contact: str) -> Peek:
    peek = driver.partition.peek(contact, driver.now)
    assert peek is not None
    return peek


@pytest.mark.slow
@settings(max_examples=examples(100))
@given(in_disorder)
def test_what_is_next_comes_by_time_alone_and_nothing_before(case: Case) -> None:
    for driver, _, seen in steps(case):
        for peek in looks(driver, seen, driver.now):
            asked = {(segment, key) for segment, key, _ in keyed(peek)}
            for segment, key in sorted(asked, key=lambda one: (one[0].name, one[1] or "")):
                answer = why(partial(look, driver, peek.contact.id), segment, key, 0)
                rung = [one.label for one in segment.rungs].index(answer.rung)
                later = Later(driver, peek, segment, key, rung)
                for path, part in answered(answer.tree):
                    later.check(peek.instant, TRUTHS[part.truth], part.next, path)
