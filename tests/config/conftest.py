"""Empty checkouts, for servers of their own."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from config import devdb
from config.devdb import Server


@pytest.fixture
def checkout() -> Iterator[Callable[..., Path]]:
    """Makes empty checkouts that every account may enter; takes down all that was started in them."""
    roots: list[Path] = []

    def make(name: str = "pakhuis") -> Path:
        base = Path(tempfile.mkdtemp(prefix="devdb-"))
        base.chmod(0o755)
        root = base / name
        root.mkdir(parents=True)
        roots.append(root)
        return root

    yield make
    for root in roots:
        for instance in devdb.SETTINGS:
            server = Server(instance, root=root)
            server.stop()
            if server.socket_folder != server.data:
                shutil.rmtree(server.socket_folder, ignore_errors=True)
        shutil.rmtree(Server(root=root).home, ignore_errors=True)
        shutil.rmtree(Path(*root.parts[:3]))
