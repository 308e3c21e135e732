"""``open_checkout``: a checkout that no order followed yet."""

from __future__ import annotations

from streamseg.core.conditions.followed import NotFollowed
from streamseg.core.features.cart import DEFAULT_MAX_AGE_MS


class OpenCheckout(NotFollowed):
    """The last checkout is younger than a cart gets, with no order at its time or later."""

    def __init__(self) -> None:
        super().__init__(("checkout_started",), ("order_placed",), 0, DEFAULT_MAX_AGE_MS)
