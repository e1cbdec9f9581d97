"""Settings: one table with a name, a type, a default and one line of help each.

They come, the first that is there, from arguments of the call, from the environment (``ENGROSS_DATA_FOLDER=…``), from
``engross.toml`` in the working folder (or the file that ``ENGROSS_SETTINGS`` names), and from the defaults below. Lists and
tables in the environment are written as JSON.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from engross.errors import OperatorError, nearest

MEGABYTE = 1024 * 1024


class Settings(BaseSettings):
    """Everything an operator can set. Each field's description is its help, and a test says that it has one."""

    model_config = SettingsConfigDict(env_prefix="ENGROSS_", extra="forbid", frozen=True, validate_default=True)

    # Where things are kept
    data_folder: Path = Field(
        Path(".engross"), description="Folder for the database, the files, the key and the logs."
    )
    database_url: str | None = Field(
        None, description="Database, as SQLAlchemy writes it; without it SQLite in the data folder."
    )
    files_url: str | None = Field(
        None, description="S3-compatible store for files, as s3://bucket/prefix; without it a folder beside the database."
    )
    files_options: dict[str, str] = Field(
        default_factory=dict, description="Options of the S3-compatible store: endpoint, region, access_key_id …"
    )
    key_file: Path | None = Field(
        None, description="File with the server's keys; without it master.key in the data folder."
    )
    master_key: SecretStr | None = Field(
        None, description="The server's keys in place of the key file: id:base64 pairs with commas between, newest first."
    )

    # Interviews
    interviews: tuple[str, ...] = Field(
        (), description="Interviews that are served: folders, files, packages or package:file.yml references."
    )
    config: dict[str, Any] = Field(
        default_factory=dict, description="What get_config() of an interview may read."
    )
    language: str = Field("en", description="Language of the pages when an interview does not say.")
    locale: str = Field("en_US", description="Locale for currency and numbers when an interview does not say.")
    timezone: str = Field("America/New_York", description="Time zone of dates when an interview does not say.")
    country: str = Field("US", description="Country of addresses and telephone numbers when an interview does not say.")
    currency: str = Field("USD", description="Currency of amounts when an interview does not say.")
    undo_steps: int = Field(200, ge=1, description="How many steps back a visitor can go.")

    # Web
    host: str = Field("127.0.0.1", description="Address the web server listens on.")
    port: int = Field(8000, ge=0, le=65535, description="Port the web server listens on.")
    url: str | None = Field(None, description="The address people type, when a proxy stands before the server.")
    root_path: str = Field("", description="The part of the path that a proxy keeps to itself.")
    trusted_proxies: tuple[str, ...] = Field(
        ("127.0.0.1",), description="Addresses of proxies whose X-Forwarded headers are believed."
    )
    frame_ancestors: tuple[str, ...] = Field((), description="Sites that may show an interview in a frame.")
    debug: bool = Field(False, description="Show authors why: files, lines and variables on error pages. Never on a public server.")
    debug_anywhere: bool = Field(False, description="Allow debug on an address that others can reach.")
    go_on: str = Field(
        "auto", pattern="^(auto|button)$", description="When papers are ready: go on by itself (auto) or offer a button."
    )

    # Limits (shared by all interviews)
    body_limit: int = Field(32 * MEGABYTE, ge=1024, description="Largest request body, in bytes.")
    file_limit: int = Field(25 * MEGABYTE, ge=1024, description="Largest uploaded file, in bytes.")
    files_per_field: int = Field(20, ge=1, description="Most files in one field.")
    session_limit: int = Field(100 * MEGABYTE, ge=1024, description="Most bytes of uploads one session may keep.")
    field_count_limit: int = Field(1000, ge=1, description="Most fields in one form.")
    text_limit: int = Field(64 * 1024, ge=16, description="Most characters in a one-line field.")
    area_limit: int = Field(MEGABYTE, ge=16, description="Most characters in a text area.")
    header_limit: int = Field(8 * 1024, ge=1024, description="Most bytes of request headers.")
    json_depth: int = Field(20, ge=1, description="Deepest nesting of JSON that is read from a request.")
    request_seconds: float = Field(30, gt=0, description="Longest time for one request, in seconds.")
    think_seconds: float = Field(10, gt=0, description="Most CPU time an interview's code may use for one screen, in seconds.")
    memory_limit: int = Field(
        2048 * MEGABYTE, ge=0, description="Memory, in bytes, that a web or worker process may hold; code of an interview that wants more is ended. 0: no limit."
    )
    stuck_seconds: float = Field(
        60, ge=0, description="A process that has not moved for so many seconds, in one endless step of an interview's code, is started again. 0: never."
    )
    posts_per_second: float = Field(5, gt=0, description="Posts a session may send per second on average.")
    posts_burst: int = Field(20, ge=1, description="Posts a session may send at once.")
    sessions_per_hour: int = Field(30, ge=1, description="New sessions an address may start per hour.")
    jobs_per_hour: int = Field(60, ge=1, description="Background jobs a session may start per hour.")
    idle_minutes: int = Field(
        0, ge=0, description="Minutes without activity after which a visitor's cookie ends, for shared computers; 0 as long as the answers are kept."
    )

    # Background work
    workers: int = Field(2, ge=0, description="Worker processes that serve starts.")
    automatic_assembly: bool = Field(True, description="Make papers as background jobs by themselves, so that no page waits for them.")
    screen_wait_seconds: float = Field(1.0, ge=0, description="How long a page waits for papers before it shows the waiting screen.")
    queue_limit: int = Field(1000, ge=1, description="Most jobs that wait; further ones are refused with a kind page.")
    jobs_per_session: int = Field(20, ge=1, description="Most jobs of one session that wait.")
    job_attempts: int = Field(3, ge=1, description="How often a job is tried before it is given up.")
    job_seconds: float = Field(600, gt=0, description="Longest time for one try of a job, in seconds.")
    lease_seconds: float = Field(30, gt=0, description="After this time without a sign of life a job is given to another worker.")
    poll_seconds: float = Field(2.0, gt=0, description="How often a worker looks for jobs when nobody wakes it.")
    stop_seconds: float = Field(10, ge=0, description="How long a running job may go on after the server was told to stop.")
    broker_url: SecretStr | None = Field(None, description="RabbitMQ that spreads jobs over machines (engross[cluster]).")

    # Documents
    office_pool: int | None = Field(
        None, ge=1, description="Documents that LibreOffice converts at the same time, all workers together; without it one for each core."
    )
    office_program: str = Field("soffice", description="LibreOffice's program, or where it is.")
    office_seconds: float = Field(60, gt=0, description="Longest time for one conversion, in seconds.")
    office_recycle: int = Field(200, ge=1, description="Documents after which LibreOffice is started afresh.")
    office_queue: int = Field(100, ge=1, description="Most conversions that wait for LibreOffice on one machine.")
    sandbox: str = Field(
        "auto", pattern="^(auto|bubblewrap|none)$",
        description="How foreign files are shut in: bubblewrap, auto (bubblewrap if it works, else they are refused), none (unsafe).",
    )

    webhook_hosts: tuple[str, ...] = Field(
        (), description="Hosts that programs of the JSON API may have told when papers are ready; none without it."
    )

    # Accounts (engross[accounts])
    accounts: tuple[str, ...] = Field(
        (), description="How people may sign in: local (e-mail address and password, kept here), oidc (at another server); nobody can without it."
    )
    accounts_open: bool = Field(
        False, description="Let anybody make a local account, by a link that is sent to the address; else an administrator invites."
    )
    sign_in_hours: float = Field(12, gt=0, description="Hours after which a person must sign in again.")
    oidc_issuer: str | None = Field(None, description="Address of the OpenID Connect server that people sign in at, as its tokens name it.")
    oidc_client_id: str | None = Field(None, description="Name of this site at the OpenID Connect server.")
    oidc_client_secret: SecretStr | None = Field(None, description="Secret of this site at the OpenID Connect server; none for a public client.")
    oidc_name: str = Field("your organization", description="What people call the OpenID Connect server, for the button: Sign in with …")
    oidc_roles: str | None = Field(
        None, description="Claim of the ID token whose values become the person's roles; without it roles are given on the page /people."
    )

    # Keeping and forgetting
    retention_days: float = Field(60, gt=0, description="Days without activity after which a session and all its files are deleted.")
    retention: dict[str, float] = Field(
        default_factory=dict,
        description="Days for single interviews in place of retention_days: a name as ?i= takes it, or a pattern such as docassemble.Shelter:*.",
    )
    temporary_hours: float = Field(1, gt=0, description="Hours after which temporary files left by a crash are removed.")

    # Mail
    mail: str = Field(
        "folder", pattern="^(folder|smtp|none)$",
        description="What happens to e-mail: folder (.eml files in the data folder's outbox), smtp, none.",
    )
    mail_from: str = Field("Engross <no-reply@localhost>", description="Sender of e-mail.")
    smtp_host: str = Field("127.0.0.1", description="Mail server.")
    smtp_port: int = Field(25, ge=1, le=65535, description="Port of the mail server.")
    smtp_security: str = Field("none", pattern="^(none|starttls|tls)$", description="Encryption to the mail server: none, starttls, tls.")
    smtp_user: str | None = Field(None, description="User name at the mail server.")
    smtp_password: SecretStr | None = Field(None, description="Password at the mail server.")

    @field_validator("accounts")
    @classmethod
    def _known_ways(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        """Only ways to sign in that there are."""
        if wrong := [way for way in value if way not in ("local", "oidc")]:
            raise ValueError(f"`{wrong[0]}` is no way to sign in; there are local and oidc")
        return value

    @field_validator("data_folder", "key_file")
    @classmethod
    def _absolute(cls, value: Path | None) -> Path | None:
        """Paths do not move when a process changes its working folder."""
        return None if value is None else value.expanduser().absolute()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        del dotenv_settings, file_secret_settings
        file = Path(os.environ.get("ENGROSS_SETTINGS", "engross.toml"))
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, file)

    def days_kept(self, interview: str) -> float:
        """Days without activity after which sessions of *interview* are deleted; the shortest when several patterns fit."""
        bare = interview.replace("data/questions/", "")
        fitting = [days for pattern, days in self.retention.items() if fnmatch(interview, pattern) or fnmatch(bare, pattern)]
        return min(fitting, default=self.retention_days)

    @property
    def database(self) -> str:
        """The database's URL, the default filled in."""
        return self.database_url or f"sqlite:///{self.data_folder / 'engross.db'}"

    @property
    def key_path(self) -> Path:
        """The key file, the default filled in."""
        return self.key_file or self.data_folder / "master.key"

    def as_arguments(self) -> dict[str, Any]:
        """All values as JSON-able data with secrets in clear, for a child process; ``Settings(**data)`` gives them back."""
        values = self.model_dump(mode="json")
        for name in type(self).model_fields:
            if isinstance(secret := getattr(self, name), SecretStr):
                values[name] = secret.get_secret_value()
        return values


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One row of the table, for help and documentation."""

    name: str
    kind: str
    default: str
    help: str
    variable: str
    """Name in the environment."""


def table() -> Iterator[Setting]:
    """Every setting, in the order of the class."""
    for name, field in Settings.model_fields.items():
        kind = field.annotation.__name__ if isinstance(field.annotation, type) else str(field.annotation)
        default = field.get_default(call_default_factory=True)
        yield Setting(
            name=name,
            kind=kind.replace("typing.", "").replace("pathlib._local.", "").replace("pydantic.types.", ""),
            default="" if default is None else str(default),
            help=field.description or "",
            variable=f"ENGROSS_{name.upper()}",
        )


def load_settings(**arguments: Any) -> Settings:
    """The settings of this process. Raises OperatorError that names the setting, the value found and what is allowed."""
    try:
        return Settings(**arguments)
    except ValidationError as error:
        raise OperatorError("\n".join(_explain(item) for item in error.errors())) from error


def misspelt_variables() -> list[str]:
    """A sentence for each variable of the environment that is nearly the name of a setting. It stops nothing: the systems that start
    containers put variables there, too, that begin with the name of a service."""
    known = {f"ENGROSS_{name.upper()}" for name in Settings.model_fields} | {"ENGROSS_SETTINGS"}
    names = sorted(name for name in os.environ if name.upper().startswith("ENGROSS_") and name.upper() not in known)
    return [f"The environment has {name}, which is no setting. Did you mean {guess}?" for name in names if (guess := nearest(name.upper(), known))]


def _explain(item: Any) -> str:
    """One mistake in the settings in a sentence."""
    name = ".".join(map(str, item["loc"]))
    if item["type"] == "extra_forbidden":
        guess = nearest(name, Settings.model_fields)
        return f"There is no setting `{name}`." + (f" Did you mean `{guess}`?" if guess else "")
    field = Settings.model_fields.get(str(item["loc"][0]))
    found = "" if field is not None and "Secret" in str(field.annotation) else f" It is {item['input']!r} now."
    return f"The setting `{name}` cannot be used: {item['msg']}.{found}" + (f" ({field.description})" if field else "")
