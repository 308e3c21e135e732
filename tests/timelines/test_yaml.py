"""Section 3: the rule file is YAML 1.2, where only `true` and `false` are booleans."""

import json
from typing import Any

import pytest

from .drawing import expect

VALUES: list[tuple[str, Any]] = [
    ("NO", "NO"),
    ("yes", "yes"),
    ("no", "no"),
    ("on", "on"),
    ("Off", "Off"),
    ("y", "y"),
    ("True", "True"),
    ("true", True),
    ("false", False),
    ("'true'", "true"),
    ("2026-11-21", "2026-11-21"),
    ("12:30", "12:30"),
    ("1_000", "1_000"),
    ("1e3", 1000),
    ("1.5e-1", 0.15),
    ("010", 10),
    ("0o17", 15),
    ("0x1F", 31),
    ("-7", -7),
    ("'7'", "7"),
]


@pytest.mark.parametrize(("written", "value"), VALUES)
def test_a_plain_word_is_what_yaml_1_2_says(written: str, value: Any) -> None:
    expect(
        f"- {{name: s, when: {{attribute: v, eq: {written}}}, trigger: {{}}}}",
        f"10:00 contact_updated c1 v={json.dumps(value)}",
        "10:00 fired s c1",
    )


def test_no_is_a_country() -> None:
    expect(
        "- {name: s, when: {attribute: country, in: [SE, NO]}, trigger: {}}",
        '10:00 contact_updated c1 country="NO"',
        "10:00 fired s c1",
    )


def test_on_is_a_key() -> None:
    expect(
        "- name: s\n  on: searched\n", "10:00 searched c1 a #e1", "10:00 fired s c1 anchor=10:00#e1"
    )


def test_on_and_off_are_names() -> None:
    expect(
        "- {name: on, when: {did: searched}, trigger: {}}\n"
        "- {name: off, when: {did: searched}, trigger: {}}",
        "10:00 searched c1 a",
        "10:00 fired on c1; 10:00 fired off c1",
    )


def test_block_and_flow_style_mean_the_same() -> None:
    expect(
        """
        - name: bag_lovers
          when:
            all:
              - did: product_viewed
                where:
                  category: bags
                  price:
                    gte: 200
                at_least: 2
                within: 21d
              - not: {did: order_placed, within: 21d}
              - attribute: country
                in:
                  - PL
                  - UA
          trigger:
            cooldown: 14d
        """,
        """
        10:00 contact_updated c1 country=UA
        10:10 product_viewed c1 p1@200 category="bags"
        10:20 product_viewed c1 p2@199.99 category="bags"
        10:30 product_viewed c1 p3@250 category="bags"
        """,
        "10:30 fired bag_lovers c1",
    )
