"""A message has an id of its own among those of its source, and fits into its topic."""

from __future__ import annotations

import json
from typing import Any

import pytest

from streamseg.core.identity.graves import pseudonym
from streamseg.core.messages.outcomes import (
    CANCELLED,
    ENTERED,
    EXITED,
    FIRED,
    MERGED,
    SUPPRESSED,
    ContactNews,
    Outcome,
)
from streamseg.formats.naming import Naming
from streamseg.formats.outbound import MAX_VALUE_BYTES, encode, encode_value, source_of

SOURCE = source_of("shop-1")


def outcome(context: dict[str, Any], kind: str = FIRED) -> Outcome:
    return Outcome(kind, "s", "c", None, None, 0, 0, "a", "rule", context, ["why"])


def test_a_message_that_fits_has_all() -> None:
    context = {"event": {"data": "x" * 1_000_000}, "cart": [1]}
    assert json.loads(encode_value(outcome(context)))["context"] == context


def test_the_largest_fields_are_left_out_and_named() -> None:
    context = {"event": "x" * 1_000_000, "event.data": "y" * 1_000_001, "cart": [1]}
    key, value, headers = encode(outcome(context), SOURCE)
    message = json.loads(value)
    assert message["context"] == {
        "event": context["event"], "cart": [1], "left_out": ["event.data"],
    }  # fmt: skip
    assert message["id"] == dict(headers)["ce_id"].decode()
    assert len(value) <= MAX_VALUE_BYTES
    assert value == encode_value(outcome(context))
    assert key == b"c"


def test_all_is_left_out_where_nothing_fits() -> None:
    context = {f"f{n}": "x" * 2_000_000 for n in range(4)}
    value = json.loads(encode_value(outcome(context)))
    assert value["context"] == {"left_out": ["f0", "f1", "f2", "f3"]}


def test_the_source_is_the_application() -> None:
    _, _, headers = encode(outcome({}), SOURCE)
    assert dict(headers)["ce_source"] == b"/streamseg/shop-1"


def test_who_drops_known_ids_still_sees_a_cancellation() -> None:
    _, fired, of_fired = encode(outcome({}), SOURCE)
    _, cancelled, of_cancelled = encode(outcome({}, CANCELLED), SOURCE)
    name = json.loads(fired)["id"]
    assert json.loads(cancelled)["id"] == name
    assert dict(of_fired)["ce_id"] == name.encode()
    assert dict(of_cancelled)["ce_id"] == f"{name}-cancelled".encode()


def test_what_is_held_back_has_the_id_of_its_trigger() -> None:
    _, value, headers = encode(outcome({}, SUPPRESSED), SOURCE)
    assert dict(headers)["ce_id"] == json.loads(value)["id"].encode()


KEY = b"a key of pseudonyms"
ANN, BOB = pseudonym("ann", KEY), pseudonym("bob", KEY)


def told(kind: str, naming: Naming, source: str | None = None) -> tuple[bytes, dict[str, Any], str]:
    """Key, value and subject of a record about ann."""
    given = outcome({}, kind)
    given.contact, given.source = "ann", source
    if kind in (ENTERED, EXITED):
        given.cause = "event"
    key, value, headers = encode(given, SOURCE, naming)
    return key, json.loads(value), dict(headers)["ce_subject"].decode()


@pytest.mark.parametrize("kind", [SUPPRESSED, ENTERED])
def test_where_rules_ask_for_it_a_contact_is_called_by_a_pseudonym(kind: str) -> None:
    naming = Naming(["decisions", "membership"], KEY)
    key, value, subject = told(kind, naming, "bob")
    assert (key.decode(), value["contact"], value["from"], subject) == (ANN, ANN, BOB, ANN)
    assert b"ann" not in key + json.dumps(value).encode()
    for in_clear in (Naming(), Naming(["erasures"], KEY)):
        assert told(kind, in_clear, "bob")[0] == b"ann"


def test_triggers_name_who_is_to_be_reached() -> None:
    key, value, subject = told(FIRED, Naming(["decisions", "membership"], KEY))
    assert (key, value["contact"], subject) == (b"ann", "ann", "ann")


def test_a_merge_names_neither_of_the_two() -> None:
    news = ContactNews(MERGED, "decisions", "ann", 0, 0, "bob", [], [])
    _, value, _ = encode(news, SOURCE, Naming(["decisions"], KEY))
    found = json.loads(value)
    assert [found[name] for name in ("contact", "from", "into")] == [ANN, BOB, ANN]
