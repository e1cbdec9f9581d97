"""The few things of docassemble's own server that published packages import: its tables, its JSON store, its geocoders.

Its tables of sessions are ``session_tables``. A geocoder without a key does nothing.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from engross.library.locales import get_config
from engross.library.session_tables import PAGE, Tables, note


def get_session(*_: Any, **__: Any) -> Tables:
    """A session for reading docassemble's tables."""
    return Tables()


@contextmanager
def session_scope(*_: Any, **__: Any) -> Iterator[Tables]:
    """A session for changing docassemble's tables."""
    yield Tables()


class NoDatabase:
    """docassemble's ``db``."""

    session = Tables()

    def connect(self) -> Tables:
        return Tables()

    begin = connect


db = NoDatabase()
JsonDb = db.session


def init_sqlalchemy(*_: Any, **__: Any) -> NoDatabase:
    """docassemble's database."""
    return db


class JsonStorage:
    """A row of docassemble's table of answers in JSON; it can be made, not kept."""

    def __init__(self, **values: Any) -> None:
        vars(self).update(values)


class PlaygroundSection:
    """A folder of docassemble's playground, which Engross does not have."""

    def __init__(self, section: str = "", project: str = "default") -> None:
        self.section = section
        self.project = project

    def get_file_list(self) -> list[str]:
        """No files."""
        return []

    def file_exists(self, filename: str) -> bool:
        """Never."""
        return False


class GeoCoder:
    """A geocoder without a key: it is asked whether it may work, and says no."""

    data: Any = None

    def config_ok(self) -> bool:
        return False

    def initialize(self) -> None:
        """Nothing to prepare."""

    def geocode(self, *_: Any, **__: Any) -> bool:
        return False

    def populate_address(self, address: Any) -> None:
        """Leave *address* as it is."""

    def get_result(self, *_: Any, **__: Any) -> dict[str, Any]:
        return {}


class GoogleV3GeoCoder(GeoCoder):
    """Google's."""


class AzureMapsGeoCoder(GeoCoder):
    """Microsoft's."""


class Server:
    """docassemble's ``server``: what its base asked of its web application before version 1.10."""

    @property
    def daconfig(self) -> Configuration:
        return Configuration()

    def write_answer_json(self, *args: Any, **kwargs: Any) -> None:
        write_answer_json(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"docassemble's `server.{name}` is not part of Engross; see {PAGE}.")


class Configuration:
    """docassemble's ``daconfig``: the server's ``config`` table, read only."""

    def get(self, key: str, default: Any = None) -> Any:
        return get_config(key, default)

    def __getitem__(self, key: str) -> Any:
        missing = object()
        value = get_config(key, missing)
        if value is missing:
            raise KeyError(key)
        return value

    def __contains__(self, key: object) -> bool:
        missing = object()
        return get_config(str(key), missing) is not missing


server = Server()
daconfig = Configuration()


def write_answer_json(
    user_code: str, filename: str, data: Any, tags: str | None = None, persistent: bool = False
) -> None:
    """Keep *data* of a session under the label *tags*, beside its answers; docassemble keeps it in a table. Raises DAError."""
    note(user_code, str(tags), data, replace=True)


def get_configuration() -> Configuration:
    """The server's configuration."""
    return daconfig


_passing: dict[str, Any] = {}
"""Files that go when the process ends."""


def alchemy_url(db_config: str) -> str:
    """The address of a database that the server's ``config`` describes; when it does not, of one that ends with this process, so
    that packages with tables of their own work, and keep nothing."""
    found = get_config(db_config)
    if not isinstance(found, dict) or "name" not in found:
        if db_config not in _passing:
            _passing[db_config] = tempfile.NamedTemporaryFile(prefix="engross-packages-")  # noqa: SIM115 - as long as the process
        return f"sqlite:///{_passing[db_config].name}"
    person = f"{found['user']}:{found.get('password', '')}@" if found.get("user") else ""
    place = f"{found.get('host', '')}:{found['port']}" if found.get("port") else str(found.get("host") or "")
    return f"{found.get('prefix', 'postgresql+psycopg://')}{person}{place}/{found['name']}"


def connect_args(db_config: str) -> dict[str, Any]:
    """Arguments for connecting to that database."""
    return {}


def pdf_to_pdfa(filename: str) -> None:
    """Make the PDF at that path say it is PDF/A-2B, in place."""
    from engross.documents import pdf

    path = Path(filename)
    path.write_bytes(pdf.to_pdfa(path))
