"""Where a contact's clock is."""

from __future__ import annotations

from collections.abc import Mapping

from streamseg.core.conditions.base import Registry
from streamseg.core.contacts.contact import Contact
from streamseg.core.features.attributes import Attribute
from streamseg.core.values.zones import UTC_ZONE, Zone, Zones


class ZoneRule:
    """Where a contact's clock is: what an attribute names, else by another one, else a default.

    ``text`` says all that it depends on.
    """

    def __init__(
        self,
        zones: Zones | None = None,
        attribute: str | None = None,
        by_attribute: str | None = None,
        by: Mapping[str, Zone] | None = None,
        default: Zone = UTC_ZONE,
    ) -> None:
        self._zones = zones
        self._named_by = attribute
        self._chosen_by = by_attribute
        self._by = dict(by or {})
        self.default = default
        self._column = -1
        self._by_column = -1
        self.columns: list[int] = []
        by_name = sorted((value, zone.name) for value, zone in self._by.items())
        self.text = f"{attribute} {by_attribute} {by_name} {default.name}"

    def bind(self, contact: Registry) -> None:
        """Ask for the attributes."""
        self.columns = []
        if self._named_by is not None:
            self._column = contact.column(Attribute(self._named_by))
            self.columns.append(self._column)
        if self._chosen_by is not None:
            self._by_column = contact.column(Attribute(self._chosen_by))
            self.columns.append(self._by_column)

    def of(self, contact: Contact) -> tuple[Zone, bool]:
        """The zone by what is known, and whether the contact names an unknown one."""
        is_unknown = False
        if self._column >= 0 and self._zones is not None:
            name = Attribute.value(contact.state(self._column))
            if type(name) is str:
                zone = self._zones.find(name)
                if zone is not None:
                    return zone, False
            is_unknown = name is not None
        if self._by_column >= 0:
            value = Attribute.value(contact.state(self._by_column))
            if type(value) is str and value in self._by:
                return self._by[value], is_unknown
        return self.default, is_unknown
