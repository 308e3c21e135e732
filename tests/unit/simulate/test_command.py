"""`streamseg simulate` without Kafka: its options, its output and its exit codes."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from streamseg.cli.main import app
from streamseg.simulate import ShopPlan, encode_line, event_time_ms, simulate


def _run(*options: str) -> tuple[int, bytes, str]:
    done = CliRunner().invoke(app, ["simulate", *options])
    return done.exit_code, done.stdout_bytes, done.stderr


def test_without_options_it_is_ten_thousand_events_of_the_default_shop() -> None:
    code, out, _ = _run()
    assert code == 0
    assert out == b"".join(map(encode_line, simulate(ShopPlan(), events=10_000)))


def test_the_options_are_those_of_the_shop() -> None:
    start = "--start=2026-11-21T10:00:00+02:00"
    sizes = ["--seed=3", "--contacts=20", "--products=5", "--rate=1", "--think=2", "--outage=30"]
    code, out, _ = _run(*sizes, start, "--seconds=600")
    plan = ShopPlan(3, 20, 5, 1_795_248_000_000, 1.0, 2.0, 30.0)
    assert code == 0
    assert out == b"".join(map(encode_line, simulate(plan, seconds=600)))
    assert json.loads(out.splitlines()[0])["time"] == "2026-11-21T08:00:00.000Z"


def test_a_file_gets_the_same_bytes_as_standard_output(tmp_path: Path) -> None:
    file = tmp_path / "shop.ndjson"
    assert _run("--events=500", f"--out={file}")[:2] == (0, b"")
    assert file.read_bytes() == _run("--events=500", "--out=-")[1]


class Clock:
    """Stands in for the module `time`: it moves only when somebody sleeps."""

    def __init__(self, now_ms: int) -> None:
        self.now_ms = float(now_ms)

    def time_ns(self) -> int:
        return int(self.now_ms) * 1_000_000

    def time(self) -> float:
        return self.now_ms / 1000

    def sleep(self, seconds: float) -> None:
        self.now_ms += seconds * 1000


def test_a_live_shop_opens_now_and_waits_for_each_event(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(1_795_248_000_000)
    monkeypatch.setattr("streamseg.cli.simulate.time", clock)
    code, out, _ = _run("--live", "--out=-", "--seconds=60", "--products=2")
    shop = list(simulate(ShopPlan(products=2, start_ms=1_795_248_000_000), seconds=60))
    assert code == 0
    assert out == b"".join(map(encode_line, shop))
    assert clock.now_ms == pytest.approx(event_time_ms(shop[-1]), abs=1)


@pytest.mark.parametrize(
    "options",
    [
        ["--start=tomorrow"],
        ["--start=9999-12-31T23:59:59Z"],
        ["--contacts=0"],
        ["--rate=inf"],
        ["--live", "--start=2026-01-01T00:00:00Z"],
        ["--bootstrap=localhost:9092", "--out=-"],
    ],
)
def test_wrong_usage_is_exit_code_2(options: list[str]) -> None:
    code, out, _ = _run(*options)
    assert (code, out) == (2, b"")
