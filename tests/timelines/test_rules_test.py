"""`streamseg rules test`: timelines beside the rules, for those who write them."""

import json
import subprocess
from pathlib import Path
from textwrap import dedent

import pytest
from jsonschema import Draft202012Validator

from streamseg.rules.document import read_document
from streamseg.rules.timeline_fields import timelines_schema

from .command import streamseg, write_rules

EXAMPLES = sorted((Path(__file__).parents[2] / "docs" / "examples").glob("*.test.yaml"))
RULES = """
- {name: cart_left, use: abandoned_cart, with: {after: [1h, 1d]}, trigger: {cooldown: 1d}}
- {name: looked, per: product, when: {did: product_viewed}, trigger: {}, membership: true}
- {name: quiet, when: {not: {did: searched, within: 1h}}, membership: true}
"""
LEFT = """
contact: ann
tests:
  - name: a cart is left
    events:
      - {at: +10m, type: cart_item_added, data: {product: bag, price: 199.50}}
    until: +2h
    expect:
      - EXPECTED
"""


def run(folder: Path, tests: str) -> subprocess.CompletedProcess[bytes]:
    write_rules(folder, RULES)
    (folder / "rules.test.yaml").write_text(dedent(tests), encoding="utf-8")
    return streamseg(folder, "rules", "test", "rules.test.yaml")


@pytest.mark.parametrize(
    "expected",
    [
        "{segment: cart_left}",
        "{at: +1h10m, segment: cart_left, contact: ann, rung: 1h, anchor: +10m}",
        "{at: 2026-01-05T12:10:00+01:00, segment: cart_left}",
        "{segment: cart_left, context: {cart.total: 199.5}}",
        "{segment: cart_left}\n      - {told: entered, segment: quiet, at: +10m}",
    ],
)
def test_what_is_expected_and_told_passes(tmp_path: Path, expected: str) -> None:
    result = run(tmp_path, LEFT.replace("EXPECTED", expected))
    assert result.returncode == 0, result.stdout.decode()
    assert result.stdout.decode() == "ok    a cart is left\n1 passed, 0 failed\n"


@pytest.mark.parametrize(
    "expected",
    [
        "{at: +1h11m, segment: cart_left}",
        "{segment: cart_left, rung: 1d}",
        "{segment: cart_left, anchor: +11m}",
        "{segment: cart_left, contact: bob}",
        "{segment: cart_left, context: {cart.total: 199}}",
        "{segment: cart_left, told: cancelled}",
        "{segment: cart_left}\n      - {segment: cart_left}",
        "{segment: cart_left}\n      - {told: exited, segment: quiet}",
    ],
)
def test_what_is_expected_and_not_told_fails(tmp_path: Path, expected: str) -> None:
    result = run(tmp_path, LEFT.replace("EXPECTED", expected))
    assert result.returncode == 1
    assert "expected, not told" in result.stdout.decode()


def test_a_failure_shows_what_was_expected_and_what_came(tmp_path: Path) -> None:
    result = run(tmp_path, LEFT.replace("EXPECTED", "{at: +2h, segment: cart_left, rung: 1h}"))
    story = '{"cart":{"items":[{"product":"bag","quantity":1,"price":199.50}],"total":199.50}}'
    assert result.stdout.decode().splitlines() == [
        "FAIL  a cart is left  (rules.test.yaml:4:5)",
        "      expected, not told:  +2h fired cart_left ann rung=1h  (rules.test.yaml:9:9)",
        (
            "            but there is:  "
            f"+1h10m fired cart_left ann rung=1h anchor=+10m context={story}"
        ),
        (
            "      told, not expected:  "
            f"+1h10m fired cart_left ann rung=1h anchor=+10m context={story}"
        ),
        "0 passed, 1 failed",
    ]


def test_what_fires_besides_fails_and_what_is_held_back_is_shown(tmp_path: Path) -> None:
    tests = """
    tests:
      - name: nothing
        contact: ann
        events:
          - {at: 0s, type: cart_item_added, data: {product: bag}}
          - {at: +2h, type: order_placed, data: {order: o1}}
          - {at: +3h, type: cart_item_added, data: {product: hat}}
        until: +1d
        expect: []
    """
    result = run(tmp_path, tests)
    assert result.returncode == 1
    shown = result.stdout.decode()
    assert "told, not expected:  +1h fired cart_left ann rung=1h" in shown
    assert "held back:  +4h suppressed cart_left ann rung=1h reason=cooldown" in shown


