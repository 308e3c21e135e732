"""Answers the API's questions about rules, checked and tested in processes of their own."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec
from msgspec.structs import asdict

from streamseg.core.values.timestamps import parse_duration
from streamseg.rules import checking
from streamseg.stream.programs import Programs
from streamseg.web.answers import RuleProblem, RulesChecked, RulesTested, RulesToTest
from streamseg.web.problems import Problem

SECONDS: Final = 20.0
_encode: Final = msgspec.json.Encoder().encode


class _Tested(RulesTested):
    """What `replay.backtest` answers; ``rule_error`` is the first error of the rules."""

    rule_error: str | None = None


class RuleChecker:
    """Runs `streamseg.rules.checking` and `streamseg.replay.backtest`, one of them at a time.

    What it is given is read as if it stood in place of the worker's own ``rules``.
    """

    def __init__(self, rules: Path | None) -> None:
        self._programs = Programs()
        self._folder = str(Path.cwd() if rules is None else rules.absolute().parent)

    async def check(self, text: str) -> RulesChecked:
        """What is wrong with rules. Raises Problem."""
        given = _encode(checking.Asked(text, self._folder))
        found = await self._programs.ask(
            "streamseg.rules.checking", given, checking.Checked, SECONDS
        )
        return RulesChecked(
            ok=not found.errors,
            errors=[RuleProblem(one.line, one.column, one.message) for one in found.errors],
            warnings=[RuleProblem(one.line, one.column, one.message) for one in found.warnings],
            segments=found.segments,
        )

    async def test(self, asked: RulesToTest) -> RulesTested:
        """What rules would tell of sample events. Raises Problem, also for rules with an error."""
        try:
            after = parse_duration(asked.after)
        except ValueError as error:
            raise Problem(422, "bad_body", f"after: {error}") from None
        about = {"yaml": asked.yaml, "folder": self._folder}
        given = _encode({**about, "events": asked.events, "after": after})
        found = await self._programs.ask("streamseg.replay.backtest", given, _Tested, SECONDS)
        if found.rule_error is not None:
            raise Problem(422, "bad_rules", found.rule_error)
        told = asdict(found)
        del told["rule_error"]
        return RulesTested(**told)
