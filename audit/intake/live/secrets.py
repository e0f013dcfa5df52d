"""Secrets by reference, and texts that never show them."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterable
from urllib.parse import quote, quote_plus, urlsplit

from audit.errors import Phrase, UsageError

MASK = "***"


def secret(reference: str, place: str) -> str:
    """The secret that `env:NAME` or `keyring:service/user` leads to; UsageError when there is none."""
    kind, _, name = reference.partition(":")
    found = (os.environ.get(name) if kind == "env" else _from_keyring(name, place)) or ""
    if not found.strip():
        raise UsageError("live.no_secret", reference=reference, place=place, how=Phrase(f"live.how.{kind}", {"name": name}))
    return found.strip()


def _from_keyring(name: str, place: str) -> str | None:
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError:
        raise missing("keyring", place) from None
    service, _, user = name.partition("/")
    try:
        return keyring.get_password(service, user)
    except KeyringError:
        return None


def missing(extra: str, place: str) -> UsageError:
    """An optional package is not installed."""
    return UsageError("live.no_package", extra=extra, place=place)


def scrub(text: object, secrets: Iterable[str]) -> str:
    """One line of at most 300 characters with every secret, in every form that texts carry it, masked.

    >>> scrub("no access for hunter/2 (hunter%2F2)", ["hunter/2"])
    'no access for *** (***)'
    """
    told = " ".join(str(text).split())
    for one in sorted((one for one in secrets if one), key=len, reverse=True):
        coded = base64.b64encode(one.encode()).decode()
        for form in {one, quote(one), quote(one, safe=""), quote_plus(one), repr(one)[1:-1], coded}:
            told = told.replace(form, MASK)
    return told[:300]


def shown(url: str) -> str:
    """An address without password, options and whatever else may be secret.

    >>> shown("postgres://audit:hunter2@db.example:5432/crm?sslmode=require")
    'postgres://audit:***@db.example:5432/crm'
    """
    parts = urlsplit(url)
    user, at, host = parts.netloc.rpartition("@")
    name, colon, _ = user.partition(":")
    return f"{parts.scheme}://{name}{colon and ':' + MASK}{at}{host}{parts.path}"
