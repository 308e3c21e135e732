"""The demo's shop and rules fit each other: all three segments fire, and soon."""

from importlib.resources import files

from streamseg.demo.play import SHOP
from streamseg.demo.stage import LATENESS_MS, WAITS_MS
from streamseg.simulate import simulate
from tests.replaying import run_replay


def test_every_segment_of_the_demo_fires_within_15_seconds() -> None:
    rules = (files("streamseg.demo") / "demo.yaml").read_text(encoding="utf-8")
    shop = [dict(event) for event in simulate(SHOP, seconds=15)]
    result = run_replay(rules, shop, lateness=f"{LATENESS_MS}ms")
    assert {trigger["segment"] for trigger in result.triggers} == set(WAITS_MS)
    assert any(trigger["deferred"] for trigger in result.triggers), "none waited for its policy"
    assert not result.dlq
