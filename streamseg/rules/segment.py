"""A segment of a rule file, read and turned into the core's definition."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

from msgspec import structs

from streamseg.core.conditions.base import Condition, EvalContext
from streamseg.core.conditions.logic import All
from streamseg.core.conditions.narrowed import Narrowed
from streamseg.core.segments.definitions import Definition, Episode, Rung, TriggerOptions
from streamseg.core.segments.key_groups import Columns
from streamseg.core.values.predicates import canonical
from streamseg.rules.conditions.base import Written
from streamseg.rules.contexts import EVENT, PRODUCT, check_favourites, of_event, with_context
from streamseg.rules.document import Node
from streamseg.rules.policies.membership import membership_of
from streamseg.rules.policies.segment import policy_of
from streamseg.rules.reading import Bad, JsonSchema, Kind, Scope
from streamseg.rules.records import normal_fields, normal_of_file, pairs_of, read_fields
from streamseg.rules.segment_fields import SEGMENT_FIELDS
from streamseg.rules.templates.base import Template, templates
from streamseg.rules.value.terms import Value


class SegmentKind(Kind):
    """A segment; read as a Definition."""

    def read(self, node: Node, scope: Scope) -> Definition:
        given = pairs_of(node, scope)
        name = node.at("name").value if "name" in given else ""
        scope = structs.replace(scope, per=_per_of(given), segment=str(name))
        is_shaped = _check_shape(given, node, scope)
        values = read_fields(SEGMENT_FIELDS, given, node, scope)
        if not is_shaped:
            raise Bad
        check_favourites(values["trigger"], node, scope)
        if values["use"] is not None:
            definition = _from_template(values, given, node, scope)
        else:
            definition = _from_conditions(values, scope.value)
        definition.policy = policy_of(
            values["policy"], definition.name, definition.trigger is not None, node, scope
        )
        definition.membership, definition.consents = membership_of(values["membership"], scope)
        if definition.consents and definition.on is not None:
            raise scope.fail(node.at("membership"), "nobody stays in an instant rule: leave it out")
        is_written = definition.per is not None and values["use"] is None
        if is_written and definition.on is None and not _has_keys(definition):
            raise scope.fail(
                node.at("when"),
                f"nothing here gives the segment a key: add a condition on events that carry "
                f"`{definition.per}`, such as `did`",
            )
        return definition

    def schema(self) -> JsonSchema:
        return {"$ref": "#/$defs/segment"}


def _has_keys(definition: Definition) -> bool:
    """Whether some event can touch a key of a segment; without any key it can have no members."""
    keyed = Columns()
    for rung in definition.rungs:
        rung.condition.bind(Columns(), keyed)
    return bool(keyed.features)


def _per_of(given: Mapping[str, tuple[Node, Node]]) -> str | None:
    """The field of the key for which conditions count; a template has its own."""
    values = {name: given[name][1].value for name in ("use", "per") if name in given}
    template = templates().get(values["use"]) if isinstance(values.get("use"), str) else None
    if template is not None:
        return template.per
    per = values.get("per")
    return per if isinstance(per, str) else None


def _check_shape(given: Mapping[str, tuple[Node, Node]], node: Node, scope: Scope) -> bool:
    """Report fields that do not go together; returns whether there are none."""
    forms = [form for form in ("use", "when", "on") if form in given]
    bad = False
    if not forms:
        scope.report(node, "a segment needs `use:` (a template), `when:` or `on:`")
        bad = True
    for other in ("on", "per"):
        if "use" in given and other in given:
            scope.report(given[other][0], f"`{other}` does not go with `use`")
            bad = True
    for dependent, needed in (("with", "use"), ("where", "on")):
        if dependent in given and needed not in given:
            scope.report(given[dependent][0], f"`{dependent}` needs `{needed}`")
            bad = True
    if "max_keys" in given and not {"per", "use"} & given.keys():
        scope.report(given["max_keys"][0], "`max_keys` needs `per`")
        bad = True
    return not bad


def _from_template(
    values: Mapping[str, Any],
    given: Mapping[str, tuple[Node, Node]],
    node: Node,
    scope: Scope,
) -> Definition:
    template: Template = templates()[values["use"]]
    parameters_node: Node = values["with"] or Node([], node.line, node.column, is_mapping=True)
    parameters = read_fields(
        template.parameters, pairs_of(parameters_node, scope), parameters_node, scope
    )
    where = given["with"][1] if "with" in given else node
    parameters |= {name: take(where, scope) for name, take in template.of_file.items()}
    if template.check is not None:
        template.check(parameters, where, scope)
    expansion = template.expand(parameters)
    normal = [
        template.name,
        normal_fields(template.parameters, parameters)
        | normal_of_file(template.of_file, parameters),
    ]
    rungs = expansion.rungs
    narrowing: Written | None = values["when"]
    if narrowing is not None:
        condition = narrowing.build()
        if expansion.cart is not None:
            condition.use_cart(expansion.cart)
        rungs = [Rung(one.label, Narrowed(one.condition, condition)) for one in rungs]
        normal.append(narrowing.normal())
    definition = _definition(
        values,
        rungs,
        expansion.episode,
        template.per,
        normal,
        own=template.context,
        fires=True,
        value=scope.value,
    )
    definition.is_ladder = definition.is_ladder and expansion.is_ladder
    trigger = definition.trigger
    if trigger is not None and trigger.cooldown is None:
        definition.trigger = structs.replace(trigger, cooldown=expansion.cooldown)
    return definition


def _from_conditions(values: Mapping[str, Any], value: Value) -> Definition:
    written: Written | None = values["when"]
    condition: Condition = written.build() if written else All([])
    per = values["per"]
    instant = values["on"] is not None

    def context(ctx: EvalContext) -> dict[str, Any]:
        told: dict[str, Any] = {}
        if per == "product":
            told["product"] = {"id": ctx.key}
            if ctx.facts is not None:
                told["product"] |= {"stock": ctx.facts.stock, "price": ctx.facts.price}
        elif per is not None:
            told[per] = ctx.key
        return told | of_event(ctx.event) if instant and ctx.event is not None else told

    normal = [
        values["on"],
        values["where"].text if values["where"] else None,
        written.normal() if written else None,
    ]
    rungs = [Rung(None, condition)]
    own = context_paths(per, is_instant=instant)
    return _definition(
        values,
        rungs,
        Episode(context=context),
        per,
        normal,
        own=own,
        fires=instant,
        value=value,
    )


def context_paths(per: str | None, *, is_instant: bool) -> tuple[str, ...]:
    """The paths of the context of a segment without a template."""
    of_key = () if per is None else PRODUCT if per == "product" else (per,)
    return (*of_key, *EVENT) if is_instant else of_key


def _definition(
    values: Mapping[str, Any],
    rungs: list[Rung],
    episode: Episode,
    per: str | None,
    normal: Any,
    *,
    own: tuple[str, ...],
    fires: bool,
    value: Value,
) -> Definition:
    """``own`` are the paths of the segment's context; ``fires``: unless it is said otherwise.
    ``value`` is what the file says of value.
    """
    trigger = values["trigger"]
    if trigger is None:
        trigger = TriggerOptions() if fires else False
    if trigger and trigger.context:
        rungs, episode = with_context(rungs, episode, trigger.context, own, value.favourites)
    shape = canonical(
        [per, values["max_keys"], normal, SEGMENT_FIELDS["trigger"].kind.normal(trigger)]
    )
    model = "" if value.predictor is None else value.predictor.model.text
    on = None if values["on"] is None else (values["on"], values["where"])
    return Definition(
        name=values["name"],
        version=_digest(shape),
        besides_model=_digest(shape.replace(model, "")) if model and model in shape else None,
        kind=values["use"] or ("when" if values["on"] is None else "on"),
        rungs=rungs,
        episode=episode,
        per=per,
        on=on,
        trigger=trigger or None,
        max_keys=values["max_keys"],
        is_ladder=len(rungs) > 1,
        fires_on_deploy=values["on_deploy"] == "fire",
        fires_on_table=values["on_table"] == "fire",
    )


def _digest(text: str) -> str:
    return blake2b(text.encode(), digest_size=6).hexdigest()
