"""Who is protected from being merged into another contact."""

from streamseg.rules import parse_rules
from streamseg.rules.explaining import explain, explanation_lines

from .drawing import expect, refuse, rules_file
from .merged import A_BAG, CART, MERGE, with_file

PROTECTED = with_file("identity: {protect: {attribute: email, exists: true}}", CART)
KNOWN = "09:00 contact_updated A email=a@shop.example"


def test_who_is_known_by_himself_is_not_merged() -> None:  # 21
    drawn = f"{KNOWN}; {A_BAG}; 10:20 {MERGE}; 10:30 cart_item_added A hat; 11:30 end"
    played = expect(PROTECTED, drawn, "11:30 fired cart_left A rung=1h anchor=10:00")
    assert played.became() == ["10:20 merge_refused K from=A"]
    assert set(played.carts()[0]) == {"bag", "hat", "total"}


def test_who_is_protected_may_take_others_over() -> None:
    drawn = f"09:00 contact_updated K email=k@shop.example; {A_BAG}; 10:20 {MERGE}; 12:00 end"
    expect(PROTECTED, drawn, "11:00 fired cart_left K rung=1h anchor=10:00 emitted=12:00")


def test_only_who_holds_is_protected() -> None:
    drawn = f"{KNOWN}; 09:30 contact_updated A email=null; {A_BAG}; 10:20 {MERGE}; 12:00 end"
    expect(PROTECTED, drawn, "11:00 fired cart_left K rung=1h anchor=10:00 emitted=12:00")


def test_what_protects_is_explained() -> None:
    lines = explanation_lines(explain(parse_rules(rules_file(PROTECTED))))
    place = lines.index("identity: protect")
    assert lines[place + 1].startswith("  - the attribute `email`")


def test_protection_says_what_must_hold() -> None:
    refuse(
        with_file("identity: {protect: §{attribute: email}}", CART), "what the attribute must be"
    )
