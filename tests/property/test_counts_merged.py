"""What is counted of people who are merged and erased is what a scan of everybody finds."""

from collections import defaultdict
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamseg.core.contacts.contact import Contact
from streamseg.core.counting.exposure_state import decode_exposures
from streamseg.core.counting.exposures import packed
from streamseg.core.segments.rule_set import RuleSet
from streamseg.rules import parse_rules

from .driver import rules_yaml
from .installation import Installation
from .people import FILES, MINUTE, Happening, happenings
from .scale import examples
from .test_counts import added_up, counted, scanned

KPIS = {"kpis": {"within": "90m", "retention": "month", "lifecycle": True}}
files = st.sampled_from([parse_rules(rules_yaml(one | {"value": KPIS})) for one in FILES])
AFTER = 4 * 60 * MINUTE


def spent(shop: Installation) -> dict[str, Decimal]:
    """What the members of each segment without keys spent ever, by looking at everybody."""
    found: dict[str, Decimal] = defaultdict(Decimal)
    for log in shop.logs:
        for key, value in log.items():
            contact = Contact.decode(key[1:], value) if key[:1] == b"c" else None
            state = None if contact is None else contact.state(shop.rules.exposures_column)
            for segment in () if state is None else shop.rules.counted:
                if segment.key_group < 0 and contact is not None:
                    is_in = segment.holds_in(contact.slots)
                    spent = Decimal(decode_exposures(packed(state)).spent or 0)
                    found[segment.name] += spent * is_in
    return {name: amount for name, amount in found.items() if amount}


def noted(shop: Installation) -> dict[str, Decimal]:
    """The same as it was counted."""
    found: dict[str, Decimal] = defaultdict(Decimal)
    for partition in shop.partitions:
        assert partition.counted is not None
        for name, size in partition.counted.sizes.items():
            found[name] += size.spent
    return {name: amount for name, amount in found.items() if amount}


@pytest.mark.slow
@settings(max_examples=examples(140))
@given(files, happenings(), st.sampled_from([1, 4]), st.booleans())
def test_sizes_are_those_of_a_scan_after_merges_and_erasures(
    rules: RuleSet, events: list[Happening], partitions: int, restarts: bool
) -> None:
    shop = Installation(rules, partitions, restarts=restarts)
    for event in events:
        shop.feed(event)
        assert counted(shop) == scanned(shop)
        assert noted(shop) == spent(shop)
    shop.end(events[-1].time + AFTER)
    assert counted(shop) == scanned(shop)
    assert noted(shop) == spent(shop)


@pytest.mark.slow
@settings(max_examples=examples(100))
@given(files, happenings())
def test_four_partitions_count_of_merges_what_one_does(
    rules: RuleSet, events: list[Happening]
) -> None:
    lines: list[list[dict[str, Any]]] = []
    for count in (1, 4):
        shop = Installation(rules, count)
        for event in events:
            shop.feed(event)
        shop.end(events[-1].time + AFTER)
        told = [without_zeros(one) for one in added_up(shop.partitions, rules)]
        lines.append([one for one in told if len(one) > 1])  # besides what it is of
    assert lines[0] == lines[1]


def without_zeros(line: dict[str, Any]) -> dict[str, Any]:
    """A line without figures that are 0: one partition leaves them out, several may add up to 0."""
    told = {
        name: without_zeros(value) if isinstance(value, dict) else value
        for name, value in line.items()
    }
    return {name: value for name, value in told.items() if value}
