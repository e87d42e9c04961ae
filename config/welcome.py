"""The one screen that `make run` ends with: what happened, where to look, with which logins."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

WIDTH = 92


def welcome(*, base_url: str, report: Mapping[str, Any], log_folder: Path, out_folder: Path) -> str:
    """The screen as text. `report` is the last play's (empty: none was played).

    Of the report it uses `headline` (text), `figures` ([[what, value], ...]) and `logins`
    ([{"who", "path", "user", "password"}, ...]); whichever is missing is left out.
    """
    parts = ["", _rule("Pakhuis is open")]
    if headline := report.get("headline"):
        parts += [f"  {headline}", ""]
    figures = report.get("figures") or []
    parts += [f"  {what:<28} {value}" for what, value in figures]
    parts += ["", _rule("Where to look"), *_places(base_url, report.get("logins") or [])]
    parts += ["", f"  Labels, slips and the report  {out_folder}", f"  Logs  {log_folder}"]
    parts += ["", "  Ctrl-C stops everything; the data stay, and the next `make run` starts in seconds."]
    parts += ["  `make reset` throws them away; the `make run` after it plays the day afresh.", _rule("")]
    return "\n".join(parts)


def last_report(path: Path) -> dict[str, Any]:
    """The last play's report, or an empty one if there is none to be read."""
    try:
        found = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _places(base_url: str, logins: Sequence[Mapping[str, str]]) -> list[str]:
    lines = []
    for login in logins:
        where = base_url + login.get("path", "/")
        lines.append(f"  {login.get('who', ''):<20} {where:<40} {login.get('user', '')} / {login.get('password', '')}")
    return lines or [f"  {base_url}/admin/   (no logins yet: `manage.py createsuperuser`)"]


def _rule(title: str) -> str:
    return f"── {title} ".ljust(WIDTH, "─") if title else "─" * WIDTH
