"""Deciding only whom an event can change comes to the same as deciding all whom it touches."""

from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamseg.core.segments import change_index
from streamseg.core.segments.dependencies import ANY, Dependency
from streamseg.core.segments.preconditions import Precondition

from . import cases
from .driver import Case, replay
from .scale import examples


def _any_dependency(dependencies: list[list[Dependency]], has_anchor: bool) -> list[Dependency]:
    every = [one for of_rung in dependencies for one in of_rung]
    return [one._replace(kind=ANY, wait=0) for one in every]


def _no_preconditions(preconditions: list[list[Precondition]]) -> list[Precondition]:
    return []


@contextmanager
def deciding_all() -> Iterator[None]:
    """The engine decides every segment one of whose features an event changed."""
    with (
        patch.object(change_index, "dependencies_of_rungs", _any_dependency),
        patch.object(change_index, "common_preconditions", _no_preconditions),
    ):
        yield


@pytest.mark.slow
@settings(max_examples=examples(400))
@given(st.one_of(cases.in_order(), cases.in_disorder()), st.sampled_from([None, 1, 3]))
def test_what_is_not_asked_would_have_said_the_same(case: Case, restart_every: int | None) -> None:
    with deciding_all():
        everything = replay(case, restart_every)
    assert replay(case, restart_every) == everything
