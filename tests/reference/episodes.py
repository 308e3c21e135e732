"""The three templates: whether a contact is in one at an instant, and in which episode."""

from collections.abc import Iterable
from dataclasses import dataclass

from .carts import Cart, cart_at
from .records import Event, interests_of, matching, ordered
from .segments import Segment
from .shelf import NEVER, Product
from .values import duration_ms, exact


@dataclass(frozen=True)
class Episode:
    """What the contact is in. The anchor of a `when` segment is the instant of entering: None."""

    anchor: int | None = None
    label: str | None = None
    """The anchor where it is a text."""


def cart_of_template(segment: Segment, arrived: list[Event], at: int) -> Cart:
    return cart_at(arrived, at, segment.milliseconds("max_age"), segment.parameters["order_closes"])


def abandoned_cart(segment: Segment, rung: str, arrived: list[Event], at: int) -> Episode | None:
    cart = cart_of_template(segment, arrived, at)
    if cart.opened is None or at - cart.changed < duration_ms(rung):
        return None
    least = segment.parameters.get("min_total")
    if least is not None and cart.total() < exact(least):
        return None
    return Episode(cart.opened)


def inactivity(segment: Segment, rung: str, arrived: list[Event], at: int) -> Episode | None:
    qualifying = matching(arrived, segment.parameters["of"])
    if not qualifying or at - qualifying[-1].time < duration_ms(rung):
        return None
    return Episode(qualifying[-1].time)


@dataclass(frozen=True)
class Waiting:
    """A contact's wait for a product."""

    product: Product
    key: str
    events: list[Event]
    """Those that are remembered of the contact for the product, in any order."""
    arrived: list[Event]
    """All of the contact's: an order counts also if the product was forgotten since."""
    used_up: Iterable[int]
    """The restocks at which the contact entered, ever."""
    inside: Episode | None
    """The episode in which the contact is already."""
    carried: int | None = None
    used: tuple[int, int] | None = None
    """A restock, and the interest of an earlier episode that was told of it."""
    """The interest whose trigger ended as `left` while it waited."""


def back_in_stock(segment: Segment, waiting: Waiting, at: int) -> tuple[Episode, int] | None:
    """The episode, and when the interest was shown that it is for."""
    hold = segment.milliseconds("hold")
    episodes = waiting.product.episodes(hold)
    if not episodes or episodes[-1][1] == -NEVER or at - episodes[-1][1] < hold:
        return None
    restock = episodes[-1][1]
    interests = [
        event.time
        for event in waiting.events
        if waiting.key in interests_of(event, segment.parameters["by"])
        and event.time < restock
        and restock - event.time <= segment.milliseconds("within")
    ]
    once = segment.parameters["repeat"] == "once"
    if segment.parameters["while"] == "out_of_stock":
        counting = episodes[-1:] if once else episodes
        interests = [t for t in interests if any(start <= t < end for start, end in counting)]
    if once:
        interests = [
            t for t in interests if not any(t < used < restock for used in waiting.used_up)
        ]
        # Who left only because of what narrows the template is in it all the same.
        is_narrowed = segment.when is not None
        if restock in waiting.used_up and waiting.inside != Episode(restock) and not is_narrowed:
            return None
    if waiting.carried is not None and (
        waiting.carried < restock <= waiting.carried + segment.milliseconds("within")
    ):
        interests.append(waiting.carried)
    if waiting.used is not None and waiting.used[0] == restock:
        interests.append(waiting.used[1])
    if not interests:
        return None
    latest = max(interests)
    if any(ordered(e, waiting.key) and e.time >= latest for e in waiting.arrived):
        return None
    return Episode(restock), latest
