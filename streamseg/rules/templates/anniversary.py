"""``anniversary``: a birthday, the first order's day, and whatever else comes round."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from streamseg.core.conditions.anniversary import Anniversary, Calendar
from streamseg.core.conditions.base import Anchor, EvalContext
from streamseg.core.conditions.dated import AttributeDate
from streamseg.core.contact import Contact
from streamseg.core.dates import WrittenDate
from streamseg.core.definitions import Episode, Rung
from streamseg.core.zones import DAY_MS
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

    def recalls(contact: Contact, date: Anchor) -> bool:
        return any(rule.recalls(contact, date) for rule in rules)

    yearly_attribute = isinstance(source, AttributeDate) and not calendar.monthly
    return Expansion(
        rungs,
        Episode(anchor=anchor, context=context, recalls=recalls),
        is_ladder=False,
        cooldown=_COOLDOWN if yearly_attribute else None,
    )


TEMPLATE = Template(
    name="anniversary",
    doc="A date of the contact comes round, each year or each month, by the contact's own clock: "
    "in from `at` on the day, `offset` earlier or later, for as many days as it `lasts`. Each "
    "anniversary is told once. The date itself and one to come are no anniversaries. Of an "
    "attribute that comes round yearly the trigger has a cooldown of 300d, unless it names "
    "another.",
    parameters={
        "of": Field(
            DateOf(),
            "where the date comes from: `{attribute: birthday}`, or the first event of a kind",
            required=True,
        ),
        "every": Field(Choice("year", "month"), "how often it comes round", "year"),
        "offset": Field(
            Ascending(Offset(), "offset"),
            "how many days before (-7d) or after; a rung each",
            [("0d", 0)],
        ),
        "at": Field(Clock(seconds=True), "from what time of the day", 0),
        "lasts": Field(Days(), "for how many days", 1),
        "which": Field(
            ListOf(Integer(1, 9999)), "only these: the first, the fifth … (all); a year is needed"
        ),
        "leap": Field(
            Choice("feb28", "mar1"), "what 29 February is in years that have none", "feb28"
        ),
        "ignore": Field(
            ListOf(DateKind()), "dates that forms fill in by themselves", _PLACEHOLDERS
        ),
    },
    expand=_expand,
    context=("anniversary.date", "anniversary.number"),
    example="{of: {attribute: birthday}, at: 09:00, offset: [-7d, 0d]}",
)
