"""A rule file, as the reference reads it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from .values import UNIT_MS, Json, duration_ms

MOVES = ("moved", "rfm_moved", "lifecycle_moved", "tier_moved")
DEFAULTS: dict[str, dict[str, Json]] = {
    "abandoned_cart": {"after": "1h", "max_age": "10d", "order_closes": "related"},
    "back_in_stock": {
        "by": ["viewed", "requested"],
        "within": "90d",
        "while": "out_of_stock",
        "hold": "0s",
        "repeat": "once",
    },
    "inactivity": {"after": "30d", "of": "any"},
    **{name: {"to": "any", "from": "any", "settle": "0s"} for name in MOVES},
}
PARTS = ("all", "any")


@dataclass(frozen=True)
class Segment:
    place: int
    """Its place in the file."""
    name: str
    per: str | None
    max_keys: int
    when: Json
    """The condition of a `when` segment or of an instant rule, or what narrows a template; None:
    none is asked."""
    template: str | None
    parameters: Mapping[str, Json]
    on: str | None
    where: Json
    fires: bool
    membership: bool
    options: Mapping[str, Json] = field(default_factory=dict)
    policy: Mapping[str, Json] | None = None

    @property
    def rungs(self) -> list[str | None]:
        after = self.parameters.get("after")
        return [None] if after is None else list(after) if isinstance(after, list) else [after]

    def milliseconds(self, parameter: str) -> int:
        return duration_ms(self.parameters[parameter])


def segment_of(rule: Mapping[str, Any], place: int) -> Segment:
    template, trigger = rule.get("use"), rule.get("trigger")
    only_when = "when" in rule and not {"on", "use"} & rule.keys()
    fires = trigger is not False and (trigger is not None or not only_when)
    return Segment(
        place=place,
        name=rule["name"],
        per="product" if template == "back_in_stock" else rule.get("per"),
        max_keys=rule.get("max_keys", 64),
        when=rule.get("when"),
        template=template,
        parameters=DEFAULTS[template] | rule.get("with", {}) if template else {},
        on=rule.get("on"),
        where=rule.get("where"),
        fires=fires,
        membership=rule.get("membership", False),
        options=trigger if isinstance(trigger, dict) else {},
        policy=rule.get("policy"),
    )


def segments_of(rules: Mapping[str, Any]) -> list[Segment]:
    return [segment_of(rule, place) for place, rule in enumerate(rules["segments"])]


def conditions_in(condition: Json) -> Iterator[Mapping[str, Json]]:
    """The conditions at the leaves of `all`, `any` and `not`."""
    if condition is None:
        return
    for part in PARTS:
        if part in condition and isinstance(condition[part], list):
            for each in condition[part]:
                yield from conditions_in(each)
            return
    if "not" in condition:
        yield from conditions_in(condition["not"])
    else:
        yield condition


def needs(segment: Segment) -> set[str]:
    """The segments that its `in_segment` conditions ask."""
    return {c["in_segment"] for c in conditions_in(segment.when) if "in_segment" in c}


def in_dependency_order(segments: list[Segment]) -> list[Segment]:
    """A segment after those that it asks; there are no cycles."""
    done: list[Segment] = []
    while len(done) < len(segments):
        names = {segment.name for segment in done}
        done += [s for s in segments if s not in done and needs(s) <= names]
    return done


def durations_in(rules: Json) -> set[int]:
    """Every duration that stands anywhere in the rules, and the defaults of the templates."""
    if isinstance(rules, str):
        unit = rules.lstrip("0123456789")
        return {duration_ms(rules)} if rules[:1].isdigit() and unit in UNIT_MS else set()
    if isinstance(rules, dict):
        rules = list(rules.values())
    if isinstance(rules, list | tuple):
        return {each for part in rules for each in durations_in(part)}
    return set()
