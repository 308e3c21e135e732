"""47: what is predicted comes out as the same bytes whatever works it out: this machine's floats,
floats of a machine whose logarithms and powers are others in their last bits, or decimals only.

The build for another processor is one of these by what it may do: its `libm` may round otherwise,
and a compiler must not fuse a·b+c, which it is told.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path

import pytest
from setuptools import Extension

from streamseg.core.prediction.crossings import Predictor
from streamseg.core.prediction.parameters import Parameters
from streamseg.rules.value import model as of_rules
from tests.replaying import run_replay
from tests.unit.fit.shop import lines, shop

from .by_date import file_of
from .predicted import WITH_WORTH

ROOT = Path(__file__).parents[2]
OFF = 2.0**-50  # of a logarithm or power of another machine: eight times what is usual
VALUE = f"{WITH_WORTH}\ntier: {{of: clv, tiers: {{fair: 10, good: 30, best: 90}}}}"
SEGMENTS = """
- {name: churn, use: likely_to_churn, with: {risk: [66%, 80%, 90%]}, membership: true}
- {name: buy, use: likely_to_buy, with: {within: 30d, at_least: 20%}, membership: true}
- {name: alive, when: {predict: {alive: {gte: 50%}}}, trigger: {}, membership: true}
- {name: dead, when: {predict: {alive: {lt: 30%}}}, trigger: {}, membership: true}
- {name: orders, when: {predict: {orders: {within: 90d, gte: 1}}}, trigger: {}, membership: true}
- {name: worth, when: {predict: {clv: {within: 365d, gte: 50}}}, trigger: {}, membership: true}
- {name: moved, use: tier_moved, trigger: {context: [tier]}, membership: true}
"""
CONTACTS = 14
Floats = Callable[[float], float]


def by_decimals(model: Parameters) -> Predictor:
    return Predictor(model, (28, 50))


def by_other_floats(model: Parameters) -> Predictor:
    """A predictor on a machine of which each logarithm and power is off, now up and now down."""
    predictor = Predictor(model)
    floats = predictor._forms[0]
    floats._log, floats._exp = _off(floats._log), _off(floats._exp)
    return predictor


def _off(exact: Floats) -> Floats:
    def other(number: float) -> float:
        value = exact(number)
        return value * (1 + OFF if hash(number) % 2 else 1 - OFF)

    return other


def events() -> list[str]:
    """Orders of some contacts over a year, as they come, and a few of them late."""
    told = sorted(lines(shop(CONTACTS)), key=lambda line: json.loads(line)["time"])
    for place in range(20, len(told), 20):
        told.insert(place, told.pop(place - 7))
    return told


def played() -> dict[str, bytes]:
    told = events()
    first = datetime.fromisoformat(json.loads(told[0])["time"])
    until = (first.astimezone(UTC) + timedelta(days=1500)).isoformat()
    return run_replay(file_of(VALUE, SEGMENTS), told, until=until).raw


@pytest.mark.parametrize("other", [by_decimals, by_other_floats])
def test_47_a_timeline_is_the_same_bytes_by_decimals_and_by_other_floats(
    other: Callable[[Parameters], Predictor], monkeypatch: pytest.MonkeyPatch
) -> None:
    here = played()
    for segment in ("churn", "buy", "alive", "dead", "orders", "worth", "moved"):
        assert here["triggers"].count(b'"segment":"%s"' % segment.encode()) > 3, segment
    monkeypatch.setattr(of_rules, "Predictor", other)
    assert played() == here


def test_47_no_other_function_of_floats_decides_anything() -> None:
    """Logarithms and powers are those of the closed forms alone, which know their error."""
    exact = {"ceil", "floor", "isinf", "isfinite", "inf"}
    used = {
        (path.name, node.attr)
        for path in (ROOT / "streamseg/core").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id in ("math", "cmath", "statistics", "random")
        and node.attr not in exact
    }
    assert used == {("forms.py", "log"), ("forms.py", "exp")}


def test_47_the_build_forbids_to_fuse_products_and_sums(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    extension = Extension("streamseg.none", ["none.c"])
    monkeypatch.setattr("mypyc.build.mypycify", lambda *_, **__: [extension])
    monkeypatch.setattr("setuptools.command.build_ext.build_ext.run", lambda _: None)
    monkeypatch.syspath_prepend(ROOT)
    import_module("hatch_build").compile_modules(["none.py"], tmp_path)
    assert "-ffp-contract=off" in extension.extra_compile_args
