"""nginx with the configuration that deploy/ ships, before an application that notes what reaches it."""

import http.client
import json
import re
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

CONFIG = Path(settings.BASE_DIR) / "deploy" / "nginx.conf"
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
PATIENCE_S = 20.0
SHOWN, KEPT = "/api/v1/check-ins/1/photos/ab?size=thumb", "/kept/derived/ab/cd/abcd.thumb.jpg"
PHOTO = b"\xff\xd8 a photo that only nginx has"

pytestmark = pytest.mark.skipif(
    not (NGINX and shutil.which("openssl")), reason="nginx and openssl are not installed here"
)


@dataclass
class Application:
    """Answers everything with 200 and its size; notes path, headers and length of each request."""

    seen: list[tuple[str, dict[str, str], int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        seen = self.seen

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_PUT(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                seen.append((self.path, dict(self.headers), len(body)))
                answer = json.dumps({"padding": "x" * 2000}).encode()
                self.send_response(200)
                if self.path == SHOWN:
                    self.send_header("X-Accel-Redirect", KEPT)
                    self.send_header("Cache-Control", "private, max-age=31536000, immutable")
                    self.send_header("Content-Disposition", "inline; filename=thumb.jpg")
                self.send_header("Content-Type", "image/jpeg" if self.path == SHOWN else "application/json")
                self.send_header("Content-Length", str(len(answer)))
                self.send_header("Connection", "close")  # or a kept connection would outlive the server
                self.end_headers()
                self.wfile.write(answer)

            do_GET = do_PUT

            def log_message(self, *_words: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def stop(self) -> None:
        """More than once does no harm."""
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@dataclass
class Front:
    plain: int
    tls: int
    application: Application

    def connect(self, sender: str = "127.0.0.1") -> http.client.HTTPSConnection:
        context = ssl._create_unverified_context()
        return http.client.HTTPSConnection(
            "127.0.0.1", self.tls, timeout=PATIENCE_S, context=context, source_address=(sender, 0)
        )

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[Any, bytes]:
        connection = self.connect()
        connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        data = answer.read()
        connection.close()
        return answer, data


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    folder = tmp_path_factory.mktemp("nginx")
    application = Application()
    front = Front(free_port(), free_port(), application)
    subprocess.run(
        [
            "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=phones.example.cn",
            "-keyout", str(folder / "privkey.pem"), "-out", str(folder / "fullchain.pem"),
        ],
        check=True, capture_output=True,
    )  # fmt: skip
    (folder / "main.conf").write_text(main_config(folder, front))
    kept = folder / KEPT.replace("/kept/", "uploads/")
    kept.parent.mkdir(parents=True)
    kept.write_bytes(PHOTO)
    command = [str(NGINX), "-p", str(folder), "-c", str(folder / "main.conf"), "-e", str(folder / "error.log")]
    checked = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    assert "[warn]" not in checked.stderr
    running = subprocess.Popen([*command, "-g", "daemon off;"])
    until = time.monotonic() + PATIENCE_S
    while not answers(front.tls):
        assert running.poll() is None, (folder / "error.log").read_text()
        assert time.monotonic() < until
        time.sleep(0.02)
    try:
        yield front
    finally:
        running.terminate()
        running.wait()
        application.stop()


def main_config(folder: Path, front: Front) -> str:
    """The file as shipped, with other ports, folders and certificate, inside the least that nginx wants around it."""
    ours = CONFIG.read_text(encoding="utf-8").replace("/etc/fieldwork/tls", str(folder))
    ours = ours.replace("/var/lib/fieldwork/uploads", f"{folder}/uploads")
    ours = re.sub(r"^ +listen \[::\].*\n", "", ours, flags=re.MULTILINE)
    ours = ours.replace("listen 80;", f"listen 127.0.0.1:{front.plain};")
    ours = ours.replace("listen 443 ", f"listen 127.0.0.1:{front.tls} ")
    ours = ours.replace("server 127.0.0.1:8000;", f"server 127.0.0.1:{front.application.server.server_address[1]};")
    user = "user root;" if folder.owner() == "root" else ""
    paths = "".join(
        f"{name}_temp_path {folder}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    return f"{user} pid {folder}/pid; events {{}} http {{ access_log off; {paths}\n{ours}\n}}"


def test_application_learns_who_asked_and_how(front: Front) -> None:
    front.application.seen.clear()
    answer, _ = front.ask(
        "GET", "/api/v1/me", X_Forwarded_For="10.9.9.9", X_Forwarded_Proto="http", X_Request_ID="mine"
    )
    ((path, headers, _),) = front.application.seen
    assert path == "/api/v1/me"
    assert headers["X-Forwarded-For"].split(", ")[-1] == "127.0.0.1"  # what the sender claims stands further left
    assert headers["X-Forwarded-Proto"] == "https"
    assert headers["X-Request-ID"] == answer.headers["X-Request-ID"] != "mine"


def test_slow_upload_engages_nobody_until_it_is_whole(front: Front) -> None:
    front.application.seen.clear()
    connection = front.connect()
    connection.putrequest("PUT", "/api/v1/check-ins/1")
    connection.putheader("Content-Length", str(2 << 20))
    connection.endheaders(b"x" * (1 << 20))
    other, _ = front.ask("GET", "/api/v1/me")
    assert other.status == 200
    assert [path for path, _, _ in front.application.seen] == ["/api/v1/me"]
    connection.send(b"x" * (1 << 20))
    assert connection.getresponse().status == 200
    assert front.application.seen[-1][2] == 2 << 20
    connection.close()


def test_limit_of_a_body_is_the_settings_and_told_as_a_problem(front: Front) -> None:
    assert f"client_max_body_size {settings.BODY_BYTES >> 20}m;" in CONFIG.read_text(encoding="utf-8")
    connection = front.connect()
    connection.putrequest("PUT", "/api/v1/check-ins/1")
    connection.putheader("Content-Length", str(settings.BODY_BYTES + 1))
    connection.endheaders()
    answer = connection.getresponse()
    problem = json.loads(answer.read())
    assert (answer.status, answer.headers["Content-Type"]) == (413, "application/problem+json")
    assert (problem["code"], problem["status"]) == ("too_large", 413)
    connection.close()


@pytest.mark.parametrize("path", ["/metrics", "/metrics?x=1", "/metrics/", "/metrics%2f"])
def test_figures_are_not_public(front: Front, path: str) -> None:
    front.application.seen.clear()
    assert front.ask("GET", path)[0].status == 404
    assert front.application.seen == []


@pytest.mark.parametrize("path", ["/readyz", "/readyz/", "/readyz%2f", "/./readyz/", "/readyz/?x=1"])
def test_what_does_not_work_is_told_to_this_machine_alone(front: Front, path: str) -> None:
    front.application.seen.clear()
    assert front.ask("GET", path)[0].status == 200
    stranger = front.connect(sender="127.0.0.2")
    stranger.request("GET", path)
    assert stranger.getresponse().status == 403
    assert len(front.application.seen) == 1
    stranger.close()


def test_answers_are_compressed(front: Front) -> None:
    answer, data = front.ask("GET", "/api/v1/me", Accept_Encoding="gzip")
    assert answer.headers["Content-Encoding"] == "gzip"
    assert len(data) < 1000


def test_token_in_clear_is_refused_and_a_page_is_sent_to_https(front: Front) -> None:
    front.application.seen.clear()
    connection = http.client.HTTPConnection("127.0.0.1", front.plain, timeout=PATIENCE_S)
    connection.request("GET", "/api/v1/me", headers={"Authorization": "Bearer x", "Host": "phones.example.cn"})
    answer = connection.getresponse()
    assert (answer.status, json.loads(answer.read())["code"]) == (403, "not_allowed")
    for name in ("phones.example.cn", "elsewhere.example.cn"):
        connection.request("GET", "/admin/", headers={"Host": name})
        answer = connection.getresponse()
        answer.read()
        assert (answer.status, answer.headers["Location"]) == (301, "https://phones.example.cn/admin/")
    assert front.application.seen == []
    connection.close()


def test_photo_that_the_application_allows_is_sent_by_nginx_with_its_headers(front: Front) -> None:
    answer, data = front.ask("GET", SHOWN)
    assert (answer.status, data) == (200, PHOTO)
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert answer.headers["Cache-Control"] == "private, max-age=31536000, immutable"
    assert answer.headers["Content-Disposition"] == "inline; filename=thumb.jpg"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "Authorization" in answer.headers.get_all("Vary", [])
    assert answer.headers["X-Request-ID"]
    assert "X-Accel-Redirect" not in answer.headers
    part, data = front.ask("GET", SHOWN, Range="bytes=2-8")
    assert (part.status, data) == (206, PHOTO[2:9])


def test_uploads_are_nobodys_to_ask_for(front: Front) -> None:
    front.application.seen.clear()
    for path in (KEPT, "/kept/", "/kept/../kept/derived/ab/cd/abcd.thumb.jpg"):
        assert front.ask("GET", path)[0].status == 404
    assert front.application.seen == []


def test_application_that_is_away_is_a_problem_to_be_repeated(front: Front) -> None:
    front.application.stop()  # the last test: nothing stands behind nginx any more
    answer, data = front.ask("GET", "/api/v1/me")
    assert (answer.status, answer.headers["Retry-After"], json.loads(data)["code"]) == (503, "10", "unavailable")
