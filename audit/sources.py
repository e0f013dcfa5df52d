"""What one entry of `sources:` in client.yml may say: a file of inbox/, a place with tables, or a portal."""

from __future__ import annotations

import datetime as dt
import re
from typing import Literal
from urllib.parse import parse_qsl, unquote, urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

SCHEMES = ("postgres", "postgresql", "mysql", "mariadb", "sqlite", "duckdb", "parquet", "s3")
# a secret stands in the environment or in the keyring of the computer; here only its name may stand
REFERENCE = re.compile(r"^(?:env:[A-Za-z_][A-Za-z0-9_]*|keyring:[^/\s]+/\S+)$")
_SECRET_NAMES = re.compile(r"pass|pwd|secret|token|api_?key|access_?key|auth|signature|credential|session", re.I)
_WEBHOOK = re.compile(r"/rest/\d+/[^/]+", re.I)


def _fault(url: str) -> Literal["secret", "url"] | None:
    """What is wrong with an address: a secret stands in it, or it is none."""
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 (reading it checks it)
        secret = parts.password is not None or any(_SECRET_NAMES.search(name) for name, _ in parse_qsl(parts.query, True))
    except ValueError:
        return "secret" if "@" in url else "url"
    # a password with / ? or # in it ends the address early and leaves an @ behind
    tail = unquote(parts.path) + parts.query + parts.fragment
    return "secret" if secret or "@" in tail or _WEBHOOK.search(tail) or _SECRET_NAMES.search(parts.fragment) else None


def secret_in(url: str) -> bool:
    """Whether a password, token or webhook stands in an address."""
    return _fault(url) == "secret"


def without_secret(url: str) -> str:
    """The address as it is; the validator's error where a secret stands in it or it is no address."""
    if found := _fault(url):
        raise PydanticCustomError(found, found)
    return url


class Part(BaseModel):
    """Base of every part of client.yml: frozen, unknown keys refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)


class Source(Part):
    """One source named by hand: `file` (a pattern inside inbox/), `url` (a place with tables) or `api` (a portal)."""

    file: str = Field(default="", description="a file name or pattern inside inbox/")
    url: str = Field(default="", description="postgres://, mysql://, sqlite:///, duckdb:///, parquet:///, s3://; of a portal, its address")
    sqlite: str = Field(default="", description="a SQLite file inside the workspace")
    api: Literal["bitrix24", "amocrm"] | None = None
    domain: str = Field(default="", description="of a portal, its address without https://")
    name: str = Field(default="", pattern=r"^[\w-]*$", max_length=60, description="folder of the copies")
    tables: dict[str, str] | tuple[str, ...] = ()
    preset: str | dict[str, str] | None = None
    table: str | dict[str, str] | None = None
    encoding: str | None = None
    separator: str | None = None
    user: str = ""
    password: str = Field(default="", description="env:NAME or keyring:service/user")
    token: str = Field(default="", description="env:NAME or keyring:service/user")
    endpoint: str = Field(default="", description="of S3-compatible storage, its address")
    region: str = ""
    since: dt.date | None = Field(default=None, description="of a portal: nothing that last changed before this day")
    timeout: int = Field(default=300, gt=0, description="seconds that one query may take")

    @field_validator("password", "token")
    @classmethod
    def _a_reference(cls, value: str) -> str:
        if value and not REFERENCE.match(value):
            raise PydanticCustomError("secret", "must be a reference")
        return value

    @field_validator("url", "endpoint")
    @classmethod
    def _no_secret(cls, value: str) -> str:
        return without_secret(value)

    @field_validator("domain")
    @classmethod
    def _an_address(cls, value: str) -> str:
        if value and not re.fullmatch(r"[\w.-]+(?::\d+)?", value):
            raise PydanticCustomError("url", "is no address")
        return value

    @model_validator(mode="after")
    def _one_of_three(self) -> Source:
        named = [name for name in ("file", "url", "sqlite", "api") if getattr(self, name)]
        if self.api and not (self.domain or self.url):
            raise PydanticCustomError("portal_address", "needs url or domain")
        if len([name for name in named if not (name == "url" and self.api)]) != 1:
            raise PydanticCustomError("one_of", "needs one of file, url, sqlite, api")
        if not self.file and not self.api and self.url and urlsplit(self.url).scheme not in SCHEMES:
            raise PydanticCustomError("scheme", "unknown scheme", {"known": ", ".join(SCHEMES)})
        return self

    def said(self, what: Literal["preset", "table"], sheet: str | None) -> str | None:
        """The preset or canonical table named for one sheet or table of the source."""
        value = getattr(self, what)
        return value.get(sheet or "") if isinstance(value, dict) else value

    @property
    def is_place(self) -> bool:
        """Whether it names a database or a folder of tables."""
        return not self.file and self.api is None
