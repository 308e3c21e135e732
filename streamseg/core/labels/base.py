"""The base of all labels: a label gives a contact a name at an instant."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, Final

from streamseg.core.conditions.base import EvalContext, Registry
from streamseg.core.segments.dependencies import Dependency

NONE: Final = -1
UNKNOWN: Final = -2  # what it asks about was not remembered from the beginning
# The place of a name in ``names``, NONE or UNKNOWN, and a later instant before which time alone
# does not change it (FOREVER: it never does).
Value = tuple[int, int]


class Label(ABC):
    """A function of (contact, instant) to one of ``names``, the worst first, or to none.

    ``name`` is its name in rules. ``text`` identifies everything that the answer depends on,
    ``besides_model`` everything but the prediction model (None: it predicts nothing). A label
    belongs to the contact, not to a segment's key.
    """

    name: str
    names: tuple[str, ...]
    text: str
    besides_model: str | None = None

    @abstractmethod
    def bind(self, contact: Registry) -> None:
        """Ask for the features that must be remembered for it."""

    @abstractmethod
    def dependencies(self) -> list[Dependency]:
        """What events can do to it, one for each feature that it asked for and reads."""

    @abstractmethod
    def at(self, ctx: EvalContext, instant: int) -> Value:
        """The label at ``instant``, which is not before any remembered event."""

    @abstractmethod
    def figures(self, ctx: EvalContext, instant: int) -> dict[str, Any]:
        """The figures that the label is made of, for a message's context."""

    def word(self, value: int) -> str:
        """The name of a value."""
        return "none" if value < 0 else self.names[value]
