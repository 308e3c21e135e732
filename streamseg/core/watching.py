"""Whom a change of a feature concerns: the segments to decide, and no others.

Sets of segments are integers: bit n is the segment of rank n. A segment that is not decided keeps
its membership and the next instant noted for it; what `effects` says makes that right.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import Any

from streamseg.core.contact import UNKNOWN, Contact
from streamseg.core.effects import ANY, DELAYS, LOWERS, OF_KEY, RAISES, Bar, Effect
from streamseg.core.features import cart as carts
from streamseg.core.features.attributes import Attribute
from streamseg.core.features.base import FOREVER, Feature, Lasting
from streamseg.core.features.cart import Cart
from streamseg.core.features.instants import Instants, Latest
from streamseg.core.features.values import most_of
from streamseg.core.predicates import Number


class Watch:
    """Whom a change of the contact's feature at ``place`` concerns.

    ``always``: in any case; ``rising``: those who are out, ``falling``: those who are in.
    ``of_key``: for the products that the event's items name.
    """

    def __init__(self, place: int) -> None:
        self.place = place
        self.always = 0
        self.rising = 0
        self.falling = 0
        self.of_key = 0

    def add(self, bit: int, effect: Effect) -> None:
        """Note what an event can do to a segment."""
        if effect.kind == RAISES:
            self.rising |= bit
        elif effect.kind in (LOWERS, DELAYS):
            self.falling |= bit
        elif effect.kind == OF_KEY:
            self.of_key |= bit
        else:
            self.always |= bit

    def lapse(self, contact: Contact, instant: int) -> int:
        """The segments to decide at ``instant``, the one noted; notes the next one."""
        raise NotImplementedError

    def concerned(self, contact: Contact, instant: int) -> int:
        """The segments to decide at ``instant`` after an event changed the feature."""
        inside = contact.inside
        return self.always | (self.rising & ~inside) | (self.falling & inside)


class CountWatch(Watch):
    """The same, of a feature that counts: each segment from a least count on."""

    def __init__(self, place: int) -> None:
        super().__init__(place)
        self.least = FOREVER
        self._levels: list[tuple[int, Watch]] = []

    def add(self, bit: int, effect: Effect) -> None:
        for least, watch in self._levels:
            if least == effect.least:
                watch.add(bit, effect)
                return
        watch = Watch(self.place)
        watch.add(bit, effect)
        self._levels.append((effect.least, watch))
        self._levels.sort(key=_first)
        self.least = self._levels[0][0]

    def concerned(self, contact: Contact, instant: int) -> int:
        count = len(contact.features[self.place])
        mask = 0
        if count >= self.least:
            for least, watch in self._levels:
                if least > count:
                    break
                mask |= watch.concerned(contact, instant)
        return mask


class WaitWatch(Watch):
    """The same, of a feature that segments wait on: none of those who are out enters before its
    wait is over.

    For all of them one instant is noted, the next at which some wait is over, in ``nexts`` at
    ``~place``. Waits of segments that are barred are passed over.
    """

    def __init__(self, place: int, feature: Lasting, bars: Bars) -> None:
        super().__init__(place)
        self._feature = feature
        self._bars = bars
        self._waits: list[tuple[int, int]] = []
        self.max_age = feature.max_age

    def add(self, bit: int, effect: Effect) -> None:
        super().add(bit, effect)
        if effect.kind == DELAYS:
            waits = dict(self._waits)
            waits[effect.wait] = waits.get(effect.wait, 0) | bit
            self._waits = sorted(waits.items())

    def concerned(self, contact: Contact, instant: int) -> int:
        inside = contact.inside
        over = self._wait(contact, instant, -FOREVER)
        return over | self.always | (self.rising & ~inside) | (self.falling & inside)

    def lapse(self, contact: Contact, instant: int) -> int:
        mask = 0
        contact.state(self.place)
        if self._feature.expire(contact.features, self.place, instant):
            contact.unbar()
            mask = self.always | (self.falling & contact.inside)
        return self._bars.permitted(contact, mask | self._wait(contact, instant, instant - 1))

    def ends_at(self, contact: Contact, wait: int, instant: int) -> bool:
        """Whether a wait is over at ``instant``, and that is noted."""
        if contact.nexts.get(~self.place) != instant:
            return False
        since = self._feature.since(contact.state(self.place))
        return since is not None and since + wait == instant

    def over(self, contact: Contact, wait: int) -> int:
        """The instant at which a wait is over; FOREVER where nothing is waited for."""
        since = self._feature.since(contact.state(self.place))
        return FOREVER if since is None else since + wait

    def _wait(self, contact: Contact, instant: int, after: int) -> int:
        """Note the next instant after ``instant`` at which a wait is over; whose were over after
        ``after`` and by ``instant``.
        """
        since = self._feature.since(contact.features.get(self.place))  # it is decoded by now
        if since is None:
            contact.nexts.pop(~self.place, None)
            return 0
        mask = 0
        due = since + self.max_age
        bars = self._bars
        for wait, waiting in self._waits:
            over = since + wait
            if over <= instant:
                if over > after:
                    mask |= waiting
            elif over >= due:
                break
            elif not waiting & bars.segments or bars.permitted(contact, waiting):
                due = over
                break
        if due < FOREVER:
            contact.nexts[~self.place] = due
        else:
            contact.nexts.pop(~self.place, None)
        return mask


class Bars:
    """What the contact's features say that keeps segments false, whatever time it is.

    A segment with keys that is barred is false for each. An event that bars it, or does so no
    more, has it decided for all its keys (see `RuleSet`), so between two such events nobody is in.
    """

    def __init__(self) -> None:
        self.segments = 0  # those that something may bar
        self._with_keys = 0
        self._texts: dict[int, _TextBar] = {}  # by place
        self._floors: dict[int, _FloorBar] = {}
        self._orders: dict[tuple[int, int], int] = {}  # by the places of what is last, and before

    def add(self, bit: int, bar: Bar, feature: Feature, has_keys: bool) -> None:
        """Note a part that a segment cannot hold without, and the feature that decides it."""
        self.segments |= bit
        if has_keys:
            self._with_keys |= bit
        if bar.before is not None:
            places = bar.place, bar.before
            self._orders[places] = self._orders.get(places, 0) | bit
        elif bar.floor is None:
            self._texts.setdefault(bar.place, _TextBar()).add(bit, bar.values)
        else:
            self._floors.setdefault(bar.place, _FloorBar(feature)).add(bit, bar.floor)

    def has(self, place: int) -> bool:
        """Whether the feature at a place bars."""
        ordered = any(place in places for places in self._orders)
        return ordered or place in self._texts or place in self._floors

    def permitted(self, contact: Contact, mask: int) -> int:
        """Of segments those to decide: not barred, or in; with keys in any case."""
        if not mask & self.segments:
            return mask
        return mask & (~self._barred(contact) | contact.inside | self._with_keys)

    def barred_of_keys(self, contact: Contact, mask: int) -> int:
        """Of segments with keys those that are barred."""
        return self._barred(contact) if mask & self.segments else 0

    def _barred(self, contact: Contact) -> int:
        barred = contact.barred
        if barred == UNKNOWN:
            barred = 0
            for place, text_bar in self._texts.items():
                barred |= text_bar.barred(contact.state(place))
            for place, floor_bar in self._floors.items():
                barred |= floor_bar.barred(contact, place)
            for (last, before), bits in self._orders.items():
                earlier = contact.state(before)
                if earlier is not None and not _is_after(contact.state(last), earlier):
                    barred |= bits
            contact.barred = barred
        return barred


class _TextBar:
    """Segments that need an attribute to be one of some texts."""

    def __init__(self) -> None:
        self._all = 0
        self._barred: dict[str, int] = {}  # by the attribute's value

    def add(self, bit: int, values: tuple[str, ...]) -> None:
        for value in values:
            self._barred.setdefault(value, self._all)
        self._all |= bit
        for value in self._barred:
            if value not in values:
                self._barred[value] |= bit

    def barred(self, state: list[Any] | None) -> int:
        """The segments that a state of the attribute bars."""
        value = Attribute.value(state)
        return self._barred.get(value, self._all) if type(value) is str else self._all


class _FloorBar:
    """Segments that need an open cart with a least total, or a least sum of values."""

    def __init__(self, feature: Feature) -> None:
        self._is_cart = isinstance(feature, Cart)
        self._of_nothing = 0  # those barred where there is no open cart, or no value
        self._floors: list[Number] = []
        self._bits: list[int] = []

    def add(self, bit: int, floor: Number) -> None:
        at = bisect_right(self._floors, floor)
        self._floors.insert(at, floor)
        self._bits.insert(at, bit)
        if self._is_cart or floor > 0:
            self._of_nothing |= bit

    def barred(self, contact: Contact, place: int) -> int:
        """The segments that the cart, or the values, at a place bars."""
        state = contact.state(place)
        if state is None or (self._is_cart and not carts.is_open(state)):
            return self._of_nothing
        most = contact.cart_total(place) if self._is_cart else most_of(state)
        mask = 0
        for bit in self._bits[bisect_right(self._floors, most) :]:
            mask |= bit
        return mask


def watch_of(feature: Feature, place: int, bars: Bars) -> Watch:
    """The watch of a contact's feature."""
    if isinstance(feature, Instants):
        return CountWatch(place)
    if isinstance(feature, Latest | Cart):
        return WaitWatch(place, feature, bars)
    return Watch(place)


def bars_of_rungs(bars: list[list[Bar]]) -> list[Bar]:
    """The bars of a segment from those of its rungs: what no rung holds without."""
    return [bar for bar in bars[0] if all(bar in of_rung for of_rung in bars)]


def effects_of_rungs(effects: list[list[Effect]], has_anchor: bool) -> list[Effect]:
    """The effects on a segment from those on its rungs."""
    together = [effect for rung in effects for effect in rung]
    if len(effects) == 1 and not has_anchor:
        return together
    # Who is in on one rung may yet enter another, or begin another episode.
    return [
        effect._replace(kind=ANY) if effect.kind in (RAISES, LOWERS) else effect
        for effect in together
    ]


def _is_after(state: list[Any] | None, earlier: list[Any]) -> bool:
    """Whether a last event, as its state says, came after another one."""
    return state is not None and bool(state[0] > earlier[0])


def _first(level: tuple[int, Watch]) -> int:
    return level[0]
