"""Who is held out, and who gets which arm."""

from hashlib import blake2b

from hypothesis import given
from hypothesis import strategies as st

from streamseg.core.policies.arms import BUCKETS, Holdout, Split, bucket


@given(st.text(max_size=20))
def test_a_bucket_is_the_hash_of_the_plain_json(contact: str) -> None:
    escaped = "".join(
        f"\\u{ord(one):04x}" if one < " " and one not in "\b\f\n\r\t" else one for one in contact
    )
    for plain, name in {"\b": "b", "\f": "f", "\n": "n", "\r": "r", "\t": "t"}.items():
        escaped = escaped.replace(plain, f"\\{name}")
    if '"' in contact or "\\" in contact:
        return
    text = f'["split","cart-1","{escaped}"]'
    number = int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")
    assert bucket("split", "cart-1", contact) == BUCKETS * number // 2**64


def test_buckets_stay_what_they_are() -> None:
    assert [bucket("holdout", "2026-q4", f"c-{n}") for n in range(4)] == [2063, 5617, 8743, 142]
    assert bucket("split", "cart-1", "Żółw") == 4980


def test_a_larger_holdout_frees_nobody() -> None:
    contacts = [f"c{n}" for n in range(20_000)]
    small = {one for one in contacts if Holdout(500, "s").has(one)}
    large = {one for one in contacts if Holdout(1000, "s").has(one)}
    assert small < large
    assert abs(len(small) - 1000) < 120
    assert abs(len(large) - 2000) < 160


def test_arms_have_their_shares_and_do_not_depend_on_the_holdout() -> None:
    split = Split([("a", 4500), ("b", 4500), ("control", 1000)], "cart-1", by_trigger=False)
    contacts = [f"c{n}" for n in range(20_000)]
    arms = [split.arm(one) for one in contacts]
    shares = {name: arms.count(name) / 20_000 for name in ("a", "b", "control")}
    assert abs(shares["a"] - 0.45) < 0.01
    assert abs(shares["control"] - 0.1) < 0.01
    held = [
        arm for one, arm in zip(contacts, arms, strict=True) if Holdout(5000, "cart-1").has(one)
    ]
    assert abs(held.count("a") / len(held) - 0.45) < 0.015
