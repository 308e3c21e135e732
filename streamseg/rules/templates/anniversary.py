"""``anniversary``: a birthday, the first order's day, and whatever else comes round."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from streamseg.core.conditions.anniversary import Anniversary, Calendar
from streamseg.core.conditions.base import Anchor, EvalContext
from streamseg.core.conditions.dated import AttributeDate
from streamseg.core.contacts.contact import Contact
from streamseg.core.segments.definitions import Episode, Rung
from streamseg.core.values.dates import WrittenDate
from streamseg.core.values.zones import DAY_MS
from streamseg.rules.dates import Clock, Dated, DateKind, DateOf, Days, Offset
from streamseg.rules.kinds import Ascending, Choice, Integer, ListOf
from streamseg.rules.records import Field
from streamseg.rules.templates.base import Expansion, Template

_PLACEHOLDERS = [WrittenDate(1900, 1, 1), WrittenDate(1970, 1, 1)]
_COOLDOWN = 300 * DAY_MS


def _expand(values: Mapping[str, Any]) -> Expansion:
    dated: Dated = values["of"]
    source = dated.source
    calendar = Calendar(
        monthly=values["every"] == "month",
        at=values["at"],
        lasts=values["lasts"],
        which=tuple(sorted(set(values["which"] or ()))),
        leap_to_march=values["leap"] == "mar1",
        ignored=frozenset(values["ignore"]),
    )
    rules = [Anniversary(source, calendar, days, dated.zone) for _, days in values["offset"]]
    rungs = [Rung(label, rule) for (label, _), rule in zip(values["offset"], rules, strict=True)]

    def anchor(ctx: EvalContext) -> str:
        return rules[ctx.rung].anchor(ctx)

    def context(ctx: EvalContext) -> dict[str, Any]:
        return rules[ctx.rung].context(ctx)

    def can_return(contact: Contact, date: Anchor) -> bool:
        return any(rule.can_return(contact, date) for rule in rules)

    yearly_attribute = isinstance(source, AttributeDate) and not calendar.monthly
    return Expansion(
        rungs,
        Episode(anchor=anchor, context=context, can_return=can_return),
        is_ladder=False,
        cooldown=_COOLDOWN if yearly_attribute else None,
    )


TEMPLATE = Template(
    name="anniversary",
    doc="It is the yearly or monthly anniversary of a date, in the contact's local time. The "
    "contact is in the segment from `at` on that day, moved by `offset`, for `lasts` days. Each "
    "anniversary fires once. The date itself is no anniversary, and neither is a date in the "
    "future. For a yearly anniversary of an attribute the trigger has a cooldown of 300d, unless "
    "the rule sets another.",
    parameters={
        "of": Field(
            DateOf(),
            "the date: of an attribute, as `{attribute: birthday}`, or of the contact's first "
            "event of a type",
            required=True,
        ),
        "every": Field(Choice("year", "month"), "how often there is an anniversary", "year"),
        "offset": Field(
            Ascending(Offset(), "offset"),
            "how many days before (-7d) or after (7d) the anniversary; a list makes a rung of each",
            [("0d", 0)],
        ),
        "at": Field(Clock(seconds=True), "the time of day at which the contact enters", 0),
        "lasts": Field(Days(), "for how many days the contact stays in the segment", 1),
        "which": Field(
            ListOf(Integer(1, 9999)),
            "only these anniversaries, by number: the first, the fifth … (default: all); "
            "dates without a year have no numbers",
        ),
        "leap": Field(
            Choice("feb28", "mar1"), "the day that stands for 29 February in other years", "feb28"
        ),
        "ignore": Field(
            ListOf(DateKind()), "dates to ignore, as forms fill them in by default", _PLACEHOLDERS
        ),
    },
    expand=_expand,
    context=("anniversary.date", "anniversary.number"),
    example="{of: {attribute: birthday}, at: 09:00, offset: [-7d, 0d]}",
)
