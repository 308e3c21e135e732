"""The outgoing mail of a partition: for other partitions, and for contacts at home here."""

from __future__ import annotations

from collections import deque
from typing import Any

from streamseg.core.identity.identity_state import IdentityState
from streamseg.core.identity.mail import Mail


class Mailbox:
    """Mail for other partitions goes to ``outcomes``; ``next`` takes out mail for contacts here."""

    def __init__(self, ids: IdentityState, outcomes: list[Any]) -> None:
        self._ids = ids
        self._outcomes = outcomes
        self._local: deque[Mail] = deque()

    def post(self, mail: Mail) -> None:
        """Send mail to the contact that it names."""
        if self._ids.home.has(mail.to):
            self._local.append(mail)
        else:
            self._outcomes.append(mail)

    def next(self) -> Mail | None:
        """Take out the first mail for a contact here; None where there is none."""
        return self._local.popleft() if self._local else None
