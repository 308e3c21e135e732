"""Control groups and splits: a hash draws the arm, so that nothing is stored and a draw never
changes.

    bucket(salt, seed, x) = floor(10,000 * BLAKE2b-64(JSON [salt, seed, x]) / 2^64)

The JSON is UTF-8 without spaces; the 8 bytes are a big-endian number.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Final

import msgspec

BUCKETS: Final = 10_000  # of one hundredth of a percent
HOLDOUT: Final = "holdout"
CONTROL: Final = "control"
MIXED: Final = "mixed"  # a contact merged from contacts in different arms: it counts in no arm
_encode: Final = msgspec.json.Encoder().encode


def bucket(salt: str, seed: str, x: str) -> int:
    """The bucket of ``x``, from 0 to 9,999."""
    digest = blake2b(_encode([salt, seed, x]), digest_size=8).digest()
    return (BUCKETS * int.from_bytes(digest, "big")) >> 64


class Holdout:
    """The contacts who get no message at all: ``share`` of the buckets.

    A larger share adds contacts and frees none.
    """

    def __init__(self, share: int, seed: str) -> None:
        self.share = share
        self.seed = seed

    def has(self, contact: str) -> bool:
        """Whether a contact is held out."""
        return bucket(HOLDOUT, self.seed, contact) < self.share


class Split:
    """Arms, each with its share of the buckets, in the order of the file.

    ``by_trigger``: each trigger is drawn by its id, and not each contact.
    """

    def __init__(self, arms: list[tuple[str, int]], seed: str, by_trigger: bool) -> None:
        self.arms = arms
        self.seed = seed
        self.by_trigger = by_trigger

    def arm(self, drawn: str) -> str:
        """The arm of a contact, or of a trigger's id."""
        at, reached = bucket("split", self.seed, drawn), 0
        for name, share in self.arms:
            reached += share
            if at < reached:
                return name
        return self.arms[-1][0]
