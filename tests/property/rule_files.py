"""Rule files over the grammar of conditions, templates and trigger options."""

from typing import Any

from hypothesis import strategies as st

from .grid import durations, either, ladders

Rule = dict[str, Any]

TYPES = [
    "product_viewed", "cart_item_added", "order_placed", "page_viewed", "searched", "quiz_done",
]  # fmt: skip


def merged(*parts: Rule) -> Rule:
    return {name: value for part in parts for name, value in part.items()}


def optional(name: str, values: st.SearchStrategy[Any]) -> st.SearchStrategy[Rule]:
    """A field that stands there or does not."""
    return either(st.just({}), values.map(lambda value: {name: value}))


def fields(*parts: st.SearchStrategy[Rule]) -> st.SearchStrategy[Rule]:
    return st.builds(merged, *parts)


def field(name: str, values: st.SearchStrategy[Any]) -> st.SearchStrategy[Rule]:
    return values.map(lambda value: {name: value})


wheres = st.sampled_from(
    [
        {"category": "bags"},
        {"category": {"ne": "bags"}},
        {"price": {"gte": 5}},
        {"price": {"gt": 0.1, "lt": 20}},
        {"price": {"exists": False}},
        {"price": {"exists": True}},
        {"price": 20},
        {"product": {"in": ["p", "x"]}},
        {"category": {"not_in": ["hats"]}, "price": {"lte": 9.99}},
        {"query": {"prefix": "red"}},
        {"query": {"contains": "a"}},
    ]
)
event_types = st.sampled_from(TYPES)
counts = st.sampled_from(
    [
        *({}, {"at_least": 1}, {"at_least": 2}, {"at_most": 0}, {"at_most": 1}),
        *({"at_least": 1, "at_most": 1}, {"at_least": 2, "at_most": 3}),
    ]
)
did = fields(
    field("did", either(event_types, st.just("any"))),
    either(st.just({}), field("where", wheres)),
    counts,
    optional("within", durations),
)
idle = fields(
    field(
        "idle",
        either(
            event_types, st.just("any"), st.lists(event_types, min_size=1, max_size=2, unique=True)
        ),
    ),
    field("for", durations),
    either(st.just({}), st.just({}), field("where", wheres)),
)
attribute = st.sampled_from(
    [
        {"attribute": "country", "in": ["PL", "UA"]},
        {"attribute": "country", "eq": "PL"},
        {"attribute": "country", "ne": "PL"},
        {"attribute": "country", "exists": False},
        {"attribute": "age", "gte": 18},
        {"attribute": "age", "lt": 18},
        {"attribute": "address.city", "prefix": "L"},
        {"attribute": "address.city", "not_in": ["Lviv"]},
    ]
)
numbers = st.sampled_from([{"gte": 1}, {"gte": 2}, {"lt": 2}, {"eq": 1}, {"gt": 1, "lte": 20}])
cart = field(
    "cart",
    either(
        field("items", numbers),
        field("idle", durations),
        fields(
            optional("items", numbers),
            optional("total", st.sampled_from([{"gte": 5}, {"eq": 0.3}, {"lt": 20}])),
            optional("contains", st.sampled_from([{"product": "p"}, {"category": "bags"}])),
            field("idle", durations),
        ),
    ),
)
kinds_of_interest = st.lists(
    st.sampled_from(["viewed", "wishlist", "cart", "requested"]),
    min_size=1,
    max_size=3,
    unique=True,
)
interest = field(
    "interest",
    fields(
        field("by", kinds_of_interest),
        field("within", durations),
        field("while", st.sampled_from(["out_of_stock", "any"])),
    ),
)
product = field(
    "product",
    st.sampled_from(
        [
            {"stock": {"gt": 0}},
            {"stock": {"lte": 0}},
            {"price": {"lt": 9.99}},
            {"price": {"exists": False}},
            {"category": {"ne": "bags"}},
            {"stock": {"gt": 0}, "price": {"gte": 1}},
            {"price_drop": {"gte": "10%"}},
            {"price_drop": {"gte": "50%", "from": "seen"}},
            {"price_drop": {"gte": "10%", "from": "last"}},
        ]
    ),
)
figures: st.SearchStrategy[Rule] = st.sampled_from(
    [
        {"gte": 1},
        {"gt": 0},
        {"lt": 2},
        {"eq": 0.3},
        {"gt": 0.1, "lte": 20},
        {"ne": 0},
        {"in": [1, 5]},
    ]
)
aggregate = fields(
    field("aggregate", st.sampled_from(["sum", "avg", "min", "max", "distinct"])),
    st.sampled_from(
        [
            {"of": "price", "over": "product_viewed"},
            {"of": "price", "over": "cart_item_added"},
            {"of": "price", "over": ["searched", "product_viewed"]},
            {"of": "total", "over": "order_placed"},
            {"of": "score", "over": "quiz_done"},
            {"of": "category", "over": "any"},
        ]
    ),
    either(st.just({}), st.just({}), field("where", wheres)),
    optional("within", durations),
    figures,
)
followed = field(
    "followed",
    fields(
        st.sampled_from(
            [
                {"first": "product_viewed", "by": "cart_item_added"},
                {"first": "searched", "by": "product_viewed"},
                {"first": "page_viewed", "by": "order_placed"},
                {"first": "message_sent", "by": "any"},
                {"first": "any", "by": ["contact_updated", "message_sent"]},
            ]
        ),
        field("within", durations),
        optional("last", durations),
    ),
)
not_followed = field(
    "not_followed",
    fields(
        st.sampled_from(
            [
                {"first": "product_viewed", "by": ["cart_item_added", "order_placed"]},
                {"first": "searched", "by": ["product_viewed"]},
                {"first": "page_viewed", "by": ["order_placed"]},
            ]
        ),
        field("within", durations),
    ),
)
counted = either(did, idle, did, aggregate, followed, not_followed, not_followed, aggregate)
leaves = either(counted, counted, counted, attribute, cart)


