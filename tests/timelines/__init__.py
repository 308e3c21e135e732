"""Timelines: what goes in, drawn as text, and the triggers that must come out of it."""

import pytest

# The assertions of the two modules that the tests share tell what differed, as the tests' own do.
pytest.register_assert_rewrite(f"{__name__}.drawing", f"{__name__}.command")
