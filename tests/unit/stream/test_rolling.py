"""A partition that remembers an erasure writes, however quiet it is; another one does not."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

from streamseg.core.events import Event
from streamseg.core.partition import Partition
from streamseg.rules import parse_rules
from streamseg.stream.rolling import LogRoll

RULES = parse_rules("version: 1\nsegments: [{name: hello, use: welcome}]\n")


def task(*erased: str) -> Any:
    core = Partition(RULES)
    for contact in erased:
        core.apply(Event("contact_erased", contact, 1, {}, None, "e"), 1)
    core.take()
    core.install()
    return SimpleNamespace(core=core, rolls=False, touched=False)


def looked(roll: LogRoll, *tasks: Any) -> None:
    roll.look(cast("Any", SimpleNamespace(running=tasks)))


def test_who_remembers_an_erasure_writes_once_an_hour() -> None:
    quiet, waiting, other = task(), task("K"), SimpleNamespace(core=object())
    roll = LogRoll()
    looked(roll, quiet, waiting, other)
    assert (quiet.rolls, quiet.touched) == (False, False)
    assert (waiting.rolls, waiting.touched) == (True, True)
    waiting.rolls = waiting.touched = False
    looked(roll, waiting)
    assert not waiting.rolls


def test_it_does_so_again_and_again() -> None:
    waiting, roll = task("K"), LogRoll(every=0.0)
    for _ in range(2):
        looked(roll, waiting)
        assert waiting.rolls
        waiting.rolls = False
