"""Grafana's own types take the dashboard, and PromQL's parser each expression."""

from __future__ import annotations

import json
from typing import Any

import promql_parser
import pytest
import yaml
from grafana_foundation_sdk.cog import plugins
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard

from .conftest import CHART, ROOT

DASHBOARD = json.loads((CHART / "files" / "dashboard.json").read_text("utf-8"))
VARIABLES = {"$__rate_interval": "5m", "$job": ".*"}


def expressions() -> list[str]:
    asked = [target["expr"] for panel in DASHBOARD["panels"] for target in panel.get("targets", [])]
    alerts = yaml.safe_load((ROOT / "deploy/prometheus/rules.yaml").read_text("utf-8"))
    return asked + [rule["expr"] for group in alerts["groups"] for rule in group["rules"]]


@pytest.mark.parametrize("expression", expressions())
def test_an_expression_is_promql(expression: str) -> None:
    for name, value in VARIABLES.items():
        expression = expression.replace(name, value)
    assert "$" not in expression, "an unknown variable of Grafana"
    promql_parser.parse(expression)


def lost(given: Any, left: Any, place: str = "") -> list[str]:
    """Where `left` lacks something of `given`."""
    if isinstance(given, dict) and isinstance(left, dict):
        return [
            found
            for name, value in given.items()
            for found in (
                lost(value, left[name], f"{place}.{name}") if name in left else [f"{place}.{name}"]
            )
        ]
    if isinstance(given, list) and isinstance(left, list):
        return [
            found
            for number, (one, other) in enumerate(zip(given, left, strict=True))
            for found in lost(one, other, f"{place}[{number}]")
        ]
    return [] if given == left else [f"{place}: {given!r} became {left!r}"]


def kept(dashboard: dict[str, Any]) -> dict[str, Any]:
    """What Grafana's types keep of it: they drop what they do not know."""
    plugins.register_default_plugins()
    found: dict[str, Any] = json.loads(
        JSONEncoder(sort_keys=True).encode(Dashboard.from_json(dashboard))
    )
    return found


def test_grafana_knows_every_field_of_the_dashboard() -> None:
    assert lost(DASHBOARD, kept(DASHBOARD)) == []


@pytest.mark.parametrize("field", ["titel", "targtes"])
def test_a_field_that_it_does_not_know_is_found(field: str) -> None:
    wrong = json.loads(json.dumps(DASHBOARD))
    wrong["panels"][-1][field] = "x"
    assert lost(wrong, kept(wrong)) == [f".panels[{len(wrong['panels']) - 1}].{field}"]
