"""firebase-admin with its retries and its waiting bounded.

Importing this imports firebase-admin, some 40 MB and a third of a second: only who sends does.

What firebase-admin does by itself, and why not here: it repeats a message that failed with 500 or 503 four times within
seven seconds, in which the thread waits; google-auth asks three times for an access token, and from each thread whose
message meets none or an old one. Whether to try again is the ledger's decision. Address and session are private to its
service object, which is why its version is pinned.
"""

import socket
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from json import dumps, loads
from pathlib import Path
from typing import Any
from uuid import uuid4
from weakref import WeakSet

import firebase_admin
import requests
from firebase_admin import _http_client, credentials, messaging
from google.auth.exceptions import TransportError
from google.auth.transport import DEFAULT_RETRYABLE_STATUS_CODES, Response
from google.auth.transport.requests import Request
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

_MARGIN = timedelta(minutes=1)  # more than any batch takes
_BROKEN = 500
_BUSY = {"internal_failure", "server_error", "temporarily_unavailable"}  # RFC 6749, 4.1.2.1, and Google's own


class App:
    """An app of firebase-admin's, its connections and its access token. `patience` is seconds a connect or a read.

    Raises OSError or ValueError where the account's file is not one, or its key cannot be read.
    """

    def __init__(self, account: Path, url: str, connections: int, patience: float) -> None:
        certificate = credentials.Certificate(str(account))
        self._app = firebase_admin.initialize_app(certificate, {"httpTimeout": patience}, name=f"fieldwork {uuid4()}")
        self._credential = certificate.get_credential()
        self._patience = patience
        self._adapter = _Adapter(pool_connections=4, pool_maxsize=connections, pool_block=False, max_retries=0)
        self._session = self._prepared(_Session(), url)
        self._session.headers["Content-Type"] = "application/json"
        self._token_session = self._prepared(requests.Session(), str(self._credential._token_uri))
        self._token_request = Request(self._token_session)  # kept: when it goes, it closes the connections of all
        self._service = service = messaging._get_messaging_service(self._app)
        service._fcm_url = f"{url}/v1/projects/{self._app.project_id}/messages:send"
        service._client = _http_client.JsonHttpClient(session=self._session, retries=False, timeout=patience)

    def _prepared(self, session: requests.Session, url: str) -> requests.Session:
        """Proxies and certificates as the environment has them, looked up here once rather than for every message."""
        found = session.merge_environment_settings(url, {}, None, None, None)
        session.proxies, session.verify, session.cert = found["proxies"], found["verify"], found["cert"]
        session.trust_env = False
        session.max_redirects = 0
        for scheme in ("http://", "https://"):
            session.mount(scheme, self._adapter)
        return session

    @property
    def ready(self) -> bool:
        """Whether there is an access token that will outlast a batch."""
        expiry = self._credential.expiry
        now = datetime.now(UTC).replace(tzinfo=None)  # as google-auth keeps it
        return bool(self._credential.token) and (expiry is None or now + _MARGIN < expiry)

    def refresh(self) -> None:
        """Ask for an access token, once. Raises GoogleAuthError; ValueError or TypeError where the answer is none."""
        self._credential.refresh(self._ask)
        self._session.headers["Authorization"] = f"Bearer {self._credential.token}"

    def _ask(self, url: str, **request: Any) -> Response:
        """google-auth's way to the token endpoint, but that what it would repeat after a second ends the matter."""
        response: Response = self._token_request(url, **{**request, "timeout": self._patience})
        if response.status in DEFAULT_RETRYABLE_STATUS_CODES or response.status >= _BROKEN:
            raise TransportError(  # type: ignore[no-untyped-call]
                f"the token endpoint answers {response.status}"
            )
        said = loads(response.data)
        if not isinstance(said, dict) or said.get("error") in _BUSY:
            raise TransportError(  # type: ignore[no-untyped-call]
                "the token endpoint answers something else"
            )
        return response

    def send(self, message: messaging.Message) -> str:
        """What FCM calls the message. Raises FirebaseError, ValueError where it cannot be encoded."""
        return str(self._service.send(message))

    def cut(self) -> None:
        """End every call under way: their threads are free at once, also of a server that trickles."""
        self._adapter.cut()

    def close(self) -> None:
        self.cut()
        self._session.close()
        self._token_session.close()
        firebase_admin.delete_app(self._app)


class _Session(requests.Session):
    """A session that posts JSON and no more: what else a request may have costs a third of a message's time."""

    def request(  # type: ignore[override]
        self, method: str, url: str, *, headers: dict[str, str], json: Any, timeout: float
    ) -> requests.Response:
        prepared = requests.PreparedRequest()
        prepared.method, prepared.url, prepared.body = method.upper(), url, dumps(json).encode()
        prepared.headers = CaseInsensitiveDict({**self.headers, **headers})
        prepared.headers["Content-Length"] = str(len(prepared.body))
        response = self.get_adapter(url).send(
            prepared, timeout=timeout, verify=self.verify, cert=self.cert, proxies=self.proxies
        )
        _whole = response.content  # read, so that its connection is free
        return response


class _Adapter(HTTPAdapter):
    """Knows its connections. requests' timeout is each read's: a byte now and then would hold a thread for ever."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        self._opened: WeakSet[HTTPConnection] = WeakSet()
        self._pools = _pools_noting_in(self._opened)
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **kwargs)
        manager.pool_classes_by_scheme = self._pools
        return manager

    def cut(self) -> None:
        for connection in list(self._opened):
            if found := connection.sock:
                with suppress(OSError):  # closed meanwhile
                    # The plain socket's: SSLSocket.shutdown takes away what the other thread is reading with.
                    socket.socket.shutdown(found, socket.SHUT_RDWR)


def _pools_noting_in(opened: WeakSet[HTTPConnection]) -> dict[str, type[HTTPConnectionPool]]:
    """urllib3's pools by scheme, whose connections stand in `opened` from the moment that they begin."""

    class Plain(HTTPConnection):
        def connect(self) -> None:
            opened.add(self)
            super().connect()

    class Secure(HTTPSConnection):
        def connect(self) -> None:
            opened.add(self)
            super().connect()

    return {
        "http": type("Http", (HTTPConnectionPool,), {"ConnectionCls": Plain}),
        "https": type("Https", (HTTPSConnectionPool,), {"ConnectionCls": Secure}),
    }
