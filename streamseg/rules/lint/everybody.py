"""A condition that is true of everybody."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from streamseg.core.conditions.base import ALWAYS, EvalContext
from streamseg.core.contacts.contact import new_contact
from streamseg.core.segments.rule_set import RuleSet
from streamseg.rules.document import Node
from streamseg.rules.lint.uses import Uses, fields_of

_FIRST_EVENT: Final = (
    "true of whoever has done nothing yet, so everybody enters with their first event; "
    "add in `all:` what they must have done, such as `did: order_placed`"
)


def true_of_everybody(uses: Sequence[Uses], rules: RuleSet) -> Iterator[tuple[Node, str]]:
    """Conditions that ask nothing, and segments that fire for every new contact."""
    for segment, compiled in zip(uses, rules.defined, strict=True):
        for leaf in segment.leaves:
            fields = fields_of(leaf)
            if "did" in fields and "at_most" not in fields and leaf.at("at_least").value == 0:
                yield (
                    leaf.at("at_least"),
                    "at least 0 is true of everybody; write 1 or more, or leave the condition out",
                )
        definition = compiled.definition
        if "use" in segment.fields or definition.on or compiled.per or not definition.trigger:
            continue
        nobody = EvalContext().look_at(new_contact(b"", 0))
        if compiled.rungs[0].condition.at(nobody, 0) == ALWAYS:
            yield segment.fields["when"], _FIRST_EVENT
