"""Compiles the engine into the wheel, with mypyc: the same modules, about twice as fast.

On request only, with `HATCH_BUILD_HOOK_ENABLE_CUSTOM=true` (`make build` asks for it where it can
be done): it takes a C compiler and Python's headers. A wheel without it is pure Python.
"""

from __future__ import annotations

import os
import shutil
import sysconfig
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CompileHook(BuildHookInterface):  # type: ignore[type-arg]
    """Adds the compiled modules beside their sources; Python prefers them.

    ``include`` and ``exclude`` in pyproject.toml are patterns of the paths to compile.
    """

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile, and have the wheel say for which Python and machine it is."""
        if version == "editable":
            return
        missing = lacking()
        if missing:
            raise SystemExit(
                f"compiling the engine takes {' and '.join(missing)}; "
                "leave HATCH_BUILD_HOOK_ENABLE_CUSTOM away for a wheel of pure Python"
            )
        self._folder = TemporaryDirectory(prefix="streamseg-build-")
        libraries = compile_modules(
            chosen(self.config["include"], self.config["exclude"]), Path(self._folder.name)
        )
        build_data["force_include"] |= libraries
        build_data["pure_python"] = False
        build_data["infer_tag"] = True

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove what the compiler left."""
        if version != "editable":
            self._folder.cleanup()


def lacking() -> list[str]:
    """What is needed to compile and not here."""
    missing = []
    if not shutil.which(os.environ.get("CC", "cc").split()[0]):
        missing.append("a C compiler")
    if not Path(sysconfig.get_path("include"), "Python.h").exists():
        missing.append("Python's headers")
    return missing


def chosen(include: list[str], exclude: list[str]) -> list[str]:
    """The paths to compile, from the root of the sources, where a build back end runs."""
    found = {path for pattern in include for path in Path().glob(pattern)}
    left_out = {path for pattern in exclude for path in Path().glob(pattern)}
    return sorted(map(str, found - left_out))


def compile_modules(paths: list[str], folder: Path) -> dict[str, str]:
    """Compile modules, using ``folder``; the libraries, each with its path in the wheel.

    Each module is a C file of its own: in one file of all the compiler takes 3.5 times as long,
    and decoding with what it makes of them takes as many instructions.
    """
    from mypyc.build import mypycify
    from setuptools import Distribution  # mypyc compiles with it

    extensions = mypycify(
        ["--config-file=", *paths],
        opt_level="3",
        debug_level="0",
        target_dir=str(folder / "c"),
        group_name="streamseg",
        multi_file=True,
    )
    if os.name != "nt":
        for extension in extensions:
            # A compiler that fuses a*b+c rounds otherwise than Python. What no other library asks
            # for is hidden, so that calls between files are direct.
            extension.extra_compile_args += ["-ffp-contract=off", "-fvisibility=hidden"]
    build = Distribution({"name": "streamseg", "ext_modules": extensions}).get_command_obj(
        "build_ext"
    )
    build.build_lib, build.build_temp = str(folder / "lib"), str(folder / "temp")
    build.ensure_finalized()
    build.run()
    libraries = (folder / "lib").rglob(f"*{sysconfig.get_config_var('EXT_SUFFIX')}")
    return {str(path): str(path.relative_to(folder / "lib")) for path in libraries}


if __name__ == "__main__":
    print(", ".join(lacking()))  # noqa: T201
