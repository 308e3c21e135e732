"""The API: checking rules."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

from aiohttp import ClientSession

from streamseg.observe.stats import RulesInForce
from streamseg.settings import Settings
from streamseg.web.answers import RulesTested

from .serving import asked, get, left_cart

MODEL = '{"r": 0.525, "alpha": 43.281, "a": 0.891, "b": 1.614}'
PREDICTS = """\
version: 1
value: {model: %s}
segments:
- {name: a, use: likely_to_churn}
"""


def test_rules_are_checked_as_if_they_lay_beside_those_of_the_worker(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    for folder in (tmp_path, tmp_path / "elsewhere"):
        (folder / "clv.json").write_text(MODEL)
    shop = left_cart()
    shop.settings = Settings(lateness_ms=0, rules=tmp_path / "rules.yaml")

    async def asking(session: ClientSession) -> None:
        async def check(model: Path | str) -> list[str]:
            body = {"yaml": PREDICTS % model}
            async with session.post("/api/v1/rules/check", json=body) as answer:
                return [one["message"] for one in (await answer.json())["errors"]]

        assert await check("clv.json") == []
        body = {"yaml": PREDICTS % "clv.json", "events": "", "after": "1d"}
        async with session.post("/api/v1/rules/backtest", json=body) as answer:
            assert answer.status == 200
            assert set(await answer.json()) == {*RulesTested.__struct_fields__}  # as described
        for other in (tmp_path / "elsewhere/clv.json", "elsewhere/clv.json", "../x", "/dev/zero"):
            assert "beside the worker's rules" in (await check(other))[0]
        assert "cannot be read" in (await check("none.json"))[0]

    asked(shop, asking)


def test_rules_are_checked_with_line_and_column() -> None:
    async def asking(session: ClientSession) -> None:
        async def check(text: Any) -> Any:
            async with session.post("/api/v1/rules/check", json={"yaml": text}) as answer:
                return answer.status, await answer.json(content_type=None)

        status, told = await check("version: 1\nsegments:\n- {name: a, use: abandoned_cat}\n")
        assert (status, told["ok"], told["segments"]) == (200, False, [])
        assert (told["errors"][0]["line"], told["errors"][0]["column"]) == (3, 18)
        assert "abandoned_cart" in told["errors"][0]["message"]
        status, told = await check("version: 1\nsegments:\n- {name: a, use: abandoned_cart}\n")
        assert (told["ok"], told["segments"]) == (True, ["a"])
        assert (await check(7))[0] == 422
        large = io.BytesIO(b'"' + b"x" * 1_100_000 + b'"')
        headers = {"Content-Type": "application/json"}
        async with session.post("/api/v1/rules/check", data=large, headers=headers) as answer:
            assert answer.status == 413
        async with session.post("/api/v1/rules/check", data=b"yaml=1") as answer:
            assert answer.status == 415

    asked(left_cart(), asking)


def test_a_sample_of_events_may_have_twenty_megabytes() -> None:
    line = '{"type":"page_viewed","contact":"ann","time":"2026-11-21T10:00:00Z"}'
    rules = "version: 1\nsegments:\n- {name: a, use: abandoned_cart}\n"

    async def asking(session: ClientSession) -> None:
        async def test(events: str) -> tuple[int, Any]:
            body = io.BytesIO(json.dumps({"yaml": rules, "events": events}).encode())
            headers = {"Content-Type": "application/json"}
            path = "/api/v1/rules/backtest"
            async with session.post(path, data=body, headers=headers) as answer:
                return answer.status, await answer.json(content_type=None)

        status, told = await test(line + "\n" * 9_000_000)
        assert (status, told["fired"], told["refused"]) == (200, 0, {})
        status, told = await test("x" * 21_000_000)
        assert (status, told["code"]) == (413, "too_large")
        assert told["detail"] == "a body has at most 20,971,520 bytes"

    asked(left_cart(), asking)


def test_the_rules_in_force_are_told_as_their_file_has_them() -> None:
    shop = left_cart()

    async def none(session: ClientSession) -> None:
        assert (await get(session, "/rules"))[1]["code"] == "no_rules"

    asked(shop, none)
    shop.stats.rules = RulesInForce("shop.yaml", "0123456789ab", 4, "version: 1  # ours\n")

    async def asking(session: ClientSession) -> None:
        assert await get(session, "/rules") == (
            200,
            {
                "file": "shop.yaml",
                "hash": "0123456789ab",
                "segments": 4,
                "yaml": "version: 1  # ours\n",
            },
        )

    asked(shop, asking)
