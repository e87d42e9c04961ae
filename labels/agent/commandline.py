"""How the agent is started: `manage.py print_agent`, or `python -m labels.agent` where there is no more than this."""

import argparse
import os
import signal
import stat
from pathlib import Path
from types import FrameType
from typing import Final
from urllib.parse import urlsplit

from labels.agent.client import Client, LockedOut
from labels.agent.journal import Journal, JournalTaken
from labels.agent.running import Agent, say

DONE: Final = 0
NOT_ALL_TOLD: Final = 1
MISTAKEN: Final = 64
"""The command line is wrong (EX_USAGE)."""
LOCKED_OUT: Final = 77
"""The token opens nothing (EX_NOPERM): starting again does not help."""
LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})


class Mistaken(Exception):
    """What the command line asks for can't be; the message says why."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The agent's options."""
    folder = Path(os.environ.get("STATE_DIRECTORY", "."))
    parser.add_argument("--server", required=True, help="where Pakhuis is: https://hub.example")
    parser.add_argument("--token-file", required=True, type=Path, help="holds its token; not for everybody to read")
    parser.add_argument("--journal", type=Path, default=folder / "print-agent.sqlite3", help="what it must remember")
    parser.add_argument("--once", action="store_true", help="print what waits now, and end")


def run(*, server: str, token_file: Path, journal: Path, once: bool) -> int:
    """Runs the agent until SIGTERM or SIGINT, or once; returns the exit status."""
    try:
        client, notes = Client(_checked(server), _token_in(token_file)), Journal(journal)
    except (Mistaken, JournalTaken, OSError) as error:
        say("mistaken", error=str(error))
        return MISTAKEN
    agent = Agent(client, notes)

    def end(_number: int, _frame: FrameType | None) -> None:
        agent.stop()

    former = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        if once:
            return DONE if agent.run_once() else NOT_ALL_TOLD
        agent.run()
    except LockedOut as refusal:
        say("locked_out", code=str(refusal))
        return LOCKED_OUT
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
        client.close()
        notes.close()
    return DONE


def main() -> int:
    """For `python -m labels.agent`."""
    parser = argparse.ArgumentParser(prog="labels.agent", description="Prints a hub's jobs on its printers.")
    add_arguments(parser)
    return run(**vars(parser.parse_args()))


def _checked(server: str) -> str:
    """The server's URL. Raises `Mistaken`: the token and buyers' names never travel in the clear."""
    parts = urlsplit(server)
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK):
        return server
    raise Mistaken("The server's address must begin with https://.")


def _token_in(file: Path) -> str:
    """The token. Raises `Mistaken` for a file that everybody may read, and `OSError`."""
    if stat.S_IMODE(file.stat().st_mode) & stat.S_IRWXO:
        raise Mistaken(f"Everybody may read {file}: chmod 600.")
    token = file.read_text().strip()
    if not (token.isascii() and token.isprintable() and token):
        raise Mistaken(f"{file} holds no token.")
    return token
