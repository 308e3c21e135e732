"""Two contacts are one from now on: the keeper remembers what both did, and stays as the table of
`docs/semantics.md` has it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from .carts import Cart
from .contacts import Contact, Slot, Stay
from .episodes import Episode, cart_of_template
from .records import Event
from .segments import Segment

MERGE = "contact_merged"
MAX_STUBS = 8

Merge = tuple[int, str, str]
"""When, into whom, and who."""


class People:
    """Who leads to whom."""

    def __init__(self) -> None:
        self.stubs: dict[str, list[Merge]] = {}
        self.ids: dict[str, dict[str, Merge]] = {}
        """By keeper, who led there."""

    def keeper_of(self, name: str) -> str:
        while self.stubs.get(name):
            name = self.stubs[name][-1][1]
        return name

    def takes(self, merge: Merge) -> bool:
        """Whether a merge changes whom its source leads to; from now on it does."""
        _, keeper, source = merge
        known = self.stubs.get(source) or []
        if keeper == source or (known and (merge < known[-1] or known[-1][1] == keeper)):
            return False
        self.stubs[source] = [*known, merge][-MAX_STUBS:]
        ids = self.ids.setdefault(keeper, {})
        if not known:
            ids |= self.ids.pop(source, {})
        ids[source] = merge
        return True

    def erased_with(self, keeper: str, time: int) -> list[str]:
        """Those who led to an erased keeper, and lead nowhere now."""
        ids = self.ids.pop(keeper, {})
        gone = []
        for name, merge in ids.items():
            known = self.stubs.get(name, [])
            left = [
                one
                for one in known
                if one != merge and (one[1] not in {keeper, *ids} or one[0] > time)
            ]
            if known and not left:
                gone.append(name)
            self.stubs[name] = left
        return gone


@dataclass
class Merging:
    """What a merge that is being decided brings together."""

    moved: set[Slot] = field(default_factory=set)
    """Stays of the other contact that go on."""
    shared: dict[Slot, Stay] = field(default_factory=dict)
    """Those of the other contact where the keeper was in, too."""
    fired: set[Slot] = field(default_factory=set)
    """Of these the ones that fired on either side."""


def marker_of(at: int, mine: Contact, other: Contact) -> Event:
    """What a merge is in the log of the keeper's carts."""
    data = {"log": other.cart_log, "until": max(other.decided, at)}
    return Event("", MERGE, mine.name, at, data, -1, max(mine.decided, at))


def take_marker(cart: Cart, marker: Event) -> None:
    """Have a cart be that of two contacts."""
    other = replace_empty(cart)
    for event in marker.data["log"]:
        take(other, event)
    other.age(marker.data["until"])
    cart.age(marker.settled)
    orders = sorted([*other.orders, *cart.orders], key=lambda event: event.time)[-8:]
    meet(cart, other.orders)
    meet(other, cart.orders)
    closed = list(dict.fromkeys([*other.closed, *cart.closed]))[-8:]
    if cart.opened is not None and other.opened is not None:
        join(cart, other)
    elif other.opened is not None:
        cart.floor, cart.snapshot, cart.changes = other.floor, other.snapshot, other.changes
        cart.opened, cart.changed, cart.names = other.opened, other.changed, other.names
    elif cart.opened is None:
        floors = [floor for floor in (cart.floor, other.floor) if floor is not None]
        cart.floor = max(floors, default=None)
    cart.closed, cart.orders = closed, orders


def take(cart: Cart, event: Event) -> None:
    if event.type == MERGE:
        take_marker(cart, event)
    else:
        cart.take(event)


def replace_empty(cart: Cart) -> Cart:
    return Cart(cart.max_age, cart.order_closes)


def meet(cart: Cart, orders: list[Event]) -> None:
    """An open cart meets the other side's orders that are not before its last change."""
    for event in orders:
        if cart.opened is None or event.time < cart.changed:
            continue
        names = sorted(cart.names)
        products = {item["product"] for item in event.data.get("items") or []}
        related = bool(products & set(cart.contents())) or not products
        if event.data.get("cart") in names or related or cart.order_closes == "any":
            cart.close(event.time)
            cart.closed = [*(each for each in cart.closed if each not in names), *names][-8:]


