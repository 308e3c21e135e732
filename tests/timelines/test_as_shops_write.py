"""Orders, prices, times and files as shops write them, and what comes of them in a replay."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.replaying import run_replay

from .command import records, replay, streamseg

LEFT = """
version: 1
segments:
  - {name: left, use: abandoned_cart, with: {after: 1h}}
"""
CHEAPER = """
version: 1
segments:
  - {name: cheaper, use: price_drop, with: {by: [viewed, wishlist]}}
"""
ADDED = {"type": "cart_item_added", "contact": "a", "time": "2026-03-01T10:00:00Z"}
MUG = {"product": "mug", "quantity": 2, "price": 19.9}


@pytest.mark.parametrize(
    "order",
    [
        {"order": "o1", "total": "39.80", "currency": "EUR"},
        {"order": "o1", "total": "39,80 EUR", "cart": {}},
        {"order": 1001, "total": 39.8},
        {"order": "o1", "items": [{"product": "mug", "price": "19,90"}]},
        {"order": "o1", "items": [None, {"product": "mug", "quantity": "two"}]},
        {"order": "o1", "items": [{"sku": "mug"}]},
    ],
)
def test_who_ordered_is_not_reminded_however_the_order_is_written(order: dict[str, object]) -> None:
    events = [
        {**ADDED, "data": MUG},
        {
            "type": "order_placed",
            "contact": "a",
            "time": "2026-03-01T10:20:00Z",
            "data": order,
        },
    ]
    result = run_replay(LEFT, events, until="2026-03-02T00:00:00Z")
    assert result.triggers == []
    assert result.dlq == []


def test_an_integer_and_its_text_are_one_contact_one_product_and_one_order() -> None:
    events = [
        {**ADDED, "contact": 17, "data": {**MUG, "product": 5}},
        {
            "type": "order_placed",
            "contact": "17",
            "time": "2026-03-01T10:20:00Z",
            "data": {"order": "o", "items": [{"product": "5"}]},
        },
        {**ADDED, "contact": "17", "time": "2026-03-01T11:00:00Z", "data": MUG},
        {
            "type": "order_placed",
            "contact": 17,
            "time": "2026-03-01T11:20:00Z",
            "data": {"order": "o"},  # the same one again
        },
    ]
    (fired,) = run_replay(LEFT, events, until="2026-03-02T00:00:00Z").triggers
    assert (fired["contact"], fired["anchor"]) == ("17", "2026-03-01T11:00:00.000Z")


def test_unix_seconds_are_refused_and_not_taken_for_1970() -> None:
    events = [
        {"type": "page_viewed", "contact": "ann", "time": 1779321600},
        {**ADDED, "contact": "ann", "time": 1779321601, "data": MUG},
        {**ADDED, "contact": "bob", "time": 1779321601000, "data": MUG},
    ]
    result = run_replay(LEFT, events, until="2026-05-22T12:00:00Z")
    assert [fired["contact"] for fired in result.triggers] == ["bob"]
    assert [(letter["code"], letter["line"]) for letter in result.dlq] == [
        ("bad_time", 1),
        ("bad_time", 2),
    ]
    assert "seconds" in result.dlq[0]["message"]


@pytest.mark.parametrize("price", [-1, "-1", -1e27])
def test_a_price_below_0_is_refused_and_no_price_drop(price: object) -> None:
    view = {"product": "x", "price": 80}
    changed = {"type": "price_changed", "product": "x", "time": "2026-03-01T11:00:00Z"}
    events = [
        {
            "type": "product_viewed",
            "contact": "b",
            "time": "2026-03-01T10:05:00Z",
            "data": view,
        },
        {**changed, "data": {"price": price}},
        {**changed, "type": "product_updated", "data": {"price": price, "brand": "b"}},
    ]
    result = run_replay(CHEAPER, events)
    assert result.triggers == []
    assert [(letter["code"], letter["line"]) for letter in result.dlq] == [("bad_field", 2)]


def test_a_wish_with_a_price_that_is_none_counts_and_is_compared_with_the_catalog_s() -> None:
    changed = {"type": "price_changed", "product": "x"}
    events = [
        {**changed, "time": "2026-03-01T09:00:00Z", "data": {"price": "80"}},
        {
            "type": "wishlist_added",
            "contact": "a",
            "time": "2026-03-01T10:00:00Z",
            "data": {"product": "x", "price": "19,90 EUR"},
        },
        {**changed, "time": "2026-03-01T11:00:00Z", "data": {"price": 60, "quantity": "12"}},
    ]
    result = run_replay(CHEAPER, events)
    assert [fired["contact"] for fired in result.triggers] == ["a"]
    assert result.dlq == []


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_a_byte_order_mark_at_the_beginning_of_a_file_is_no_data(
    tmp_path: Path, end: bytes
) -> None:
    line = b'{"type":"searched","contact":"%s","time":"2026-03-01T10:00:00Z","data":{"query":"q"}}'
    mark = b"\xef\xbb\xbf"
    content = mark + end.join([line % b"a", line % b"b", mark + line % b"c", b""])
    (tmp_path / "events.ndjson").write_bytes(content)
    rules = "version: 1\nsegments:\n  - {name: found, on: searched}\n"
    (tmp_path / "marked.yaml").write_bytes(mark + rules.encode())
    arguments = ("--rules", "marked.yaml", "--dlq", "dlq.ndjson", "events.ndjson")
    result = streamseg(tmp_path, "replay", *arguments)
    assert [one["contact"] for one in records(result.stdout)] == ["a", "b"]
    (refused,) = records((tmp_path / "dlq.ndjson").read_bytes())
    assert (refused["code"], refused["line"]) == ("not_json", 3)


def test_fields_that_are_taken_for_missing_are_told_on_standard_error(tmp_path: Path) -> None:
    line = (
        b'{"type":"order_placed","contact":"a","time":"2026-03-01T10:00:00Z",'
        b'"data":{"order":"o","total":"39,80","items":[{"product":"p","price":-1}]}}\n'
    )
    (tmp_path / "events.ndjson").write_bytes(line)
    result = replay(tmp_path, "- {name: left, use: abandoned_cart}", "events.ndjson")
    assert result.stderr.decode() == (
        "fields of a wrong type, taken for missing: items.price 1, total 1\n"
    )


@pytest.mark.parametrize(
    ("rule", "events"),
    [
        (
            "{name: s, use: low_stock, with: {at_most: 5, after: 0s}}",
            [
                {
                    "type": "stock_changed",
                    "product": "x",
                    "time": "2026-03-01T09:00:00Z",
                    "data": {"quantity": "0." + "3" * 300},
                },
                {
                    "type": "wishlist_added",
                    "contact": "a",
                    "time": "2026-03-01T10:00:00Z",
                    "data": {"product": "x"},
                },
            ],
        ),
        (
            "{name: s, use: inactivity, with: {after: 1h}}",
            [
                {"type": "page_viewed", "contact": "a", "time": "7500-01-01T00:00:00Z"},
                {"type": "quiz_done", "contact": "b", "time": "7500-01-02T00:00:00Z"},
            ],
        ),
    ],
)
def test_long_numbers_and_far_years_survive_a_restart(
    rule: str, events: list[dict[str, object]]
) -> None:
    rules = f"version: 1\nsegments: [{rule}]\n"
    at_once = run_replay(rules, events, until="9000-01-01T00:00:00Z")
    assert at_once.triggers
    restarted = run_replay(rules, events, until="9000-01-01T00:00:00Z", restart_every=1)
    assert restarted.triggers == at_once.triggers
