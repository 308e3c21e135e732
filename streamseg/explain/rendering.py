"""Answers for people: the tree of a why, and a contact in a few lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from streamseg.explain.answers import ContactAnswer, PartAnswer, Truth, WhyAnswer

_MARKS: Final[dict[Truth, str]] = {"true": "✓", "false": "✗", "unknown": "?"}
_IS: Final[dict[Truth, str]] = {
    "true": "is in",
    "false": "is not in",
    "unknown": "is not known to be in",
}
_WOULD: Final[dict[Truth, str]] = {
    "true": "would fire",
    "false": "would not fire",
    "unknown": "is not known to fire",
}
_CAUSES: Final = {
    "event": "an event",
    "time": "time",
    "rules_changed": "a change of rules",
    "model": "a new model",
    "table": "a new table of quantiles",
    "merged": "a merge",
}
_INDENT: Final = "  "
_WIDEST: Final = 60


def why_lines(answer: WhyAnswer) -> list[str]:
    """Why a contact is in a segment or is not, a line at a time."""
    lines = [_headline(answer)]
    if answer.on is None or answer.tree.parts or answer.tree.part != "all":
        lines += _tree(answer.tree)
    if answer.merged_into is not None:
        lines.append(f"merged        who was asked for is {answer.merged_into} now")
    lines += _trigger(answer)
    if (held := answer.last_held) is not None:
        rung = "" if held.rung is None else f" ({held.rung})"
        lines.append(f"last held     {clock(held.at)}{rung} by {held.reason}  {held.place}")
    if answer.links:
        lines.append(f"records       {'  '.join(answer.links)}")
    if not answer.complete:
        lines.append("              there may be more records: not all could be read just now")
    if answer.history_from is not None:
        lines.append(f"history       replayed from {clock(answer.history_from)} on")
    lines += [f"note          {note}" for note in answer.notes]
    return lines


def _headline(answer: WhyAnswer) -> str:
    key = "" if answer.key is None else f" for {answer.key}"
    if answer.on is not None:
        fires = f"{answer.contact}{key}: {answer.segment} {_WOULD[answer.truth]}"
        return f"{fires} at {answer.on}, as of {clock(answer.at)}"
    rung = "" if answer.rung is None else f" ({answer.rung})"
    shown = next(one for one in answer.rungs if one.rung == answer.rung)
    line = f"{answer.contact} {_IS[shown.truth]} {answer.segment}{key}{rung} at {clock(answer.at)}"
    if shown.entered_at is not None:
        by = "" if shown.cause is None else f" by {_CAUSES[shown.cause]}"
        line += f", since {clock(shown.entered_at)}{by}"
    if shown.next is not None and shown.next.to is not None:
        turn = "enters" if shown.next.to == "true" else "leaves"
        line += f"; {turn} at {clock(shown.next.at)} if nothing happens"
    elif shown.next is not None:
        line += f"; not before {clock(shown.next.at)} does time alone change that"
    above = [one for one in answer.rungs if one is not shown and one.inside]
    return line + "".join(f"; is in ({one.rung})" for one in above)


def _tree(tree: PartAnswer) -> list[str]:
    """The tree, what each condition saw in a column of its own."""
    rows = _rows(tree, 0)
    width = max(len(left) for left, told in rows if told) if any(told for _, told in rows) else 0
    return [f"{left:<{min(width, _WIDEST)}}  {told}".rstrip() for left, told in rows]


def _rows(part: PartAnswer, depth: int) -> list[tuple[str, str]]:
    left = f"{_INDENT * depth}{_MARKS[part.truth]} {part.asks}"
    if part.parts:
        rows = [(left, "")]
        for one in part.parts:
            rows += _rows(one, depth + 1)
        return rows
    told = [", ".join(f"{_named(name)} {_shown(value)}" for name, value in part.saw.items())]
    if part.since is not None:
        told.append(f"since {clock(part.since)}")
    if part.next is not None:
        word = f"{part.next.to} from" if part.next.to is not None else "not before"
        told.append(f"{word} {clock(part.next.at)}")
    if part.known_from is not None:
        told.append(f"known from {clock(part.known_from)} on")
    return [(left, "   ".join(one for one in told if one))]


def _named(figure: str) -> str:
    return figure.removesuffix("_at").replace("_", " ")


def _trigger(answer: WhyAnswer) -> list[str]:
    trigger = answer.trigger
    if trigger is None:
        return ["trigger       none: the segment fires nothing"]
    if trigger.fired_at is None:
        lines = ["last trigger  never fired"]
    else:
        rung = "" if trigger.rung is None else f" ({trigger.rung})"
        name = "" if trigger.id is None else f"  {trigger.id}"
        lines = [f"last trigger  {clock(trigger.fired_at)}{rung}, {trigger.fired} in all{name}"]
    if trigger.told_at is not None:
        lines.append(f"waits         for late events; told at {clock(trigger.told_at)}")
    for hold in trigger.holds:
        until = "" if hold.until is None else f" until {clock(hold.until)}"
        lines.append(f"held back     the next would be, by {hold.by}{until}: {hold.detail}")
    return lines


def contact_lines(answer: ContactAnswer) -> list[str]:
    """A contact in a few lines."""
    merged = "" if answer.merged_into is None else " (who was asked for was merged into them)"
    lines = [f"{answer.contact} at {clock(answer.at)}{merged}"]
    for stay in answer.segments:
        name = stay.segment if stay.rung is None else f"{stay.segment} {stay.rung}"
        key = "" if stay.key is None else f"  {stay.key}"
        lines.append(f"  in {name:<24}{key}  since {clock(stay.entered_at)}")
    if not answer.segments:
        lines.append("  in no segment")
    if answer.next is not None:
        names = ", ".join(answer.next.segments)
        lines.append(f"  {names} may change at {clock(answer.next.at)} if nothing happens")
    for name, value in answer.attributes.items():
        lines.append(f"  attribute {name} {_shown(value)}")
    if answer.cart is not None:
        items = ", ".join(str(item["product"]) for item in answer.cart["items"])
        lines.append(f"  cart of {items}, changed {clock(answer.cart['changed_at'])}")
    if answer.history_from is not None:
        lines.append(f"  history replayed from {clock(answer.history_from)} on")
    return lines + [f"  note: {note}" for note in answer.notes]


def clock(time: str) -> str:
    """`2026-11-21T10:00:00.123Z` as `2026-11-21 10:00:00.123`; whole seconds without decimals."""
    return time.replace("T", " ").removesuffix("Z").removesuffix(".000")


def _shown(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return ", ".join(f"{name} {_shown(one)}" for name, one in value.items())
    if isinstance(value, list):
        return ", ".join(_shown(one) for one in value)
    if isinstance(value, str):
        is_time = len(value) == 24 and value[10] == "T" and value.endswith("Z")
        return clock(value) if is_time else value
    return str(value)
