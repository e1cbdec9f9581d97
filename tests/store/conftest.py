"""A store in a temporary folder: on SQLite, and, marked `database`, on a PostgreSQL that this run starts for itself."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from engross.settings import Settings, load_settings
from engross.store import Store, open_store
from engross.store.sessions import new_id


def postgresql_program(name: str) -> str:
    """Where a program of PostgreSQL is."""
    places = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    found = str(places[-1]) if places else shutil.which(name)
    if found is None:
        pytest.skip("PostgreSQL is not installed (script/setup installs it)")
    return found


@pytest.fixture(scope="session")
def cluster() -> Iterator[str]:
    """Address of a PostgreSQL cluster in a temporary folder, without a network port; run by a user who is not root."""
    folder = Path(tempfile.mkdtemp(prefix="engross-pg-"))
    user = None
    if os.getuid() == 0:
        user = pwd.getpwnam("nobody").pw_name
        shutil.chown(folder, user)

    def run(*command: str) -> None:
        subprocess.run(command, user=user, check=True, capture_output=True, cwd=folder, env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"})  # noqa: S603 - our own command line, no shell

    try:
        run(postgresql_program("initdb"), "-D", str(folder / "data"), "-U", "engross", "-A", "trust", "--no-sync")
        control = postgresql_program("pg_ctl")
        options = f"-c listen_addresses= -k {folder} -c fsync=off -c max_connections=200"
        run(control, "-D", str(folder / "data"), "-l", str(folder / "log"), "-o", options, "-w", "start")
        try:
            yield f"postgresql://engross@/postgres?host={folder}"
        finally:
            run(control, "-D", str(folder / "data"), "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def fresh_database(cluster: str) -> str:
    """Address of a new, empty database."""
    import psycopg

    name = f"t{new_id()}"
    with psycopg.connect(cluster, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"'.encode())
    return cluster.replace("/postgres?", f"/{name}?")


def emptied_database(cluster: str) -> str:
    """Address of the cluster's own database, emptied. A database for each test is three hundred files, which take long to remove."""
    import psycopg

    with psycopg.connect(cluster, autocommit=True) as connection:
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
    return cluster


@pytest.fixture
def fresh_address(cluster: str) -> str:
    """Address of one more empty database."""
    return fresh_database(cluster)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.database)])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """Settings with a data folder and a database of this test alone."""
    url = None if request.param == "sqlite" else emptied_database(request.getfixturevalue("cluster"))
    return load_settings(data_folder=tmp_path / "data", poll_seconds=30, database_url=url)


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    """An open store."""
    with open_store(settings) as opened:
        yield opened
