"""Where contacts post their mail: to another partition, or to a contact who is at home here."""

from __future__ import annotations

from collections import deque
from typing import Any

from streamseg.core.identity_state import IdentityState
from streamseg.core.mail import Mail


class Mailbox:
    """Mail for others is one of the ``outcomes``; mail for contacts here is taken out ``next``."""

    def __init__(self, ids: IdentityState, outcomes: list[Any]) -> None:
        self._ids = ids
        self._outcomes = outcomes
        self._local: deque[Mail] = deque()

    def post(self, mail: Mail) -> None:
        """Have mail go to the contact it names."""
        if self._ids.home.has(mail.to):
            self._local.append(mail)
        else:
            self._outcomes.append(mail)

    def next(self) -> Mail | None:
        """The first that was posted for a contact here; None where there is none."""
        return self._local.popleft() if self._local else None
