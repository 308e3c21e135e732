"""A worker as the HTTP API asks it: what `Inspection` reads, and what takes a while."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from streamseg.stream.checking import RuleChecker
from streamseg.stream.inspection import Inspection

if TYPE_CHECKING:
    from streamseg.web.answers import RulesChecked


class WorkerSource(Inspection):
    """Answers the API's questions; see `web.source`."""

    def __init__(self, *inspected: Any) -> None:
        super().__init__(*inspected)
        self._checker = RuleChecker()

    async def check_rules(self, text: str) -> RulesChecked:
        """What is wrong with rules."""
        return await self._checker.check(text)
