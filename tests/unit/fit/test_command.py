"""streamseg fit: files in, a model and a table out."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from streamseg.cli.main import app
from streamseg.core.errors import StreamsegError

from .shop import lines, shop, written

SHOP = shop(700)


def fit(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["fit", *map(str, arguments)], catch_exceptions=False)


@pytest.fixture(scope="module")
def events(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("fit") / "orders.ndjson", SHOP)


def test_a_model_is_written_with_where_it_is_from_and_how_it_did(
    events: Path, tmp_path: Path
) -> None:
    out = tmp_path / "clv.json"
    done = fit(events, "--out", out, "--holdout", "30d", "--holdout", "90d", "--strict")
    assert done.exit_code == 0
    model = json.loads(out.read_text())
    assert {"r", "alpha", "a", "b", "p", "q", "v", "discount"} <= model.keys()
    assert model["contacts"] == len(SHOP)
    assert [one["days"] for one in model["holdout"]] == [30, 90]
    assert "recency only" in done.stderr
    assert model["model"] == "mbg_nbd"
    again = tmp_path / "again.json"
    asked = ["--model", "mbg_nbd", "--holdout", "30d", "--holdout", "90d"]
    assert fit(events, "--out", again, *asked).exit_code == 0
    assert again.read_bytes() == out.read_bytes()


def test_a_model_that_is_there_is_held_against_what_came(events: Path, tmp_path: Path) -> None:
    out = tmp_path / "clv.json"
    fit(events, "--out", out)
    done = fit(events, "--check", out, "--strict")
    assert (done.exit_code, done.stdout) == (0, "")
    poor = tmp_path / "poor.json"
    poor.write_text(json.dumps({"r": 0.01, "alpha": 400, "a": 20, "b": 0.1}))
    assert fit(events, "--check", poor).exit_code == 0
    with pytest.raises(StreamsegError, match="base rate"):
        fit(events, "--check", poor, "--strict")


def test_totals_alone_make_a_model_no_good(events: Path, tmp_path: Path) -> None:
    """It tells buyers from others better than the base rate does, and expects far too little."""
    out = tmp_path / "clv.json"
    fit(events, "--out", out)
    model = json.loads(out.read_text())
    assert fit(events, "--check", out, "--strict").exit_code == 0
    weary = tmp_path / "weary.json"
    weary.write_text(json.dumps({**model, "a": 2 * model["a"]}))
    titles, figures = fit(events, "--check", weary).stderr.splitlines()[-2:]
    brier, base = figures.split()[5:7]
    assert titles.split()[:3] == ["days", "orders", "expected"]
    assert float(brier) < 0.7 * float(base)
    with pytest.raises(StreamsegError, match="totals are a quarter off"):
        fit(events, "--check", weary, "--strict")


NO_MODELS = {
    "[]": "is no model",
    '{"r": 1': "is no model",
    '{"r": 1}': "no `alpha`",
    '{"r": -1, "alpha": 40, "a": 2, "b": 1}': "`r` of .* must be a number above 0",
    '{"r": 1, "alpha": true, "a": 2, "b": 1}': "`alpha` of .* not the boolean true",
    '{"r": 1, "alpha": 40, "a": 1, "b": 1}': "`a` is 1",
    '{"r": 1, "alpha": 40, "a": 2, "b": 1, "p": 3}': "go together",
    '{"model": "bg_nbd", "r": 1, "alpha": 40, "a": 2, "b": 1}': "is of the model 'bg_nbd'.*mbg_nbd",
}


@pytest.mark.parametrize(("text", "said"), NO_MODELS.items())
def test_a_file_that_is_no_model_of_the_rules_is_none_to_check(
    events: Path, tmp_path: Path, text: str, said: str
) -> None:
    wrong = tmp_path / "wrong.json"
    wrong.write_text(text)
    with pytest.raises(StreamsegError, match=said):
        fit(events, "--check", wrong)
    with pytest.raises(StreamsegError, match="cannot be read"):
        fit(events, "--check", tmp_path / "none.json")


def test_an_order_that_is_told_again_or_cancelled_or_of_another_currency_is_none(
    tmp_path: Path,
) -> None:
    plain, noisy = tmp_path / "plain.ndjson", tmp_path / "noisy.ndjson"
    told = list(lines(SHOP))
    events = [json.loads(line) for line in told]
    for event in events:
        event["data"]["currency"] = "EUR"
    other = {**events[0], "data": {"order": "x-1", "total": 5, "currency": "PLN"}}
    undone = {**events[0], "data": {"order": "x-2", "total": 5, "currency": "EUR"}}
    undoing = {**events[0], "type": "order_cancelled", "data": {"order": "x-2"}}
    plain.write_text("\n".join(told))
    mixed = [*events[::-1], *events[::7], other, undone, undoing]
    noisy.write_text("\n".join([*map(json.dumps, mixed), "no JSON"]))
    done = fit(noisy, "--currency", "EUR", "--cancelled", "60d")
    assert json.loads(done.stdout) == json.loads(fit(plain).stdout)
    assert "1 refused" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "--from"),
        (
            ["-", "--from", "730d"],
            "reads Kafka, but files are named, too (-): leave out",
        ),
        (["--from", "soon"], "not a duration: 'soon'"),
        (["-", "--holdout", "36h"], "whole days"),
        (["-", "--zone", "Mars/Base"], "Mars/Base"),
        (["-", "--model", "bg_nbd"], "mbg_nbd is the only model; docs/prediction.md says why"),
        (["-", "--model", "mgb_nbd"], "no model 'mgb_nbd'"),
    ],
)
def test_wrong_usage_is_told(arguments: list[str], said: str) -> None:
    done = fit(*arguments)
    assert done.exit_code == 2
    assert said in " ".join(done.stderr.replace("│", " ").split())


def test_a_file_is_not_how_far_back_to_read(events: Path) -> None:
    done = fit("--from", events)
    assert done.exit_code == 2
    said = "".join(done.stderr.replace("│", "").split())
    assert f"namefileswithout--from:streamsegfit{events}" in said
    elsewhere = fit("--from", events.with_name("none.ndjson"))
    assert "without --from" not in elsewhere.stderr


@pytest.mark.parametrize("name", ["orders.ndjson", "link.ndjson"])
def test_a_model_does_not_overwrite_the_events_that_it_is_fitted_to(
    tmp_path: Path, name: str
) -> None:
    events = written(tmp_path / "orders.ndjson", SHOP)
    (tmp_path / "link.ndjson").symlink_to(events)
    before = events.read_bytes()
    done = fit(events, "--out", tmp_path / name)
    assert done.exit_code == 2
    assert "which is read; name another file" in " ".join(done.stderr.replace("│", " ").split())
    assert events.read_bytes() == before


def test_a_field_of_amounts_that_no_order_has_is_named(events: Path) -> None:
    said = "no order has a number in `nope`: the model does not tell what orders are worth"
    done = fit(events, "--amount", "nope")
    assert done.exit_code == 0
    assert "p" not in json.loads(done.stdout)
    assert f"note: {said}; name their field with --amount, or say --no-amounts" in done.stderr
    for arguments in (["--amount", "nope", "--no-amounts"], ["--amount", "total"]):
        assert "--amount" not in fit(events, *arguments).stderr


def test_nothing_to_fit_is_told(tmp_path: Path) -> None:
    empty = tmp_path / "empty.ndjson"
    empty.write_text("")
    with pytest.raises(StreamsegError, match="0 contacts"):
        fit(empty)


@pytest.mark.parametrize("held_out", ["250d", "600d"], ids=["few days before", "none before"])
def test_a_holdout_that_leaves_too_little_is_named(events: Path, held_out: str) -> None:
    said = f"before the last {held_out}, which are held out: .*; hold out fewer days with --holdout"
    with pytest.raises(StreamsegError, match=said):
        fit(events, "--holdout", held_out, "--holdout", "30d")


def test_a_model_is_held_against_nothing_where_nobody_had_ordered(
    events: Path, tmp_path: Path
) -> None:
    model = tmp_path / "clv.json"
    model.write_text(json.dumps({"r": 0.9, "alpha": 30, "a": 0.8, "b": 2}))
    assert fit(events, "--check", model, "--holdout", "250d").exit_code == 0
    with pytest.raises(StreamsegError, match=r"0 contacts with an order; .* --holdout"):
        fit(events, "--check", model, "--holdout", "600d")
    with pytest.raises(StreamsegError, match="`--currency UAH` leaves out") as told:
        fit(events, "--check", model, "--currency", "UAH")
    assert "--holdout" not in str(told.value)


def test_a_currency_that_leaves_too_little_is_named(events: Path, tmp_path: Path) -> None:
    orders = sum(len(days) for days in SHOP)
    said = f"0 contacts .*; `--currency UAH` leaves out {orders:,} records of orders"
    with pytest.raises(StreamsegError, match=said):
        fit(events, "--currency", "UAH")
    empty = tmp_path / "empty.ndjson"
    empty.write_text("")
    with pytest.raises(StreamsegError) as told:
        fit(empty, "--currency", "UAH")
    assert "--currency" not in str(told.value)
