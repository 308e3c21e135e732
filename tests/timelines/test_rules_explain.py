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
