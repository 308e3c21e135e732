"""No state is larger than `rules explain` says it can be."""

import json

import msgspec
import pytest
from hypothesis import given, settings

from streamseg.core.contacts.contact import Contact
from streamseg.core.events import Event
from streamseg.core.partition import Partition
from streamseg.formats.canonical import decode
from streamseg.rules import parse_rules
from streamseg.rules.explaining import explain

from . import cases
from .driver import Case, rules_yaml
from .scale import examples


@pytest.mark.slow
@settings(max_examples=examples(100))
@given(cases.in_disorder())
def test_no_contact_takes_more_than_is_told(case: Case) -> None:
    rules = parse_rules(rules_yaml(case.rules))
    most = explain(rules).most
    partition = Partition(rules)
    for record in case.events:
        event = decode(json.dumps(record).encode())
        if isinstance(event, Event):
            partition.apply(event, None)
    for key, value in partition.take().changes:
        if key[:1] == b"c" and value is not None:
            contact = Contact.decode(key[1:], value)
            for place, state in contact.features.items():
                size = len(msgspec.msgpack.encode(state))
                assert size <= rules.contact.features[place].memory.most
            assert len(value) - len(msgspec.msgpack.encode(contact.pending)) <= most
