"""The dashboard has a panel for each metric of the table, and asks for no other."""

from __future__ import annotations

import re
from typing import Any

import pytest

from streamseg.observe.dashboard import dashboard
from streamseg.observe.metric import Metric
from streamseg.observe.table import GROUPS, TABLE

PANELS = [panel for panel in dashboard()["panels"] if panel["type"] != "row"]


def asked(panel: dict[str, Any]) -> str:
    return " ".join(target["expr"] for target in panel["targets"])


def series(metric: Metric) -> str:
    return metric.name + ("_bucket" if metric.kind == "histogram" else "")


@pytest.mark.parametrize("metric", TABLE, ids=lambda metric: metric.name)
def test_a_metric_has_a_panel_that_says_what_to_do_when_it_is_off(metric: Metric) -> None:
    (panel,) = [panel for panel in PANELS if metric.off in panel.get("description", "")]
    assert metric.help in panel["description"]
    assert series(metric) in asked(panel)
    for label in metric.labels:
        assert re.search(rf"by \([^)]*\b{label}\b", asked(panel)), (
            "series of a label are told apart"
        )
    assert ("rate(" in asked(panel)) == (metric.kind in ("counter", "histogram"))


def test_it_asks_for_nothing_that_is_not_exported() -> None:
    known = {series(metric) for metric in TABLE}
    assert {
        name for panel in PANELS for name in re.findall(r"streamseg_\w+", asked(panel))
    } == known


def test_the_rows_are_the_groups_of_the_table() -> None:
    rows = [panel["title"] for panel in dashboard()["panels"] if panel["type"] == "row"]
    assert rows == ["At a glance", *(title for title, _ in GROUPS)]


def test_no_two_panels_are_in_one_place() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in dashboard()["panels"]:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken, panel["title"]
        assert max(x for x, _ in cells) < 24
        taken |= cells