def test_events_of_products_keys_late_events_and_lateness(tmp_path: Path) -> None:
    tests = """
    rules:
      version: 1
      segments:
        - {name: back, use: back_in_stock}
        - {name: left, use: abandoned_cart}
    start: 2026-03-01T00:00:00Z
    contact: bob
    tests:
      - name: back in stock
        events:
          - {at: -1h, type: stock_changed, product: hat, data: {quantity: 0}}
          - {at: 0s, type: product_viewed, data: {product: hat}}
          - {at: +1h, type: stock_changed, product: hat, data: {quantity: 2}}
        expect:
          - {at: 2026-03-01T01:00:00Z, segment: back, key: hat, context: {product.stock: 2}}
      - name: a late order within lateness
        lateness: 1h
        events:
          - {at: 0s, type: cart_item_added, data: {product: hat}}
          - {at: +90m, type: searched, data: {query: bags}}
          - {at: +30m, type: order_placed, data: {order: o1}}
        until: +3h
        expect: []
      - name: a late order takes it back
        events:
          - {at: 0s, type: cart_item_added, data: {product: hat}}
          - {at: +90m, type: searched, data: {query: bags}}
          - {at: +30m, type: order_placed, data: {order: o1}}
        until: +3h
        expect:
          - {at: +1h, segment: left}
          - {at: +1h, segment: left, told: cancelled}
    """
    result = run(tmp_path, tests)
    assert result.returncode == 0, result.stdout.decode() + result.stderr.decode()
    assert "3 passed" in result.stdout.decode()


ANCHORED_BY_TEXTS = """
version: 1
value: {zone: Europe/Kyiv, lifecycle: {at_risk: 90d, lost: 365d, vip: 1}}
segments:
  - {name: birthday, use: anniversary, with: {of: {attribute: birthday}}}
  - {name: bought, use: lifecycle_moved, with: {to: new, settle: 1m}}
"""
OF_TEXTS = """
contact: ann
tests:
  - name: what began an episode is a date, or a move
    start: 2027-03-13T10:00:00Z
    events:
      - {at: +0s, type: contact_updated, data: {birthday: 1990-03-14}}
      - {at: +1h, type: order_placed, data: {order: o-1}}
    until: +1d
    expect:
      - {segment: birthday, anchor: 2027-03-DAY}
      - {segment: bought, anchor: "2027-03-13T11:00:00.000Z#new"}
"""


