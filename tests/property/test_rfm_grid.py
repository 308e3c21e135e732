"""Each cell of an RFM grid has exactly one name, or there is exactly one error."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from streamseg.core.conditions.moved import Moved
from streamseg.core.labels.rfm import GRID, Rfm
from streamseg.rules import RuleErrors, parse_rules
from streamseg.rules.value.picture import default_picture

from .scale import examples

Cells = dict[str, list[list[int]]]


@st.composite
def grids(draw: st.DrawFn) -> tuple[int, Cells]:
    """How many scores there are, and names that share out all cells."""
    scores = draw(st.integers(2, 9))
    names = draw(st.lists(st.sampled_from("abcdef"), min_size=1, max_size=6, unique=True))
    cells: Cells = {name: [] for name in names}
    for r in range(1, scores + 1):
        for v in range(1, scores + 1):
            cells[draw(st.sampled_from(names))].append([r, v])
    return scores, {name: of for name, of in cells.items() if of}


def file_of(scores: int, cells: Cells) -> str:
    cuts = list(range(1, scores))
    buyers: Any = {"recency": [f"{cut}d" for cut in cuts], "frequency": cuts, "segments": cells}
    first = next(iter(cells))
    segments = [
        {"name": "in", "when": {"rfm": {"segment": first}}},
        {"name": "moved", "use": "rfm_moved", "with": {"to": [first]}},
        {"name": "of", "use": "moved", "with": {"of": "rfm.buyers"}},
    ]
    return yaml.safe_dump(
        {"version": 1, "value": {"rfm": {"buyers": buyers}}, "segments": segments}, sort_keys=False
    )


def errors(scores: int, cells: Cells) -> list[str]:
    with pytest.raises(RuleErrors) as raised:
        parse_rules(file_of(scores, cells))
    return [error.message for error in raised.value.errors]


@settings(max_examples=examples(100))
@given(grids(), st.data())
def test_each_cell_has_exactly_one_name(grid: tuple[int, Cells], data: st.DataObject) -> None:
    scores, cells = grid
    moved = parse_rules(file_of(scores, cells)).defined[2].rungs[0].condition
    assert isinstance(moved, Moved)
    label = moved.label
    assert isinstance(label, Rfm)
    for name, of in cells.items():
        for r, v in of:
            assert label.names[label.place_of(r, v)] == name

    name = data.draw(st.sampled_from(sorted(cells)))
    cell = data.draw(st.sampled_from(cells[name]))
    other = data.draw(st.sampled_from(sorted(cells)))
    twice = {**cells, other: [*cells[other], cell]}
    first = min(name, other, key=list(cells).index)
    assert errors(scores, twice) == [f"{cell} is of {first!r} already"]
    less = {**cells, name: [one for one in cells[name] if one != cell]}
    if less[name]:
        assert errors(scores, less) == [f"no segment has the cell {cell} (recency, value)"]


def test_our_own_names_are_a_partition() -> None:
    cells = [cell for of in GRID.values() for cell in of]
    assert sorted(cells) == [(r, v) for r in range(1, 6) for v in range(1, 6)]


def test_the_picture_of_the_guide_is_that_of_the_grid() -> None:
    picture = Path(__file__).parents[2] / "docs" / "rfm-grid.svg"
    assert picture.read_text(encoding="utf-8") == default_picture()


def test_what_follows_from_a_value_that_is_wrong_is_no_error_of_its_own() -> None:
    text = """
version: 1
value: {favourites: {liked: {of: category}}, lifecycle: {lost: soon}, tier: {tiers: {gold: 5}}}
segments:
  - {name: a, when: {favourite: {of: liked, is: bags}}}
  - {name: b, when: {tier: gold}}
  - {name: c, when: {predict: {alive: {lt: 30%}}}}
  - {name: d, when: {lifecycle: lost}, trigger: {context: [favourites.liked]}}
  - {name: e, when: {did: searchd, withn: 3d}}
"""
    with pytest.raises(RuleErrors) as raised:
        parse_rules(text)
    places = [(error.line, error.message.partition(";")[0]) for error in raised.value.errors]
    assert [line for line, _ in places] == [3, 9], places
