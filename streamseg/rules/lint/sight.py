"""A segment that nobody can see."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from streamseg.core.segments.rule_set import RuleSet
from streamseg.rules.document import Node
from streamseg.rules.lint.uses import Uses


def seen_by_nobody(uses: Sequence[Uses], rules: RuleSet) -> Iterator[tuple[Node, str]]:
    """Segments whose members nothing shows: they fire nothing, tell no membership, and no other
    segment or count asks about them.
    """
    if rules.counting is not None:
        return
    asked = {name for segment in uses for name in segment.asks}
    for segment in uses:
        fields = segment.fields
        only_when = not {"use", "on"} & fields.keys()
        fires = fields["trigger"].value is not False if "trigger" in fields else not only_when
        told = "membership" in fields and fields["membership"].value is not False
        if fires or told or segment.name in asked:
            continue
        if "on" in fields:
            way_out = "leave `trigger: false` out"
        else:
            way_out = "add `trigger: {}` or `membership: true`, or ask about it with `in_segment`"
        yield fields["name"], f"nobody sees who is in {segment.name!r}; {way_out}"