def nested(of: st.SearchStrategy[Any]) -> st.SearchStrategy[Rule]:
    """all, any and not of conditions."""
    some = st.lists(of, min_size=1, max_size=2)
    return either(of, field("all", some), field("any", some), field("not", of), field("all", some))


conditions = nested(nested(leaves))


def in_all(
    first: st.SearchStrategy[Rule], other: st.SearchStrategy[Rule]
) -> st.SearchStrategy[Rule]:
    """A condition, or it and another one."""
    return either(first, field("all", st.tuples(first, nested(other)).map(list)))


keyed_conditions = fields(
    st.just({"per": "product"}),
    field("when", in_all(either(interest, interest, counted), either(product, interest, leaves))),
)
triggers = fields(
    either(st.just({}), field("cooldown", durations)),
    either(st.just({}), st.just({}), field("limit", st.sampled_from([1, 2]))),
    st.sampled_from([{}, {}, {}, {"cancel": False}]),
)
perhaps_triggers = either(
    st.just({}), st.just({}), field("trigger", triggers), st.just({"trigger": False})
)
unkeyed_segments = fields(field("when", conditions), field("trigger", triggers))
few_keys = either(st.just({}), st.just({}), st.just({"max_keys": 1}), st.just({"max_keys": 2}))
keyed_segments = fields(keyed_conditions, field("trigger", triggers), few_keys)
searches = either(
    fields(
        field("did", st.sampled_from(["searched", "any"])), counts, optional("within", durations)
    ),
    fields(field("idle", st.sampled_from(["searched", "any"])), field("for", durations)),
    fields(st.just({"aggregate": "sum", "of": "price", "over": "searched"}), figures),
)


