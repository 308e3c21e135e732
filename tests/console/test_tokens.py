"""The console where the worker wants tokens."""

from __future__ import annotations

from typing import Any

import pytest

from streamseg.web.tokens import new_token

from .shop import Shop

pytestmark = [pytest.mark.stream, pytest.mark.slow]


def test_the_page_asks_for_a_token_and_says_what_it_lacks(page: Any, shop: Shop) -> None:
    token, line = new_token("marketing", ["contacts", "stats"])
    file = shop.installation.folder / "tokens"
    file.write_text(line + "\n")
    assert shop.worker is not None
    shop.worker.stop()
    shop.start(api_tokens=str(file))
    page.goto("/#/segments")
    page.get_by_role("heading", name="A token, please").wait_for()
    page.get_by_label("Token").fill("sseg_wrong")
    page.get_by_role("button", name="Enter").click()
    page.get_by_text("is not known here").wait_for()
    page.get_by_label("Token").fill(token)
    page.get_by_role("button", name="Enter").click()
    page.get_by_role("link", name="cart_left").wait_for()
    assert token not in page.evaluate("location.href + JSON.stringify(localStorage)")
    page.goto("/#/live")
    page.get_by_text("Listening").wait_for()
    page.goto("/#/letters")
    page.get_by_text("lacks the scope dlq").wait_for()
    page.get_by_role("button", name="Leave").click()
    page.get_by_role("heading", name="A token, please").wait_for()
