"""What a fitted model is: its parameters, exact."""

from __future__ import annotations

from decimal import Context, Decimal
from typing import Final

from streamseg.core.values.predicates import Number

MBG_NBD: Final = "mbg_nbd"  # what a file says that it is of; one without says the same
_CONTEXT: Final = Context(prec=28)


class Parameters:
    """MBG/NBD, in days; ``p q v`` of Gamma-Gamma, of what an order is worth (0: not known);
    ``discount`` of 30 days. ``errors`` is how far off its probabilities were found to be, over so
    many days.
    """

    __slots__ = ("a", "alpha", "b", "discount", "errors", "p", "q", "r", "v")

    def __init__(
        self,
        r: Number,
        alpha: Number,
        a: Number,
        b: Number,
        spending: tuple[Number, Number, Number] = (0, 0, 0),
        discount: Number = 0,
        errors: tuple[tuple[int, Decimal], ...] = (),
    ) -> None:
        self.r = Decimal(r)
        self.alpha = Decimal(alpha)
        self.a = Decimal(a)
        self.b = Decimal(b)
        self.p, self.q, self.v = (Decimal(one) for one in spending)
        self.discount = Decimal(discount)
        self.errors = errors

    @property
    def tells_worth(self) -> bool:
        """Whether it tells what an order is worth."""
        return self.p > 0

    @property
    def text(self) -> str:
        """All of it, the same where it is the same."""
        values = (self.r, self.alpha, self.a, self.b, self.p, self.q, self.v, self.discount)
        return " ".join([*(str(one.normalize()) for one in values), *map(str, self.errors)])

    def off_by(self, days: int) -> Decimal | None:
        """How far off a probability over so many days may be; None: that was not examined."""
        if not self.errors:
            return None
        return min(self.errors, key=lambda one: (abs(one[0] - days), one[0]))[1]

    def order_worth(self, x: int, spent: Number) -> Decimal:
        """What the next order of a contact is worth, with 28 digits: between the mean of the ``x``
        order days after the first, which came to ``spent``, and that of all contacts.

        Fader and Hardie, "The Gamma-Gamma model of monetary value" (2013).
        """
        context = _CONTEXT
        above = context.multiply(self.p, context.add(self.v, Decimal(spent)))
        below = context.subtract(context.add(context.multiply(self.p, x), self.q), 1)
        return context.divide(above, below)
