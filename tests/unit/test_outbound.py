"""A message that would not fit into its topic leaves out the largest fields of its context."""

from __future__ import annotations

import json
from typing import Any

from streamseg.core.outcomes import FIRED, Outcome
from streamseg.formats.outbound import MAX_VALUE_BYTES, encode, encode_value


def outcome(context: dict[str, Any]) -> Outcome:
    return Outcome(FIRED, "s", "c", None, None, 0, 0, "a", "rule", context, ["why"])


def test_a_message_that_fits_has_all() -> None:
    context = {"event": {"data": "x" * 1_000_000}, "cart": [1]}
    assert json.loads(encode_value(outcome(context)))["context"] == context


def test_the_largest_fields_are_left_out_and_named() -> None:
    context = {"event": "x" * 1_000_000, "event.data": "y" * 1_000_001, "cart": [1]}
    key, value, headers = encode(outcome(context))
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
