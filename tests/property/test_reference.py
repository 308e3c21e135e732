"""The engine tells what the definitions say: the reference asks them of the whole log."""

import pytest
from hypothesis import given, settings

from . import cases
from .driver import Case, told_by_engine, told_by_reference
from .scale import examples


@pytest.mark.slow
@settings(max_examples=examples(1200))
@given(cases.in_order())
def test_the_engine_equals_the_reference_in_order(case: Case) -> None:
    assert told_by_engine(case) == told_by_reference(case)


@pytest.mark.slow
@settings(max_examples=examples(800))
@given(cases.in_disorder())
def test_the_engine_equals_the_reference_in_disorder(case: Case) -> None:
    assert told_by_engine(case) == told_by_reference(case)
