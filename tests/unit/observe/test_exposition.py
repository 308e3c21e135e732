"""The text of a scrape, against the client library's own writer and parsers."""

from __future__ import annotations

import math

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text

from streamseg.observe.collector import StatsCollector
from streamseg.observe.exposition import END, Format, choose, render
from streamseg.observe.stats import WorkerStats

TEXT, OPENMETRICS = "text", "openmetrics"
PROMETHEUS_2 = (
    "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
    "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
)
PROMETHEUS_3 = (
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
    "application/openmetrics-text;version=0.0.1;q=0.5,"
    "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
)


@pytest.fixture
def registry(stats: WorkerStats) -> CollectorRegistry:
    registry = CollectorRegistry()
    registry.register(StatsCollector(stats, clock=lambda: stats.turned_at + 1))
    return registry


def written(registry: CollectorRegistry, form: Format) -> str:
    return "".join(render(family, form) for family in registry.collect()) + END[form]


def test_text_says_what_the_client_library_says(registry: CollectorRegistry) -> None:
    ours = list(parse_text(written(registry, "text")))
    assert ours == list(parse_text(generate_latest(registry).decode()))
    assert len(ours) > 20


def test_openmetrics_say_what_the_client_library_says(registry: CollectorRegistry) -> None:
    theirs = generate_openmetrics(registry).decode()  # type: ignore[no-untyped-call]
    ours = list(parse_openmetrics(written(registry, "openmetrics")))  # type: ignore[no-untyped-call]
    assert ours == list(parse_openmetrics(theirs))  # type: ignore[no-untyped-call]
    assert len(ours) > 20


@pytest.mark.parametrize("form", [TEXT, OPENMETRICS])
def test_names_of_segments_may_hold_anything(form: Format) -> None:
    segment = 'a "b"\\n \n {c="d"} €'
    family = GaugeMetricFamily("figure", 'a \\ "help"\nof two lines', labels=["segment"])
    family.add_metric([segment], 1)
    parse = parse_text if form == "text" else parse_openmetrics
    (back,) = parse(render(family, form) + END[form])
    assert back.samples[0].labels == {"segment": segment}
    assert back.documentation == family.documentation


def test_numbers_that_are_not_finite_have_names() -> None:
    family = GaugeMetricFamily("figure", "Help.", labels=["is"])
    for value in (math.inf, -math.inf, math.nan, 1e300, 3):
        family.add_metric([repr(value)], value)
    values = [sample.value for sample in next(iter(parse_text(render(family, "text")))).samples]
    assert values[:2] == [math.inf, -math.inf]
    assert math.isnan(values[2])
    assert values[3:] == [1e300, 3.0]


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        (PROMETHEUS_2, OPENMETRICS),
        (PROMETHEUS_3, OPENMETRICS),
        ("application/openmetrics-text", OPENMETRICS),
        ("Application/OpenMetrics-Text ; Version=1.0.0", OPENMETRICS),
        ("text/plain;q=0.2,application/openmetrics-text;q=0.3", OPENMETRICS),
        ("text/plain;q=0.3,application/openmetrics-text;q=0.2", TEXT),
        ("application/openmetrics-text;q=0", TEXT),
        ("application/openmetrics-text;version=0.0.1", TEXT),
        ("application/openmetrics-text;version=2.0.0,text/plain;q=0.1", TEXT),
        ("text/html,*/*;q=0.8", TEXT),
        ("application/openmetrics-text;q=much", TEXT),
        ("*/*", TEXT),
        ("", TEXT),
    ],
)
def test_the_format_is_the_one_that_is_asked_for(accept: str, form: Format) -> None:
    assert choose(accept) == form