def join(cart: Cart, other: Cart) -> None:
    """One cart of two; a product in both is as it was changed later."""

    def last_change(one: Cart, product: str) -> int:
        times = [change.time for change in one.changes if change.product == product]
        return max([one.floor or 0] * (product in one.snapshot) + times, default=-1)

    both = set(cart.contents()) & set(other.contents())
    theirs = {one for one in both if last_change(other, one) > last_change(cart, one)}
    lost = both - theirs
    cart.snapshot = {p: item for p, item in cart.snapshot.items() if p not in theirs} | {
        p: item for p, item in other.snapshot.items() if p not in lost
    }
    changes = [c for c in cart.changes if c.product not in theirs]
    changes += [c for c in other.changes if c.product not in lost]
    cart.changes = sorted(changes, key=lambda change: change.time)
    floors = [floor for floor in (cart.floor, other.floor) if floor is not None]
    cart.floor = max(floors, default=None)
    assert cart.opened is not None
    assert other.opened is not None
    cart.opened = min(cart.opened, other.opened)
    cart.changed = max(cart.changed, other.changed)
    cart.names |= other.names


def openings_of(segment: Segment, mine: Contact, other: Contact, at: int) -> set[int]:
    """When two carts opened that are one now."""
    if segment.template != "abandoned_cart":
        return set()
    one = cart_of_template(segment, mine.cart_log, max(mine.decided, at))
    two = cart_of_template(segment, other.cart_log, max(other.decided, at))
    of_one, of_two = list(one.orders), list(two.orders)
    meet(one, of_two)
    meet(two, of_one)
    if one.opened is None or two.opened is None:
        return set()
    return {one.opened, two.opened}


def rename(contact: Contact, place: int, openings: set[int]) -> None:
    """Have what is of one of two carts be of the one that is left."""
    stays = [*contact.stays.items(), *contact.untold, *contact.ended]
    for slot, stay in stays:
        if slot[0] == place and stay.episode.anchor in openings:
            change_episode(stay, Episode(min(openings)))
    for (slot, anchor), entered_at in list(contact.fired.items()):
        if slot[0] == place and anchor in openings:
            del contact.fired[slot, anchor]
            known = contact.fired.get((slot, min(openings)), entered_at)
            contact.fired[slot, min(openings)] = max(known, entered_at)


def change_episode(stay: Stay, episode: Episode) -> None:
    """Have a stay go on in another episode; what was told of it has the id of the one before."""
    if stay.told and stay.told_as is None and episode != stay.episode:
        stay.told_as = stay.anchor
    stay.episode = episode


def unite(mine: Contact, other: Contact) -> Merging:
    """Have the keeper take in what the other contact is and was told."""
    merging = Merging()
    for slot, stay in other.stays.items():
        if slot not in mine.stays:
            mine.stays[slot] = stay
            stay.told = False  # what the other was told is not cancelled
            merging.moved.add(slot)
            continue
        merging.shared[slot] = replace(stay)
        known = mine.stays[slot]
        if (slot, stay.anchor) in other.fired or (slot, known.anchor) in mine.fired:
            merging.fired.add(slot)
    for slot, at in other.firings.items():
        mine.firings[slot] = [*at, *mine.firings.get(slot, [])]
    for episode, entered_at in other.fired.items():
        mine.fired[episode] = max(entered_at, mine.fired.get(episode, entered_at))
    for where, anchors in other.entered.items():
        mine.entered[where] = [*anchors, *mine.entered.get(where, [])]
    for each in other.ids:
        mine.ids.appendleft(each)
    for order in other.orders:
        mine.orders.appendleft(order)
    return merging


def unite_waiting(
    mine: Contact, other: Contact, fires: Callable[[int], bool]
) -> list[tuple[Slot, Stay]]:
    """Have what waits of both wait of one; which triggers are not told any more."""

    def waits(contact: Contact, slot: Slot, stay: Stay) -> bool:
        is_left = stay.left_by is not None or stay.merged
        return fires(slot[0]) and not is_left and (slot, stay.anchor) not in contact.fired

    def is_told(contact: Contact, slot: Slot) -> bool:
        return slot in contact.stays and contact.stays[slot].told

    waiting = {slot for slot, stay in mine.untold if waits(mine, slot, stay)}
    silenced = [
        (slot, stay)
        for slot, stay in mine.untold
        if waits(mine, slot, stay) and is_told(other, slot)
    ]
    for slot, stay in other.untold:
        if waits(other, slot, stay) and (slot in waiting or is_told(mine, slot)):
            silenced.append((slot, stay))
        if slot in mine.stays:
            stay.is_void = True  # the keeper's own stay is told
    mine.untold += other.untold
    mine.ended += other.ended
    return silenced
