"""Web servers and workers as on machines of their own: each with its own data folder, all with one key, database, bucket and broker."""

from __future__ import annotations

import base64
import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx
from lxml import html
from services import free_port

START_SECONDS = 120


def engross(command: Sequence[str], settings: Mapping[str, Any], folder: Path, log: Path) -> subprocess.Popen[bytes]:
    """Start the program in *folder* with *settings* in its environment; what it says is added to *log*."""
    told = {f"ENGROSS_{name.upper()}": value if isinstance(value, str) else json.dumps(value) for name, value in settings.items()}
    with log.open("ab") as file:
        return subprocess.Popen(
            [sys.executable, "-m", "engross.cli", *command],
            cwd=folder, env={**os.environ, **told, "NO_COLOR": "1"}, stdin=subprocess.DEVNULL, stdout=file, stderr=file,
        )  # fmt: skip


class Machines:
    """Two web servers and two workers, as ``engross serve`` and ``engross worker`` run them."""

    def __init__(self, folder: Path, settings: dict[str, Any], interviews: Sequence[str] = (), **more: Any) -> None:
        self._folder = folder
        self._more = more | {"interviews": list(interviews)}
        key = f"{secrets.token_hex(4)}:{base64.b64encode(secrets.token_bytes(32)).decode()}"
        self._settings = settings | {"master_key": key}
        self._ports = [free_port(), free_port()]
        self.addresses = [f"http://127.0.0.1:{port}" for port in self._ports]
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def settings_in(self, data_folder: Path) -> dict[str, Any]:
        """The settings of a further machine."""
        return self._settings | self._more | {"data_folder": str(data_folder)}

    def start(self) -> None:
        """Start what does not run, and wait until both web servers answer."""
        self.mend()
        self.await_web()

    def mend(self) -> None:
        """Start again what was killed."""
        commands = {f"web{n}": ["serve", "--port", str(port), "--workers", "0"] for n, port in enumerate(self._ports)}
        commands |= {f"worker{n}": ["worker", "--count", "1"] for n in range(2)}
        for name, command in commands.items():
            process = self.processes.get(name)
            if process is None or process.poll() is not None:
                self.processes[name] = self._spawn(name, command)

    def _spawn(self, name: str, command: list[str]) -> subprocess.Popen[bytes]:
        home = self._folder / name
        home.mkdir(exist_ok=True)
        return engross(command, self.settings_in(home / "data"), home, home / "log")

    def await_web(self) -> None:
        """Wait until both web servers answer."""
        end = time.monotonic() + START_SECONDS
        for address in self.addresses:
            while True:
                try:
                    if httpx.get(f"{address}/healthz", timeout=2).status_code < 500:
                        break
                except httpx.HTTPError:
                    time.sleep(0.1)
                if time.monotonic() > end:
                    raise SystemExit(f"{address} does not answer; see {self._folder}/web*/log")

    def check(self) -> str:
        """Start the first interview at one web server and go on at the other; what was seen."""
        with httpx.Client(follow_redirects=True, timeout=20) as browser:
            first = html.fromstring(browser.get(f"{self.addresses[0]}/").text)
            second = html.fromstring(browser.get(f"{self.addresses[1]}/interview").text)
        titles = [" ".join(page.xpath("string(//h1)").split()) for page in (first, second)]
        if titles[0] != titles[1]:
            raise SystemExit(f"the web servers show different screens: {titles}")
        return f"both web servers show `{titles[0]}`"

    def stop(self) -> None:
        """End all."""
        for process in self.processes.values():
            if process.poll() is None:
                process.terminate()
        for process in self.processes.values():
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.processes.clear()

    def __enter__(self) -> Machines:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()
