"""The names of an installation's topics, by what they are for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from streamseg.settings import Settings


@dataclass(frozen=True)
class TopicNames:
    """Topic names."""

    events: str
    products: str
    signals: str
    triggers: str
    membership: str
    decisions: str
    erasures: str
    stats: str
    alerts: str
    tables: str
    dlq: str
    changelog: str
    catalog: str

    @classmethod
    def of(cls, settings: Settings) -> TopicNames:
        """The names under the settings' prefix."""
        return cls(**{short: settings.topic(short) for short in cls.__dataclass_fields__})

    @property
    def inputs(self) -> tuple[str, str, str]:
        """The topics that the group subscribes to."""
        return (self.events, self.signals, self.products)

    def all(self) -> tuple[str, ...]:
        """Every topic that a worker needs."""
        return tuple(getattr(self, short) for short in self.__dataclass_fields__)
