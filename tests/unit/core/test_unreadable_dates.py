"""Attributes that rules read as dates, and that are told as something else, are counted."""

from typing import Any

from streamseg.core.events import Event
from tests.unit.core.shop import restored

RULES = """
version: 1
segments:
  - {name: birthday, use: anniversary, with: {of: {attribute: birthday}}}
  - {name: adult, when: {attribute: person.born, age: {gte: 18}}, trigger: {}}
  - {name: red, when: {attribute: colour, eq: red}, trigger: {}}
"""


def unreadable(rules: str, *told: dict[str, Any]) -> dict[str, int]:
    partition = restored({}, rules)
    for number, data in enumerate(told):
        partition.apply(Event("contact_updated", "c", number, data, f"e{number}"), None)
        partition.apply(Event("contact_updated", "c", number, data, f"e{number}"), None)
    rule_metrics = partition.take().rule_metrics
    assert rule_metrics is not None
    assert partition.take().rule_metrics is not None
    return rule_metrics.unreadable_dates


def test_what_is_no_date_is_counted_by_attribute_and_a_repeated_event_once() -> None:
    assert unreadable(
        RULES,
        {"birthday": "14.03.1990"},
        {"birthday": 19900314, "person": {"born": "yesterday"}},
        {"birthday": "1990-02-30"},
    ) == {"birthday": 3, "person.born": 1}


def test_dates_what_is_missing_and_what_nobody_reads_as_a_date_are_not() -> None:
    told: tuple[dict[str, Any], ...] = (
        {"birthday": "1990-03-14", "colour": "blue"},
        {"birthday": "--03-14", "person": {"born": "1990-03-14T10:00:00Z"}},
        {"birthday": None, "person": {}},
        {"colour": "14.03.1990"},
    )
    assert unreadable(RULES, *told) == {}
    assert unreadable(RULES.replace("birthday}}}", "anything}}}"), *told) == {}
