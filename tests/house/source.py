"""The source files that the rules of the house are about."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from config.devdb import ROOT

FLOORS = ("config", "foundation", "labels", "warehouses", "shipping", "fulfillment")


def code_files() -> list[Path]:
    """Every Python file of the floors, but not the migrations that Django wrote."""
    files = [path for floor in FLOORS for path in (ROOT / floor).rglob("*.py") if path.parent.name != "migrations"]
    assert len(files) > 100, "where is the code?"
    return sorted([*files, ROOT / "manage.py"])


def floor_files() -> list[Path]:
    """The same without the benches: they fill databases of their own and hold our statements against bare ones."""
    return [path for path in code_files() if path.parent != ROOT / "config" / "benches"]


def files_of_tests() -> list[Path]:
    """Every Python file of the tests."""
    return sorted(path for path in (ROOT / "tests").rglob("*.py") if "node_modules" not in path.parts)


@cache
def tree_of(path: Path) -> ast.Module:
    """The file's syntax tree."""
    return ast.parse(path.read_text(), filename=str(path))


def place(path: Path, line: int) -> str:
    """A place in the code as an editor understands it."""
    return f"{path.relative_to(ROOT)}:{line}"


def imports_of(path: Path) -> Iterator[tuple[str, int]]:
    """Each imported module and the line of the import."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or "", node.lineno
