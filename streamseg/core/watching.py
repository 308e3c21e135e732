"""Whom a change of a feature concerns: the segments to decide, and no others.

Sets of segments are integers: bit n is the segment of rank n. A segment that is not decided keeps
its membership and the next instant noted for it; what `effects` says makes that right.
"""

from __future__ import annotations

from streamseg.core.bars import Bars
from streamseg.core.contact import Contact
from streamseg.core.effects import ANY, DELAYS, LOWERS, OF_KEY, RAISES, Effect
from streamseg.core.features.base import FOREVER, Feature, Lasting


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


def watch_of(feature: Feature, place: int, bars: Bars) -> Watch:
    """The watch of a contact's feature."""
    if feature.is_counted:
        return CountWatch(place)
    if isinstance(feature, Lasting):
        return WaitWatch(place, feature, bars)
    return Watch(place)


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


def _first(level: tuple[int, Watch]) -> int:
    return level[0]
