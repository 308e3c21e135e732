"""Rules under which a contact could outgrow a changelog record are refused; defaults never are."""

import pytest

from streamseg.core.contacts.contact import MAX_BYTES
from streamseg.rules import parse_rules
from streamseg.rules.conditions.base import condition_specs
from streamseg.rules.explaining import explain
from streamseg.rules.templates.base import templates

from .drawing import expect, refuse, rules_file

SESSIONS = "aggregate: distinct, of: session, over: page_viewed, within: 30d"


def test_the_segment_that_takes_most_is_named_with_a_way_out() -> None:
    refuse(
        "- {name: seen, on: product_viewed}\n"
        f"- {{name: many, per: §category, when: {{{SESSIONS}, gte: 900}}, trigger: {{}}}}",
        "4,000 kB",
        "many",
        "64 values of `category`",
        "max_keys",
    )
    refuse(
        f"- {{name: many, per: category, max_keys: §100, when: {{{SESSIONS}, gte: 900}},"
        " trigger: {}}",
        "100 values",
        "a lower `max_keys` than 100",
    )
    refuse(f"- {{name: §huge, when: {{{SESSIONS}, gte: 100000}}, trigger: {{}}}}", "ask for less")


def test_fewer_keys_fit() -> None:
    parse_rules(
        rules_file(
            f"- {{name: many, per: category, max_keys: 16, when: {{{SESSIONS}, gte: 900}},"
            " trigger: {}}"
        )
    )


def test_what_the_defaults_come_to_fits_several_times() -> None:
    for one in templates().values():
        for given in (one.example, "{}"):
            try:
                rule = f"- {{name: s, use: {one.name}, with: {given}}}"
                rules = parse_rules(rules_file(rule, one.value))
            except Exception:
                if given == "{}" and any(field.required for field in one.parameters.values()):
                    continue
                raise
            assert explain(rules).most < MAX_BYTES / 4, one.name
    for spec in condition_specs().values():
        if spec.word != "in_segment":
            per = "per: product, " if spec.per_product else ""
            when = f"{{all: [{{did: product_viewed}}, {spec.example}]}}"
            rule = f"- {{name: s, {per}when: {when}, trigger: {{}}}}"
            rules = parse_rules(rules_file(rule, spec.value))
            assert explain(rules).most < MAX_BYTES / 4, spec.word


@pytest.mark.parametrize("figure", ["sum", "avg", "min", "max", "distinct"])
def test_an_aggregate_per_key_fits_with_the_default_of_max_keys(figure: str) -> None:
    rule = f"aggregate: {figure}, of: price, over: product_viewed, within: 30d, gte: 3"
    rules = parse_rules(
        rules_file(f"- {{name: s, per: category, when: {{{rule}}}, trigger: {{}}}}")
    )
    assert explain(rules).most < MAX_BYTES / 4


@pytest.mark.parametrize("least", [1200, 1201])
def test_as_many_values_are_told_apart_as_are_asked_for(least: int) -> None:
    drawn = "; ".join(
        f"10:{n // 60:02d}:{n % 60:02d} page_viewed c1 session=s{n}" for n in range(1200)
    )
    expect(
        f"- {{name: many, when: {{{SESSIONS}, gte: {least}}}, trigger: {{}}}}",
        drawn,
        "10:19:59 fired many c1" if least == 1200 else "",
    )