segments_by_field = fields(
    either(
        fields(st.just({"per": "category"}), field("when", in_all(counted, leaves))),
        fields(st.just({"per": "category"}), field("when", in_all(counted, leaves))),
        fields(st.just({"per": "query"}), field("when", in_all(searches, leaves))),
    ),
    field("trigger", triggers),
    few_keys,
)
instant_rules = fields(
    field("on", event_types),
    either(st.just({}), field("where", wheres)),
    either(
        optional("when", conditions),
        fields(st.just({"per": "category"}), optional("when", nested(leaves)), few_keys),
        fields(keyed_conditions, few_keys),
    ),
    either(st.just({}), field("trigger", triggers)),
)
silent_segments = field("when", conditions)
after = either(durations, ladders)
carts_left = fields(
    st.just({"use": "abandoned_cart"}),
    field(
        "with",
        fields(
            field("after", after),
            optional("min_total", st.sampled_from([5, 0.3, 20])),
            st.sampled_from([{}, {}, {"max_age": "9s"}, {"max_age": "12s"}]),
            st.sampled_from([{}, {}, {"order_closes": "any"}, {"order_closes": "related"}]),
        ),
    ),
)
restocks = fields(
    st.just({"use": "back_in_stock"}),
    either(
        st.just({}),
        field(
            "with",
            fields(
                optional("by", kinds_of_interest),
                optional("within", st.sampled_from(["3s", "8s", "8s", "12s"])),
                optional("while", st.sampled_from(["out_of_stock", "any"])),
                either(st.just({}), st.just({}), field("hold", durations)),
                optional("repeat", st.sampled_from(["once", "each_restock"])),
            ),
        ),
    ),
)
silences = fields(
    st.just({"use": "inactivity"}),
    field(
        "with",
        fields(
            field("after", after),
            optional(
                "of",
                either(st.just("any"), st.lists(event_types, min_size=1, max_size=2, unique=True)),
            ),
        ),
    ),
)
narrowing = optional("when", nested(leaves))
narrowing_per_product = optional("when", nested(either(leaves, product, interest)))
prices_fallen = fields(
    st.just({"per": "product"}),
    field(
        "when",
        st.sampled_from(
            [
                {"all": [{"did": "product_viewed"}, {"product": {"price_drop": drop}}]}
                for origin in ("seen", "last")
                for drop in ({"gte": "10%", "from": origin}, {"gte": "90%", "from": origin})
            ]
        ),
    ),
    field("trigger", triggers),
)
carts_worth = fields(
    field(
        "when",
        field(
            "cart",
            field("total", st.sampled_from([{"gte": 5}, {"eq": 10}, {"lt": 20}, {"gt": 20}])),
        ),
    ),
    field("trigger", triggers),
)
families = [
    prices_fallen,
    carts_worth,
    fields(carts_left, narrowing, perhaps_triggers),
    fields(restocks, narrowing_per_product, perhaps_triggers, few_keys),
    fields(silences, narrowing, perhaps_triggers),
    unkeyed_segments,
    keyed_segments,
    segments_by_field,
    instant_rules,
]
"""Kinds of segments; a file has segments of one kind, or of all."""

all_families = either(*families, silent_segments)


def asking(segment: Rule, how: str, name: str) -> Rule:
    """The segment, with the condition that its contacts are in another one, or are not."""
    if "when" not in segment:
        return segment
    condition = {"in_segment": name}
    if how == "not":
        return segment | {"when": {"all": [segment["when"], {"not": condition}]}}
    return segment | {"when": {how: [segment["when"], condition]}}


@st.composite
def rule_files(draw: st.DrawFn) -> Rule:
    """A rule file of one to three segments, of which some ask of others."""
    family = draw(st.sampled_from([all_families, all_families, *families]))
    drawn = draw(st.lists(family, min_size=1, max_size=3))
    membership = optional("membership", st.just(True))
    segments = [
        {"name": f"s{n}"} | segment | ({} if "on" in segment else draw(membership))
        for n, segment in enumerate(drawn)
    ]
    for n in range(1, len(segments)):
        how = draw(st.sampled_from(["", "", "all", "any", "not"]))
        if how and "on" not in segments[n - 1]:
            segments[n] = asking(segments[n], how, f"s{n - 1}")
    if draw(st.booleans()):
        segments.reverse()
    return {"version": 1, "segments": segments}
