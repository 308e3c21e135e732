"""The page on the design names every module of the engine, and no file that does not exist."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
# Packages of the engine that stand in the overview without their modules.
BY_FOLDER = {"features", "conditions", "labels", "prediction", "policies", "counting", "alerting"}
PAGE = (ROOT / "docs/design.md").read_text(encoding="utf-8")
# Paths in backticks stand as from `streamseg/`, or from the repository's root.
CALL = re.compile(r"\b([A-Z][A-Za-z]+)\.([a-z_]+)\b")
PATH = re.compile(r"`((?:[a-z0-9_]+/)+[a-z0-9_]+\.(?:py|md|yaml))`")


def test_each_module_of_the_engine_has_its_place_in_the_overview() -> None:
    overview = PAGE.split("## What is where")[1].split("## ")[0]
    core = ROOT / "streamseg/core"
    packages = {f"{path.parent.name}/" for path in core.glob("*/__init__.py")}
    modules = {path.stem for path in core.rglob("*.py") if path.parent.name not in BY_FOLDER}
    modules -= {"__init__"}
    named = set(re.findall(r"\b[a-z_]+\b/?", overview))
    assert sorted(modules - named) == []
    assert sorted(packages - named) == []


def test_each_package_has_its_place_in_the_overview() -> None:
    overview = PAGE.split("## What is where")[1].split("## ")[0]
    packages = {f"{path.parent.name}/" for path in (ROOT / "streamseg").glob("*/__init__.py")}
    assert sorted(name for name in packages if name not in overview) == []


def test_each_file_that_the_page_names_is_there() -> None:
    named = set(PATH.findall(PAGE))
    assert named
    roots = ROOT, ROOT / "streamseg"
    gone = [name for name in named if not any((root / name).exists() for root in roots)]
    assert sorted(gone) == []


def test_each_call_that_the_page_names_is_a_method_of_its_class() -> None:
    named = set(CALL.findall(PAGE.split("## The way of an event")[1].split("## State")[0]))
    assert len(named) > 20
    methods = {
        (node.name, method.name)
        for path in (ROOT / "streamseg/core").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
        for method in node.body
        if isinstance(method, ast.FunctionDef)
    }
    assert sorted(named - methods) == []
