"""What policies have wait of two contacts who are one now: each is told once, as the keeper's."""

from .contacts import Contact, Slot
from .holding import Holding
from .policies import Candidate, Decided, Held

Which = tuple[Slot, int | str]


def unite_held(holding: Holding, mine: Contact, other: Contact) -> None:
    """Have the keeper hold what the other contact holds. Their stays are still their own."""
    own, theirs = holding.of(mine), holding.held.pop(other.name, Held())
    candidates = {which(holding, one) for one in to_be_told(own)}
    for one in to_be_told(own):
        stay = other.stays.get(one.slot)
        if stay is not None and stay.told:
            end_merged(holding, mine, own, one)
    for one in to_be_told(theirs):
        if one.slot in mine.stays or which(holding, one) in candidates:
            end_merged(holding, mine, theirs, one)
    own.waiting += theirs.waiting
    own.decided += theirs.decided
    own.freed += theirs.freed
    for name, instants in theirs.counted.items():
        own.counted.setdefault(name, []).extend(instants)
    unite_interest(own, theirs, mine, other)
    unite_answers(holding, mine, other)


def to_be_told(held: Held) -> list[Candidate]:
    """What waits, and what is released and not told yet."""
    released = [
        decided.candidate
        for decided in held.decided
        if decided.kind == "released" and decided.reason != "left"
    ]
    return [*held.waiting, *released]


def which(holding: Holding, one: Candidate) -> Which:
    """What of one contact waits once: of an instant rule each firing by itself."""
    is_instant = holding.segments[one.slot[0]].on is not None
    return one.slot, one.anchor if is_instant else ""


def end_merged(holding: Holding, mine: Contact, held: Held, one: Candidate) -> None:
    """It is told as `merged`, and nothing else is told of it."""
    held.waiting = [each for each in held.waiting if each is not one]
    held.decided = [
        each
        for each in held.decided
        if each.candidate is not one or each.kind not in ("deferred", "released")
    ]
    holding.tell(mine, Decided(mine.decided, one, "ended", "merged"))


def unite_interest(own: Held, theirs: Held, mine: Contact, other: Contact) -> None:
    """Interest that is good for any later episode is; else that of the stay which goes on."""
    for slot in {*own.carried, *theirs.carried}:
        shown = [held.carried[slot] for held in (own, theirs) if slot in held.carried]
        own.carried[slot] = max(shown)
        own.used.pop(slot, None)
    for slot, used in theirs.used.items():
        was_in = slot in mine.stays or (slot not in other.stays and slot[:2] in mine.entered)
        if slot not in own.carried and not was_in:
            own.used[slot] = used


def unite_answers(holding: Holding, mine: Contact, other: Contact) -> None:
    """The keeper's answer holds, but for a no of the other that is not older than its yes."""
    for name, arrivals in other.unanswered.items():
        mine.unanswered.setdefault(name, set()).update(arrivals)
    policies = list(holding.policies.values())
    for name in policies[0].shared.get("consent", ()) if policies else ():
        theirs, own = policies[0].answer(other, name), policies[0].answer(mine, name)
        is_refused = own is not None and theirs is not None and (own[1], theirs[1]) == (True, False)
        if own is None or (is_refused and theirs is not None and theirs[0] >= own[0]):
            lost = mine
        else:
            lost = other
        arrivals = {event.arrival for event in lost.arrived}
        mine.unanswered.setdefault(name, set()).update(arrivals)
