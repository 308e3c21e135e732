"""The same orders make the same model, whatever instructions the processor has."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from numpy.lib.introspect import opt_func_info

# Kernels of OpenBLAS, by what they need.
KERNELS = {"Prescott": "sse4_2", "Haswell": "avx2", "SkylakeX": "avx512f"}
CPU = Path("/proc/cpuinfo")
ABLE = set(CPU.read_text("utf-8").split()) if CPU.exists() else set()
ONE = {"OPENBLAS_NUM_THREADS": "1"}
ROOT = Path(__file__).parents[3]
FIT = f"""
import sys
sys.path.append({str(ROOT)!r})
from decimal import Decimal
from streamseg.fit.fitting import fit
from tests.unit.fit.shop import BEGIN, DAY, shop
print(fit(shop(), BEGIN + 400 * DAY, Decimal(0)).document())
"""


def fitted(**environment: str) -> str:
    command = [sys.executable, "-c", FIT]
    return subprocess.run(
        command, env=os.environ | ONE | environment, capture_output=True, check=True, timeout=120
    ).stdout.decode()


def of_newer_processors() -> str:
    """What numpy uses of this processor beyond what it needs."""
    kinds = opt_func_info(func_name="^(log|exp|add)$").values()
    told = " ".join(one["available"] for kind in kinds for one in kind.values())
    return " ".join(sorted({one for one in told.split() if not one.startswith("baseline")}))


@pytest.mark.skipif("sse4_2" not in ABLE, reason="this processor has none of these kernels")
def test_the_model_is_the_same_by_all_kernels_of_this_processor() -> None:
    """A search alone ends at p 6.82765 or 6.82764 here, as the kernel is."""
    plain = fitted(OPENBLAS_CORETYPE="Prescott", NPY_DISABLE_CPU_FEATURES=of_newer_processors())
    assert "'p': 6.82764, 'q': 3.77601, 'v': 12.5611" in plain
    for kernel, needed in KERNELS.items():
        if needed in ABLE:
            assert fitted(OPENBLAS_CORETYPE=kernel) == plain
