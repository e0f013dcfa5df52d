"""S3-compatible storage on a real socket: listing and reading with signed requests."""

import re
import threading
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from canary import CANARY, assert_balanced, everything


class Store(BaseHTTPRequestHandler):
    """The two requests of S3 that reading needs: a list of keys, and bytes of an object."""

    protocol_version = "HTTP/1.1"
    folder: Path
    seen: list

    def log_message(self, *_):
        pass

    def do_GET(self):
        parts = urlsplit(self.path)
        self.seen.append((self.command, self.headers.get("Authorization", "")))
        if "Credential=AUDITOR/" not in self.headers.get("Authorization", ""):
            return self._send(403, b"<Error><Code>AccessDenied</Code><Message>no</Message></Error>")
        path = self.folder / unquote(parts.path).strip("/")
        if "list-type" in parse_qs(parts.query):
            return self._list(path, parse_qs(parts.query))
        if not path.is_file():
            return self._send(404, b"<Error><Code>NoSuchKey</Code></Error>")
        raw = path.read_bytes()
        if found := re.match(r"bytes=(\d+)-(\d*)", self.headers.get("Range", "")):
            start, end = int(found[1]), min(int(found[2] or len(raw) - 1), len(raw) - 1)
            return self._send(206, raw[start:end + 1], {"Content-Range": f"bytes {start}-{end}/{len(raw)}"})
        return self._send(200, raw)

    do_HEAD = do_GET

    def _list(self, bucket: Path, query: dict) -> None:
        prefix = query.get("prefix", [""])[0]
        keys = sorted(path.relative_to(bucket).as_posix() for path in bucket.rglob("*") if path.is_file())
        items = "".join(f"<Contents><Key>{escape(key)}</Key><Size>{(bucket / key).stat().st_size}</Size><LastModified>2026-01-01T00:00:00.000Z</LastModified>"
                        "<ETag>x</ETag></Contents>" for key in keys if key.startswith(prefix))
        body = f"<?xml version='1.0'?><ListBucketResult><Name>{bucket.name}</Name><Prefix>{escape(prefix)}</Prefix><IsTruncated>false</IsTruncated>{items}</ListBucketResult>"
        self._send(200, body.encode())

    def _send(self, status: int, raw: bytes, headers: dict | None = None) -> None:
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(raw)), "Last-Modified": formatdate(0, usegmt=True), "ETag": '"x"', "Accept-Ranges": "bytes"} | (headers or {})).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(raw)


@pytest.fixture
def store(tmp_path):
    handler = type("Handler", (Store,), {"folder": tmp_path / "s3", "seen": []})
    (tmp_path / "s3" / "audit" / "romashka").mkdir(parents=True)
    server = ThreadingHTTPServer(("localhost", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield handler, f"http://localhost:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def test_parquet_files_of_a_bucket(desk, store, monkeypatch):
    handler, url = store
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    table = pa.table({"id": [9007199254740993123, 5], "stage": ["won", "open"], "amount": [10.5, 1.0], "created": ["2026-03-01", "2026-03-02"]})
    pq.write_table(table.slice(0, 1), handler.folder / "audit" / "romashka" / "deals_1.parquet")
    pq.write_table(table.slice(1, 1), handler.folder / "audit" / "romashka" / "deals_2.parquet")
    monkeypatch.setenv("S3_SECRET", CANARY)
    text = f"sources: [{{url: 's3://audit/romashka/*.parquet', endpoint: '{url}', region: us-east-1, user: AUDITOR, password: 'env:S3_SECRET', tables: {{deals: 'deals_*.parquet'}}}}]\n"
    desk.client(text)
    desk.run()
    assert desk.table("deals")["deal_id"].tolist() == ["9007199254740993123", "5"]
    assert desk.report["files"][0]["file"] == "s3://audit/romashka/*.parquet"
    assert_balanced(desk)
    assert CANARY[:9] not in everything(desk)
    assert {verb for verb, _ in handler.seen} <= {"GET", "HEAD"}
    desk.client(text.replace("AUDITOR", "NOBODY"))
    error = desk.fails()
    assert error.code == 10
    assert CANARY[:9] not in str(error)