def test_an_anchor_that_is_a_text_can_be_named(tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text(ANCHORED_BY_TEXTS)
    tests = tmp_path / "rules.test.yaml"
    tests.write_text(OF_TEXTS.replace("DAY", "14"))
    result = streamseg(tmp_path, "rules", "test", "rules.test.yaml")
    assert result.returncode == 0, result.stdout.decode() + result.stderr.decode()
    Draft202012Validator(timelines_schema()).validate(read_document(tests).plain())
    tests.write_text(OF_TEXTS.replace("DAY", "15"))
    result = streamseg(tmp_path, "rules", "test", "rules.test.yaml")
    assert result.returncode == 1
    assert "fired birthday ann anchor=2027-03-15" in result.stdout.decode()
    assert "anchor=2027-03-14 " in result.stdout.decode()


BAD = """\
contact: ann
tests:
  - name: wrong
    events:
      - {at: soon, type: searched, data: {query: a}}
    expect:
      - {segment: cart_lift}
      - {segmnt: quiet}
"""
BAD_FOR_RULES = """\
tests:
  - name: wrong
    events:
      - {at: +1h, type: searched, data: {query: a}}
      - {at: +1h, type: stock_changed, data: {quantity: 1}}
    expect:
      - {segment: cart_lift}
      - {segment: cart_left, rung: 2h}
      - {segment: cart_left, key: hat}
      - {segment: cart_left, told: entered}
      - {segment: quiet}
      - {segment: looked, reason: left}
"""


def test_errors_of_a_file_are_told_at_once_with_their_places(tmp_path: Path) -> None:
    result = run(tmp_path, BAD)
    assert result.returncode == 2
    fields = (
        "segment, told, at, contact, key, rung, anchor, reason, released, until, variant, context"
    )
    assert result.stderr.decode().splitlines() == [
        (
            "rules.test.yaml:5:14: must be a time such as +1h or 2026-01-05T10:00:00Z, "
            "not the text 'soon'"
        ),
        "rules.test.yaml:8:9: `segment` is missing: of which segment",
        f"rules.test.yaml:8:10: unknown field `segmnt`; did you mean `segment`? allowed: {fields}",
    ]


def test_errors_that_only_the_rules_can_tell(tmp_path: Path) -> None:
    result = run(tmp_path, BAD_FOR_RULES)
    assert result.returncode == 2
    assert result.stderr.decode().splitlines() == [
        "rules.test.yaml:4:9: `contact` is missing: whose searched is it?",
        "rules.test.yaml:5:9: `product` is missing: whose stock_changed is it?",
        (
            "rules.test.yaml:7:19: no segment 'cart_lift'; did you mean `cart_left`? "
            "allowed: cart_left, looked, quiet"
        ),
        "rules.test.yaml:8:36: no rung '2h'; allowed: 1h, 1d",
        "rules.test.yaml:9:35: 'cart_left' has no keys: it has no `per`",
        "rules.test.yaml:10:36: 'cart_left' has no `membership: true`",
        "rules.test.yaml:11:19: 'quiet' has no `trigger`: it never fires",
        "rules.test.yaml:12:35: `reason` needs `told: suppressed` or `told: deferred`",
    ]


def test_an_event_that_would_be_refused_is_an_error(tmp_path: Path) -> None:
    tests = LEFT.replace("EXPECTED", "{segment: cart_left}").replace("199.50", "much")
    result = run(tmp_path, tests)
    assert result.returncode == 2
    assert result.stderr.decode() == (
        "rules.test.yaml:6:9: `data.price` has a wrong type: it would be taken for missing\n"
    )


def test_the_tests_beside_a_rule_file(tmp_path: Path) -> None:
    run(tmp_path, LEFT.replace("EXPECTED", "{segment: cart_left}"))
    assert streamseg(tmp_path, "rules", "test", "rules.yaml").returncode == 0
    (tmp_path / "rules.test.yaml").unlink()
    result = streamseg(tmp_path, "rules", "test", "rules.yaml")
    assert result.returncode == 2
    assert result.stderr.decode() == (
        "rules.yaml:1:1: there is no rules.test.yaml with its tests\n"
    )


def test_errors_in_the_rules_are_told_with_their_file(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("version: 1\nsegments: [{name: s, use: inactvity}]\n")
    (tmp_path / "b.test.yaml").write_text(LEFT.replace("EXPECTED", "{segment: s}"))
    (tmp_path / "c.test.yaml").write_text("rules: a.yaml" + LEFT.replace("EXPECTED", "{}"))
    (tmp_path / "d.test.yaml").write_text(
        "rules: no.yaml" + LEFT.replace("EXPECTED", "{segment: s}")
    )
    (tmp_path / "c.test.yaml").write_text(
        "rules: a.yaml" + LEFT.replace("EXPECTED", "{segment: s}")
    )
    files = ["b.test.yaml", "c.test.yaml", "d.test.yaml"]
    result = streamseg(tmp_path, "rules", "test", *files)
    assert result.returncode == 2
    told = result.stderr.decode().splitlines()
    assert told[0].startswith("b.yaml:1:1: cannot be read")
    assert told[1].startswith("a.yaml:2:27: unknown template 'inactvity'")
    assert told[2] == "d.test.yaml:1:8: no rule file 'no.yaml'"
    assert result.stdout.decode() == "0 passed, 0 failed\n"


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_the_examples_pass_and_are_valid_by_the_schema(example: Path) -> None:
    result = streamseg(example.parent, "rules", "test", example.name)
    assert result.returncode == 0, result.stdout.decode() + result.stderr.decode()
    errors = Draft202012Validator(timelines_schema()).iter_errors(read_document(example).plain())
    assert [error.message for error in errors] == []


def test_the_schema_describes_every_field(tmp_path: Path) -> None:
    printed = json.loads(streamseg(tmp_path, "rules", "schema", "--tests").stdout)
    assert printed == timelines_schema()
    Draft202012Validator.check_schema(printed)
    timeline = printed["properties"]["tests"]["items"]
    for record in (printed, timeline, timeline["properties"]["expect"]["items"]):
        assert all(field["description"] for field in record["properties"].values())
