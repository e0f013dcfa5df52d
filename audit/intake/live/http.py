"""Reading over HTTP at a portal's pace: GET alone, a bucket of requests, patience with what passes, none with what does not."""

from __future__ import annotations

import json
import logging
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from audit.errors import UnreadableError, UsageError
from audit.intake.live.secrets import missing, scrub

TRIES = 8
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 120.0  # seconds between tries; each is twice the one before
_PASSING = {408, 425, 429, 500, 502, 503, 504}
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


class Refused(Exception):
    """An answer that a repetition will not change: `status`, `code` and `why` as the portal gave them."""

    def __init__(self, status: int, code: str, why: str):
        super().__init__(f"{status} {code} {why}".strip())
        self.status, self.code = status, code


@dataclass
class Bucket:
    """Requests that may be sent at once (`size`) and how many drain away each second (`drain`)."""

    size: float
    drain: float
    level: float = 0.0
    seen: float = field(default_factory=time.monotonic)

    def take(self) -> None:
        """Wait until one more request fits."""
        now = time.monotonic()
        self.level, self.seen = max(0.0, self.level - (now - self.seen) * self.drain), now
        if self.level + 1 > self.size:
            time.sleep((self.level + 1 - self.size) / self.drain)
            return self.take()
        self.level += 1
        return None


@dataclass
class Answer:
    """A page: status and the JSON of its body, None for an empty one."""

    status: int
    body: Any


class Reader:
    """Sends GET requests to one portal; `headers` gives those of a request and raises for a token that is gone.

    `pause_of` reads from an answer how many seconds the portal wants to be left alone before the next request.
    """

    def __init__(self, label: str, base: str, bucket: Bucket, secrets: list[str], headers: Mapping[str, str],
                 code_of: Callable[[Any], tuple[str, str]], pause_of: Callable[[Any], float] = lambda _: 0.0):
        try:
            import httpx
        except ImportError:
            raise missing("api", label) from None
        if urlsplit(base).scheme != "https" and urlsplit(base).hostname not in _LOOPBACK:
            raise UsageError("live.plain_http", place=label)
        for name in ("httpx", "httpcore"):
            logging.getLogger(name).setLevel(logging.CRITICAL)  # their lines hold addresses, and addresses hold tokens
        self.label, self.bucket, self.secrets, self.code_of, self.pause_of = label, bucket, secrets, code_of, pause_of
        self.requests = 0
        self._errors = (httpx.TransportError, httpx.DecodingError)
        self._client = httpx.Client(base_url=base, headers=dict(headers), timeout=httpx.Timeout(60, connect=20), follow_redirects=False,
                                    trust_env=urlsplit(base).hostname not in _LOOPBACK)

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def get(self, path: str, params: list[tuple[str, str]]) -> Answer:
        """One page. Refused for an answer that stays; UnreadableError when the portal does not answer after all tries."""
        last = ""
        for turn in range(TRIES):
            self.bucket.take()
            self.requests += 1
            wait = min(FIRST_PAUSE * 2**turn, LONGEST_PAUSE) * random.uniform(0.75, 1.25)
            try:
                response = self._client.get(path, params=tuple(params))
                body = json.loads(response.content) if response.content.strip() else None
            except (*self._errors, ValueError) as why:
                last = type(why).__name__ if isinstance(why, ValueError) else f"{type(why).__name__} {why}"
                time.sleep(wait)
                continue
            if response.status_code < 300:
                time.sleep(self.pause_of(body))
                return Answer(response.status_code, body)
            code, why_not = self.code_of(body)
            last = f"{response.status_code} {code} {why_not}".strip()
            if response.status_code not in _PASSING and code not in ("QUERY_LIMIT_EXCEEDED", "OPERATION_TIME_LIMIT"):
                raise Refused(response.status_code, code, scrub(why_not, self.secrets))
            time.sleep(max(wait, _asked_pause(response.headers.get("retry-after")), min(self.pause_of(body), 600)))
        raise UnreadableError("live.portal_silent", place=self.label, n=TRIES, why=scrub(last, self.secrets))


def _asked_pause(text: str | None) -> float:
    return min(float(text), 600.0) if text and text.isdigit() else 0.0
