"""Rule files with policies, and streams with what policies ask about.

Clocks have whole minutes, so all that the grid has in seconds is stretched to minutes.
"""

import re
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from . import cases
from .driver import Case
from .grid import LENGTH, ORIGIN_MS, STEP_MS, durations, either
from .rule_files import Rule, field, fields, optional

Record = dict[str, Any]
STRETCH = 60

consents = st.just(
    {
        "email": {"grant": "consent.email", "channel": "email"},
        "push": {"grant": "consent.push", "channel": "push", "expires": "6s"},
    }
)
clocks = st.integers(0, 24).map(lambda minute: f"10:{minute:02d}")
quiet_hours = st.tuples(clocks, clocks).filter(lambda both: both[0] != both[1])
quiet = quiet_hours.map(lambda both: {"from": both[0], "to": both[1]})
limits = st.sampled_from([1, 1, 1, 2, 0, {"attribute": "n", "default": 1}])
counting = st.sampled_from(
    [
        {},
        {},
        {"count": ["fired", "sent"], "channel": "email"},
        {"count": ["sent"], "channel": "email"},
    ]
)
cap = fields(
    field("max", limits), either(field("within", durations), st.just({"per": "day"})), counting
)
caps = st.lists(cap, min_size=1, max_size=2).map(
    lambda drawn: {f"cap{n}": one for n, one in enumerate(drawn)}
)
holdouts = st.sampled_from([{"percent": percent, "seed": "s"} for percent in (0, 50, 50)])
expiries = either(durations, durations, st.just("1d"), st.just("0s"))
shared = fields(
    st.just({"zone": {"attribute": "tz"}}),
    optional("consent", consents),
    optional("quiet", quiet),
    optional("caps", caps),
    either(st.just({}), st.just({}), field("holdout", holdouts)),
    either(st.just({}), st.just({}), field("snooze", st.just("pause"))),
    optional("expires", expiries),
)
pauses = st.integers(0, LENGTH).map(lambda n: f"2026-11-21T10:{n:02d}:00Z")
own = fields(
    either(st.just({}), st.just({}), field("quiet", either(st.just("none"), quiet))),
    field("priority", st.sampled_from([50, 50, 20, 80])),
    optional("expires", expiries),
    either(st.just({}), st.just({}), field("paused", either(st.just(True), pauses, pauses))),
    either(
        st.just({}),
        st.just({}),
        st.just({"split": {"of": {"x": 40, "control": 60}, "seed": "k"}}),
    ),
    either(
        st.just({}),
        st.just({}),
        clocks.map(
            lambda at: {"send_at": {"best": {"else": at, "within": "1ms"}}, "expires": "9s"}
        ),
    ),
)
asked_consents = st.sampled_from([["email"], ["email", "push"], ["push"], "none"])


@st.composite
def with_policies(draw: st.DrawFn, rules: Rule) -> Rule:
    """The rules, with policies for all and for some."""
    policies = draw(shared)
    segments = []
    for segment in rules["segments"]:
        policy = draw(either(st.just({}), own))
        if "consent" in policies:
            policy = policy | {"consent": draw(asked_consents)}
        if "caps" in policies and draw(st.integers(0, 3)) == 0:
            policy = policy | {"caps": draw(st.sampled_from(["none", ["cap0"]]))}
        fires = segment.get("trigger", None if "when" in segment else {})
        is_told = "on" in segment or "use" in segment or fires not in (None, False)
        is_told = is_told and segment.get("trigger") is not False
        segments.append(segment | ({"policy": policy} if policy and is_told else {}))
    return {"version": 1, "policies": policies, "segments": segments}


def stretched(value: Any, name: str = "") -> Any:
    """What is said in seconds, said in minutes."""
    if isinstance(value, dict):
        return {key: stretched(one, key) for key, one in value.items()}
    if isinstance(value, list):
        return [stretched(one, name) for one in value]
    if isinstance(value, str) and re.fullmatch(r"\d+s", value):
        return f"{value[:-1]}m"
    if isinstance(value, str) and re.fullmatch(r"\d+ms", value):
        return f"{int(value[:-2]) * STRETCH}ms"
    return value


def later(time: int) -> int:
    return ORIGIN_MS + (time - ORIGIN_MS) * STRETCH


steps = st.integers(0, LENGTH)
told_of_contacts = st.sampled_from(
    [
        *[("contact_updated", {"consent": {"email": True, "push": True}})] * 4,
        ("contact_updated", {"consent": {"email": True}}),
        ("contact_updated", {"consent": {"push": True}}),
        ("contact_updated", {"consent": None}),
        ("contact_updated", {"tz": "+00:02"}),
        ("contact_updated", {"tz": "+13:55"}),
        ("contact_updated", {"tz": "-10:04"}),
        ("contact_updated", {"tz": "Mars/X"}),
        *[("contact_updated", {"n": n}) for n in (0, 1, 2, "1")],
        *[("contact_updated", {"pause": later(ORIGIN_MS + n * STEP_MS)}) for n in (3, 8, 12)],
        ("contact_updated", {"pause": None}),
        ("message_unsubscribed", {"channel": "email"}),
        ("message_complained", {"channel": "push"}),
        *[("message_sent", {"channel": "email"})] * 3,
    ]
)
told_events = st.builds(
    lambda said, contact, step: {
        "type": said[0],
        "contact": contact,
        "time": later(ORIGIN_MS + step * STEP_MS),
        "data": said[1],
    },
    told_of_contacts,
    st.sampled_from(["a", "a", "a", "b"]),
    steps,
)


def stretched_event(event: Record) -> Record:
    made = event | {"time": later(event["time"])}
    if "received" in event:
        made["received"] = made["time"] - (event["time"] - event["received"])
    return made


@st.composite
def stretched_case(draw: st.DrawFn, case: Case, *, in_order: bool) -> Case:
    """A case with policies, and events that matter to them."""
    rules = stretched(draw(with_policies(case.rules)))
    events = [stretched_event(event) for event in case.events]
    if "consent" in rules["policies"] and draw(st.integers(0, 3)):
        yes = {"consent": {"email": True, "push": True}}
        first = {"type": "contact_updated", "time": ORIGIN_MS, "data": yes}
        events[:0] = [first | {"contact": "a"}, first | {"contact": "b"}]
    for event in draw(st.lists(told_events, max_size=8)):
        at = draw(st.integers(0, len(events)))
        events.insert(at, event)
    if in_order:
        events.sort(key=lambda event: event["time"])
    lateness = stretched(case.lateness)
    return replace(case, rules=rules, events=events, until=later(case.until), lateness=lateness)


def in_order() -> st.SearchStrategy[Case]:
    """Events that arrive in the order of their times."""
    return cases.in_order().flatmap(lambda case: stretched_case(case, in_order=True))


def in_disorder() -> st.SearchStrategy[Case]:
    """Events of which some arrive late."""
    return cases.in_disorder().flatmap(lambda case: stretched_case(case, in_order=False))
