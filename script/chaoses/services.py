"""PostgreSQL, RabbitMQ and an S3-compatible server on loopback, in a folder, from the packages that script/setup installs.

For ``script/cluster``, for chaos, and for the tests marked ``database``. Each is a child process of this one and is ended by its number.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

BUCKET = "engross"
START_SECONDS = 90


def free_port() -> int:
    """A port of loopback that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def await_port(port: int, process: subprocess.Popen[bytes]) -> None:
    """Wait until something listens."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        if process.poll() is not None:
            raise SystemExit(f"{process.args} ended with {process.returncode}")
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.settimeout(1)
            probe.connect(("127.0.0.1", port))
            return
        time.sleep(0.1)
    raise SystemExit(f"{process.args} does not listen")


class Services:
    """The three servers of a cluster."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o755)
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self._database_port, self._broker_port, self._bucket_port = free_port(), free_port(), free_port()
        self._epmd_port, self._dist_port = free_port(), free_port()
        self._node = f"engross{secrets.token_hex(3)}@localhost"
        self._user = "nobody" if os.getuid() == 0 else None

    def settings(self) -> dict[str, Any]:
        """What ``load_settings`` needs to use them."""
        return {
            "database_url": f"postgresql://engross@127.0.0.1:{self._database_port}/postgres",
            "broker_url": f"amqp://guest:guest@127.0.0.1:{self._broker_port}//",
            "files_url": f"s3://{BUCKET}/files",
            "files_options": {
                "endpoint": f"http://127.0.0.1:{self._bucket_port}",
                "region": "us-east-1",
                "access_key_id": "loopback",
                "secret_access_key": "loopback",
                "allow_http": "true",
            },
        }

    def start(self) -> None:
        """Start all three and wait until they answer."""
        self.start_database()
        self.start_broker()
        self.start_bucket()

    def start_database(self) -> None:
        """PostgreSQL; its folder is made when there is none yet."""
        place, data = _postgresql(), self.folder / "database"
        if self._user is not None and not data.exists():
            data.mkdir()
            shutil.chown(data, self._user)
        if not (data / "PG_VERSION").exists():
            command = [str(place / "initdb"), "-D", str(data), "-U", "engross", "-A", "trust", "--no-sync"]
            subprocess.run(command, user=self._user, check=True, capture_output=True, cwd="/", env=_environment(self.folder))
        command = [str(place / "postgres"), "-D", str(data), "-p", str(self._database_port), "-k", "", "-c", "max_connections=200"]
        end = time.monotonic() + START_SECONDS
        while True:
            self._spawn("database", command, user=self._user)
            try:
                await_port(self._database_port, self.processes["database"])
                break
            except SystemExit:
                # After a SIGKILL the old server's children end by themselves, but for a moment they still hold its memory and its port;
                # meanwhile a new one ends with status 1.
                if self.processes["database"].poll() != 1 or time.monotonic() > end:
                    raise
                time.sleep(0.2)
        self._await_database()

    def _await_database(self) -> None:
        import psycopg

        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            with contextlib.suppress(psycopg.OperationalError):
                psycopg.connect(self.settings()["database_url"], connect_timeout=2).close()
                return
            time.sleep(0.1)
        raise SystemExit("PostgreSQL does not answer")

    def start_broker(self) -> None:
        """RabbitMQ, and the small name server that it needs, as our own child."""
        base = self.folder / "broker"
        base.mkdir(exist_ok=True)
        (base / "plugins").write_text("[].\n")
        (base / "rabbitmq.conf").write_text(
            f"listeners.tcp.1 = 127.0.0.1:{self._broker_port}\nlog.console = false\nvm_memory_high_watermark.absolute = 512MB\n"
            "disk_free_limit.absolute = 50MB\n"
        )
        environment = _environment(base) | {
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_EPMD_PORT": str(self._epmd_port),
            "RABBITMQ_NODENAME": self._node,
            "RABBITMQ_DIST_PORT": str(self._dist_port),
            "RABBITMQ_BASE": str(base),
            "RABBITMQ_HOME": str(base),
            "RABBITMQ_MNESIA_BASE": str(base / "mnesia"),
            "RABBITMQ_LOG_BASE": str(base / "log"),
            "RABBITMQ_PID_FILE": str(base / "pid"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(base / "plugins"),
            "RABBITMQ_CONFIG_FILE": str(base / "rabbitmq.conf"),
            "RABBITMQ_CONF_ENV_FILE": str(base / "none.conf"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1} +S 1:1 +sbwt none",
        }
        if "names" not in self.processes or self.processes["names"].poll() is not None:
            self._spawn("names", ["epmd", "-address", "127.0.0.1", "-port", str(self._epmd_port)], environment=environment)
        self._spawn("broker", [str(_rabbitmq())], environment=environment)
        await_port(self._broker_port, self.processes["broker"])

    def start_bucket(self) -> None:
        """moto's S3 server, with one bucket. It keeps everything in memory."""
        command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self._bucket_port)]
        self._spawn("bucket", command)
        await_port(self._bucket_port, self.processes["bucket"])
        address = f"http://127.0.0.1:{self._bucket_port}/{BUCKET}"
        request = urllib.request.Request(address, method="PUT")
        with urllib.request.urlopen(request, timeout=20):  # noqa: S310 - an address of our own
            return

    def _spawn(self, name: str, command: list[str], *, user: str | None = None, environment: dict[str, str] | None = None) -> None:
        log = (self.folder / f"{name}.log").open("ab")
        self.processes[name] = subprocess.Popen(
            command, user=user, cwd="/", env=environment or _environment(self.folder), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            start_new_session=True,
        )  # fmt: skip
        log.close()

    def mend(self) -> list[str]:
        """Start again what was killed; its names."""
        dead = [name for name, process in self.processes.items() if process.poll() is not None]
        starts = {"database": self.start_database, "broker": self.start_broker, "bucket": self.start_bucket}
        for name in dead:
            if name in starts:
                starts[name]()
        return dead

    def stop(self) -> None:
        """End all, the youngest first."""
        for name, process in reversed(self.processes.items()):
            if process.poll() is None:
                # A database that is told SIGINT disconnects everybody; the others end by SIGTERM. All children of theirs end, too.
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGINT if name == "database" else signal.SIGTERM)
                try:
                    process.wait(15)
                except subprocess.TimeoutExpired:
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait()
        self.processes.clear()

    def __enter__(self) -> Services:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()


def _postgresql() -> Path:
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not places:
        raise SystemExit("PostgreSQL is not installed (script/setup test installs it).")
    return places[-1]


def _rabbitmq() -> Path:
    place = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
    if not place.exists():
        raise SystemExit("RabbitMQ is not installed (script/setup test installs it).")
    return place


def _environment(home: Path) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "HOME": str(home), "LC_ALL": "C.UTF-8"}


def user_exists(name: str) -> bool:
    """Whether this machine knows a user."""
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True
