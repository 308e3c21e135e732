"""Which modules are compiled: none that defines structs as they stand in messages and at rest."""

import ast
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]


def compiled() -> list[Path]:
    """The modules that are compiled on request, as `hatch_build.py` chooses them."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    hook = project["tool"]["hatch"]["build"]["targets"]["wheel"]["hooks"]["custom"]
    included = {path for pattern in hook["include"] for path in ROOT.glob(pattern)}
    excluded = {path for pattern in hook["exclude"] for path in ROOT.glob(pattern)}
    return sorted(included - excluded)


def arrays(path: Path) -> list[str]:
    """The structs of a module that are written as arrays, or told apart by tags."""
    return [
        node.name
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
        and {"array_like", "tag", "tag_field"} & {keyword.arg for keyword in node.keywords}
    ]


def test_a_compiled_class_would_lose_what_is_said_of_a_struct() -> None:
    assert {path.name: found for path in compiled() if (found := arrays(path))} == {}


def test_the_engine_is_compiled_but_for_these() -> None:
    names = {path.name for path in compiled()}
    assert {"partition.py", "stage.py", "waiting.py", "evaluator.py"} <= names
    assert not {"mail.py", "at_rest.py", "outcomes.py", "__init__.py"} & names
