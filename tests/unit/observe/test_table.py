"""Table, page and scrape say the same."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from prometheus_client import generate_latest
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics

from streamseg.observe.collector import READERS, new_registry
from streamseg.observe.exposition import render as render_metric
from streamseg.observe.metric import Metric
from streamseg.observe.page import render
from streamseg.observe.stats import WorkerStats
from streamseg.observe.table import TABLE

PAGE = Path(__file__).parents[3] / "docs" / "metrics.md"
BASE_UNITS = {"", "seconds", "bytes", "ratio"}
PROMTOOL = shutil.which("promtool")


def test_the_page_is_the_one_that_the_table_gives() -> None:
    assert PAGE.read_text(encoding="utf-8") == render(), (
        "write it anew: python -m streamseg.observe.table > docs/metrics.md"
    )


def test_the_page_names_every_metric_of_a_scrape_and_no_other(stats: WorkerStats) -> None:
    text = PAGE.read_text(encoding="utf-8")
    documented = re.findall(r"^\| `(streamseg_\w+)`", text, flags=re.MULTILINE)
    scraped = re.findall(
        r"^# TYPE (streamseg_\w+)", generate_latest(new_registry(stats)).decode(), re.MULTILINE
    )
    assert sorted(documented) == sorted(scraped)
    mentioned = set(re.findall(r"`(streamseg_\w+)`", text))
    assert mentioned == set(documented), "a row sends the reader to a metric that is not there"


def test_a_scrape_has_the_types_labels_and_units_of_the_table(stats: WorkerStats) -> None:
    text = generate_openmetrics(new_registry(stats)).decode()  # type: ignore[no-untyped-call]
    families = {
        family.name: family
        for family in parse_openmetrics(text)  # type: ignore[no-untyped-call]
        if family.name.startswith("streamseg_")
    }
    assert families.keys() == {metric.family for metric in TABLE}
    for metric in TABLE:
        family = families[metric.family]
        assert (family.type, family.unit, family.documentation) == (
            metric.kind,
            metric.unit,
            metric.help,
        )
        assert family.samples, f"{metric.name} has no sample, though the worker did everything"
        for sample in family.samples:
            assert sample.labels.keys() - {"le"} == set(metric.labels), sample
        if metric.kind in ("counter", "gauge", "info"):
            assert {sample.name for sample in family.samples} == {metric.name}


def test_every_metric_is_read_by_one_function() -> None:
    assert sorted(READERS) == sorted(metric.name for metric in TABLE)


@pytest.mark.parametrize("metric", TABLE, ids=lambda metric: metric.name)
def test_a_metric_keeps_the_rules_of_its_kind(metric: Metric) -> None:
    assert re.fullmatch(r"streamseg_[a-z]+(_[a-z]+)*", metric.name)
    assert metric.unit in BASE_UNITS
    assert metric.name.endswith(f"_{metric.unit}" if metric.unit else "")
    assert metric.name.endswith("_total") == (metric.kind == "counter")
    assert metric.name.endswith("_info") == (metric.kind == "info")
    assert not {"contact", "key", "product"} & set(metric.labels)
    for sentence in (metric.help, metric.off):
        assert sentence.endswith(".")
        assert not re.search(r"[|\n]", sentence), "it would break the page's table"


def test_the_page_names_only_settings_that_there_are() -> None:
    from streamseg.environment import variables
    from streamseg.settings import Settings

    known = {name for field in Settings.model_fields for name in variables(field)}
    named = set(re.findall(r"STREAMSEG_[A-Z_]+", render()))
    assert named
    assert named <= known


@pytest.mark.skipif(PROMTOOL is None, reason="promtool (Debian package prometheus) is not here")
def test_promtool_finds_no_fault_in_a_scrape(stats: WorkerStats) -> None:
    assert PROMTOOL is not None
    checked = subprocess.run(
        [PROMTOOL, "check", "metrics"],
        input="".join(render_metric(family, "text") for family in new_registry(stats).collect()),
        text=True,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")
