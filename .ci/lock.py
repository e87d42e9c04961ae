#!/usr/bin/env python
"""Writes requirements.txt and requirements-dev.txt: pyproject.toml's packages and all they bring, pinned.

The versions are those installed here, so: install, run the tests, then `make lock`. `--check` writes
nothing and ends with 1 when the files would change.
"""

import importlib.metadata
import re
import sys
import tomllib
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent
HEAD = "# Made by `make lock` from pyproject.toml. Change it there.\n"


def name_of(text: str) -> str:
    """A distribution's name as PyPI compares it."""
    return re.sub(r"[-_.]+", "-", text).lower()


def closure(wanted: list[str]) -> dict[str, str]:
    """What `wanted` needs here, itself included: pinned name (with extras for the direct ones) by plain name."""
    direct = {name_of(need.name): need for need in map(Requirement, wanted)}
    found: dict[str, str] = {}
    seen: set[tuple[str, str]] = set()
    queue = [(name, extra) for name, need in direct.items() for extra in ("", *need.extras)]
    while queue:
        name, extra = queue.pop()
        if (name, extra) in seen:
            continue
        seen.add((name, extra))
        there = importlib.metadata.distribution(name)
        extras = sorted(direct[name].extras) if name in direct else []
        wishes = f"[{','.join(extras)}]" if extras else ""
        found[name] = f"{name}{wishes}=={there.version}"
        for need in map(Requirement, there.requires or []):
            if need.marker is None or need.marker.evaluate({"extra": extra}):
                queue += [(name_of(need.name), wish) for wish in ("", *need.extras)]
    return found


def render(direct: list[str], pins: dict[str, str], before: str = "") -> str:
    """One file: the packages asked for, then what they bring."""
    first = {name_of(Requirement(need).name) for need in direct}
    asked = "".join(f"{pins[name]}\n" for name in sorted(first))
    brought = "".join(f"{pins[name]}\n" for name in sorted(set(pins) - first))
    return f"{HEAD}{before}\n{asked}\n# brought by those\n{brought}"


def files() -> dict[Path, str]:
    """What both files should say."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    run_time = project["project"]["dependencies"]
    development = project["dependency-groups"]["dev"]
    pins = closure(run_time)
    more = {name: pin for name, pin in closure(development).items() if name not in pins}
    only = [need for need in development if name_of(Requirement(need).name) in more]
    return {
        ROOT / "requirements.txt": render(run_time, pins),
        ROOT / "requirements-dev.txt": render(only, more, "-r requirements.txt\n"),
    }


def main() -> int:
    """Write the files, or with `--check` compare them."""
    stale = [path for path, text in files().items() if not path.exists() or path.read_text() != text]
    if "--check" in sys.argv:
        return 1 if stale else 0
    for path, text in files().items():
        path.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
