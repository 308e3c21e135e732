"""How many examples a property gets: the comparison with the reference 500, others fewer or more.

TEST_EXAMPLES sets another number for the comparison. Its name does not begin with STREAMSEG_: the
product takes such variables for settings, and refuses those that it does not know.
"""

import os

FUZZED = os.environ.get("HYPOTHESIS_PROFILE") == "fuzz"
IN_ALL = int(os.environ.get("TEST_EXAMPLES", "50000" if FUZZED else "500"))


def examples(of_two_thousand: int) -> int:
    """The share of a property, named as where the comparison gets 2,000."""
    return max(1, of_two_thousand * IN_ALL // 2_000)
