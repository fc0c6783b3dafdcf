"""The floor of `check_in.py`: a token looked up, the multipart body streamed to a file, file and folder synced, a row
inserted and committed, in a bare WSGI handler.

It computes no digest, checks nothing and answers next to nothing: what is left is what no framework could save.
"""

import hashlib
import os
import threading
import uuid
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, BinaryIO

import psycopg

CHUNK = 1 << 18
TABLE = "CREATE TABLE floor_check_in (id uuid PRIMARY KEY, user_id bigint NOT NULL, body text NOT NULL, photo text)"
_here = threading.local()


def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """`PUT /…/{uuid}`; anything else is answered 200."""
    if environ["REQUEST_METHOD"] != "PUT":
        start_response("200 OK", [("Content-Length", "2")])
        return [b"{}"]
    user = _user(environ["HTTP_AUTHORIZATION"].partition(" ")[2])
    declared, photo = _parts(environ["wsgi.input"], int(environ["CONTENT_LENGTH"]), environ["CONTENT_TYPE"])
    key = environ["PATH_INFO"].rpartition("/")[2]
    _here.connection.execute("INSERT INTO floor_check_in VALUES (%s, %s, %s, %s)", [key, user, declared, photo])
    body = b'{"id": "%s"}' % key.encode()
    start_response("201 Created", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]


def _user(token: str) -> int:
    if not hasattr(_here, "connection"):
        _here.connection = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)
    digest = hashlib.sha512(token.encode()).hexdigest()
    found = _here.connection.execute("SELECT user_id FROM api_devicetoken WHERE digest = %s", [digest], prepare=True)
    return int(found.fetchone()[0])


def _parts(stream: BinaryIO, length: int, content_type: str) -> tuple[str, str]:
    """The JSON of the first part, which fits into a chunk, and the file of the second."""
    end = b"\r\n--" + content_type.partition("boundary=")[2].encode()
    data = stream.read(min(CHUNK, length))
    length -= len(data)
    _head, _blank, rest = data.partition(b"\r\n\r\n")
    declared, _boundary, rest = rest.partition(end)
    _head, _blank, data = rest.partition(b"\r\n\r\n")
    folder = Path(os.environ["FIELDWORK_DATA_DIR"]) / "floor"
    folder.mkdir(exist_ok=True)
    path = folder / uuid.uuid4().hex
    with path.open("xb") as file:
        while length:
            read = stream.read(min(CHUNK, length))
            length -= len(read)
            data += read
            at = data.find(end)
            keep = at if at >= 0 else len(data) - len(end)
            file.write(data[:keep])
            data = data[keep:]
        at = data.find(end)
        file.write(data[: at if at >= 0 else None])
        file.flush()
        os.fsync(file.fileno())
    handle = os.open(folder, os.O_RDONLY)
    os.fsync(handle)
    os.close(handle)
    return declared.decode(), path.name
