"""Rules of the house that a linter has no word for. Each names the places that break it."""

import ast
import io
import re
import tokenize

import pytest
from importlinter.cli import lint_imports

from config.devdb import ROOT
from tests.house.source import code_files, files_of_tests, floor_files, imports_of, place, tree_of

LONGEST_FILE = 350
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


def test_floors_stand_on_each_other(capfd: pytest.CaptureFixture[str]) -> None:
    status = lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True)

    assert status == 0, capfd.readouterr().out


def test_no_file_is_longer_than_it_can_be_read() -> None:
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in [*code_files(), *files_of_tests()]
    }

    assert {name: length for name, length in lengths.items() if length > LONGEST_FILE} == {}


def test_no_import_hides_inside_a_function() -> None:
    hidden = [
        place(path, node.lineno)
        for path in [*code_files(), *files_of_tests()]
        for function in ast.walk(tree_of(path))
        if isinstance(function, FUNCTIONS)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]

    assert hidden == []


def test_rows_are_locked_in_locks_only() -> None:
    elsewhere = [
        place(path, node.lineno)
        for path in floor_files()
        if path.name != "locks.py"
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Attribute) and node.attr == "select_for_update"
    ]

    assert elsewhere == []


def test_no_sql_locks_rows_or_names_a_lock_elsewhere() -> None:
    lock = re.compile(r"\bFOR\s+(NO\s+KEY\s+)?UPDATE\b|\bFOR\s+(KEY\s+)?SHARE\b|\bLOCK\s+TABLE\b|pg_(try_)?advisory_")
    elsewhere = [
        place(path, node.lineno)
        for path in floor_files()
        if path.name != "locks.py"
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and lock.search(node.value)
    ]

    assert elsewhere == []


def test_balances_are_changed_in_these_statements_only() -> None:
    change = re.compile(r"\b(UPDATE|INSERT\s+INTO|DELETE\s+FROM)\s+warehouses_(bin)?balance\b", re.IGNORECASE)
    found = [
        str(path.relative_to(ROOT))
        for path in floor_files()
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and change.search(node.value)
    ]

    # The one beside these sets only `is_hot`, which is the order of locks and no quantity.
    assert (
        found == ["warehouses/locks.py"] * 2 + ["warehouses/services/hotness.py"] + ["warehouses/services/sums.py"] * 2
    )


def test_the_admin_theme_is_imported_by_admin_modules_only() -> None:
    elsewhere = [
        place(path, line)
        for path in code_files()
        for module, line in imports_of(path)
        if module.split(".")[0] == "unfold" and not {"admin", "admin.py"} & set(path.parts)
    ]

    assert elsewhere == []


def test_the_library_with_the_unsafe_mixin_is_used_without_it() -> None:
    users = [
        place(path, node.lineno)
        for path in code_files()
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Name | ast.alias) and getattr(node, "id", getattr(node, "name", "")) == "FSMAdminMixin"
    ]

    assert users == []


def test_no_model_changes_what_saving_means() -> None:
    overrides = [
        place(path, function.lineno)
        for path in code_files()
        for parent in ast.walk(tree_of(path))
        if isinstance(parent, ast.ClassDef)
        and any(isinstance(base, ast.Attribute) and base.attr == "Model" for base in parent.bases)
        for function in parent.body
        if isinstance(function, ast.FunctionDef) and function.name in {"save", "delete"}
    ]

    assert overrides == []


def test_every_todo_has_an_owner() -> None:
    orphans = []
    for path in [*code_files(), *files_of_tests()]:
        for token in tokenize.generate_tokens(io.StringIO(path.read_text()).readline):
            marked = token.type == tokenize.COMMENT and re.search(r"\b(TODO|FIXME|XXX|HACK)\b", token.string)
            if marked and not re.search(r"TODO\(\w+\): \S", token.string):
                orphans.append(place(path, token.start[0]))

    assert orphans == []
