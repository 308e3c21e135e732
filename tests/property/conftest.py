"""How many examples: a fixed set by default, many random ones on demand.

HYPOTHESIS_PROFILE=fuzz draws STREAMSEG_EXAMPLES (50000) in all.
"""

from hypothesis import HealthCheck, settings

from .scale import FUZZED

settings.register_profile(
    "fixed",
    deadline=None,
    derandomize=True,
    print_blob=False,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.register_profile("fuzz", settings.get_profile("fixed"), derandomize=False, print_blob=True)
settings.load_profile("fuzz" if FUZZED else "fixed")
