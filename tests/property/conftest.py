"""How many examples: a fixed set by default, many random ones on demand.

HYPOTHESIS_PROFILE=fuzz draws other ones each time: TEST_EXAMPLES (50000) of them.

Hypothesis draws constants of the modules that are imported by then. All are, so that the fixed set
is the same whichever tests run before, or beside, or alone.
"""

import importlib
import pkgutil

from hypothesis import HealthCheck, settings

import streamseg

from .scale import FUZZED

for module in pkgutil.walk_packages(streamseg.__path__, "streamseg."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)

settings.register_profile(
    "fixed",
    deadline=None,
    derandomize=True,
    print_blob=False,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.register_profile("fuzz", settings.get_profile("fixed"), derandomize=False, print_blob=True)
settings.load_profile("fuzz" if FUZZED else "fixed")
