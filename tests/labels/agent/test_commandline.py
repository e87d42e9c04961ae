"""How the agent is started: what can't work is refused at once, in one line that says why."""

import json
from pathlib import Path
from typing import Any

import pytest

from labels.agent.commandline import MISTAKEN, run

TOKEN = f"pka_{'x' * 43}"


def started(tmp_path: Path, capsys: pytest.CaptureFixture[str], **given: Any) -> tuple[int, dict[str, Any]]:
    options = {
        "server": "https://127.0.0.1:9",
        "token_file": tmp_path / "token",
        "journal": tmp_path / "journal.sqlite3",
        "once": True,
    }
    status = run(**{**options, **given})
    return status, json.loads(capsys.readouterr().out.splitlines()[-1])


def token_file(tmp_path: Path, content: str = TOKEN, mode: int = 0o600) -> None:
    (tmp_path / "token").write_text(content)
    (tmp_path / "token").chmod(mode)


@pytest.mark.parametrize("server", ["http://hub.example", "ftp://127.0.0.1", "hub.example", "http://127.0.0.1.evil.nl"])
def test_a_token_does_not_travel_in_the_clear(server: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    token_file(tmp_path)

    status, said = started(tmp_path, capsys, server=server)

    assert (status, said["event"]) == (MISTAKEN, "mistaken")
    assert "https://" in said["error"]
    assert not (tmp_path / "journal.sqlite3").exists()


@pytest.mark.parametrize(("content", "mode"), [(TOKEN, 0o644), ("", 0o600), ("a\nb", 0o600), ("é", 0o600)])
def test_a_token_file_that_will_not_do(
    content: str, mode: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    token_file(tmp_path, content, mode)

    status, said = started(tmp_path, capsys)

    assert (status, str(tmp_path / "token") in said["error"]) == (MISTAKEN, True)
    assert TOKEN not in json.dumps(said)


def test_no_token_file_at_all(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, said = started(tmp_path, capsys)

    assert (status, "No such file" in said["error"]) == (MISTAKEN, True)


def test_once_without_a_server_says_that_not_all_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    token_file(tmp_path)

    status, said = started(tmp_path, capsys)

    assert (status, said["event"]) == (1, "server_away")
