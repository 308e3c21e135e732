"""`streamseg rules explain`: what is remembered of a contact, for who must answer for it."""

import json
from pathlib import Path

from .command import streamseg, write_rules

BAGS = """
- name: bag_lovers
  when: {did: product_viewed, where: {category: bags, price: {gte: 200}}, at_least: 3, within: 21d}
"""


def test_it_says_which_events_and_fields_how_many_and_how_long(tmp_path: Path) -> None:
    write_rules(tmp_path, BAGS)
    result = streamseg(tmp_path, "rules", "explain", "rules.yaml")
    assert result.returncode == 0
    lines = result.stdout.decode().splitlines()
    place = lines.index("bag_lovers")
    page = (Path(__file__).parents[2] / "docs" / "rules.md").read_text("utf-8")
    assert "\n".join(lines[place : place + 4]) in page
    assert lines[-1].startswith("A contact takes about ")


def test_as_json_it_has_the_same(tmp_path: Path) -> None:
    write_rules(tmp_path, BAGS)
    found = json.loads(streamseg(tmp_path, "rules", "explain", "--json", "rules.yaml").stdout)
    (one,) = found["remembered"]
    assert one["segments"] == ["bag_lovers"]
    assert one["memory"]["most"] == 30
    assert found["segments"][0]["needs"] == [one["number"]]
    assert found["typical"] < found["most"]


def test_bad_rules_are_told(tmp_path: Path) -> None:
    write_rules(tmp_path, "- {name: s, use: inactvity}")
    assert streamseg(tmp_path, "rules", "explain", "rules.yaml").returncode == 1


def test_what_alerts_remember_is_of_nobody(tmp_path: Path) -> None:
    write_rules(tmp_path, "- {name: s, when: {did: searched}}")
    text = (tmp_path / "rules.yaml").read_text("utf-8")
    alerts = (
        "value:\n  zone: Europe/Kyiv\n  alerts:\n    few: {segment: s, members: {lt: 5}}\n"
        "    fell: {segment: s, change: {within: 1d, drop: 20%}}\n"
        "    rush: {segment: s, surge: entered}\n"
    )
    (tmp_path / "rules.yaml").write_text(text.replace("segments:", alerts + "segments:"), "utf-8")
    said = streamseg(tmp_path, "rules", "explain", "rules.yaml").stdout.decode()
    assert "few: s, fewer than 5 members\n    Remembered: since when it is so" in said
    assert "the size at each minute of the last 1d" in said
    assert "the mean of each hour of the last 8 weeks, by clocks in Europe/Kyiv" in said


PERSONAL = """
- name: cart_left
  use: abandoned_cart
  when: {attribute: country, eq: PL}
  trigger: {context: [cart.total, attributes.first_name, attributes.country]}
- name: bag_lovers
  when: {did: product_viewed, where: {category: bags}, at_least: 3}
- {name: looked, "on": searched, trigger: {context: [event.data.query]}}
- {name: spent, per: brand, when: {aggregate: sum, of: total, over: order_placed, gte: 5}}
"""


def test_it_says_of_each_field_and_attribute_who_needs_it(tmp_path: Path) -> None:
    write_rules(tmp_path, PERSONAL)
    found = json.loads(streamseg(tmp_path, "rules", "explain", "--json", "rules.yaml").stdout)
    read = {one["path"]: (one["needed_by"], one["sent_by"]) for one in found["read"]}
    assert read["attributes.country"] == (["cart_left"], ["cart_left"])
    assert read["attributes.first_name"] == ([], ["cart_left"])
    assert read["category"] == (["bag_lovers"], [])
    assert read["query"] == ([], ["looked"])
    assert read["total"] == (["spent"], [])
    assert read["brand"] == (["spent"], [])
    said = streamseg(tmp_path, "rules", "explain", "rules.yaml").stdout.decode()
    assert "  - category: for bag_lovers\n" in said
    assert "  - attributes.first_name: sent along by cart_left, and else for nothing\n" in said


def test_personal_fails_on_an_attribute_that_is_only_sent_along(tmp_path: Path) -> None:
    write_rules(tmp_path, PERSONAL)
    found = streamseg(tmp_path, "rules", "explain", "--personal", "rules.yaml")
    assert found.returncode == 1
    said = found.stdout.decode()
    assert "attributes.first_name: sent along by cart_left, and else for nothing" in said
    assert "about " not in said  # the list, and nothing else
    assert b"attributes.first_name is remembered only to be sent along" in found.stderr

    text = (tmp_path / "rules.yaml").read_text("utf-8").replace(", attributes.first_name", "")
    (tmp_path / "rules.yaml").write_text(text, "utf-8")
    found = streamseg(tmp_path, "rules", "explain", "--personal", "rules.yaml")
    assert (found.returncode, found.stderr) == (0, b"")


def test_a_consent_that_a_policy_asks_for_and_who_is_protected_are_needed(tmp_path: Path) -> None:
    write_rules(tmp_path, "- {name: hello, use: welcome, policy: {consent: [email]}}")
    rules = tmp_path / "rules.yaml"
    text = rules.read_text("utf-8")
    policies = "policies: {consent: {email: {channel: email, grant: consent.email}}}\n"
    identity = "identity: {protect: {attribute: email, exists: true}}\n"
    rules.write_text(text.replace("segments:", policies + identity + "segments:"), "utf-8")
    found = streamseg(tmp_path, "rules", "explain", "--personal", "--json", "rules.yaml")
    assert found.returncode == 0, found.stderr
    read = {one["path"]: one["needed_by"] for one in json.loads(found.stdout)["read"]}
    assert read["attributes.consent.email"] == ["hello"]
    assert read["attributes.email"] == ["identity: protect"]
