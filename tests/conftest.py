"""What holds for every test."""

import ipaddress
import itertools
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import connection, transaction
from django.test import TransactionTestCase
from hypothesis import settings
from hypothesis.internal.conjecture import providers
from hypothesis.internal.constants_ast import Constants

from tests.cluster import binary, new_cluster
from tests.desk import desk
from tests.emptying import empty
from tests.hazards import works
from tests.place import place

__all__ = [
    "counts_forgotten", "desk", "django_db_modify_db_settings", "django_db_setup", "keys_of_its_own", "network_closed",
    "place", "pytest_configure_node", "quick_clients", "quick_passwords", "rows_of_a_module", "works",
]  # fmt: skip

# The same cases everywhere and every time, however slow the machine: a run says something of the change alone.
settings.register_profile("house", deadline=None, derandomize=True)
settings.load_profile("house")
# Nor from which of our modules happen to be loaded, among whose constants Hypothesis would draw.
providers._get_local_constants = Constants

_numbers = itertools.count()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """On PostgreSQL, every process of xdist's has a server of its own, if servers can be started here.

    What waits for the feed waits for each transaction on its server: beside another process, for that one's tests.
    """
    if connection.vendor == "postgresql" and binary("initdb"):
        server = ExitStack()
        node.config.add_cleanup(server.close)
        node.workerinput["server"] = server.enter_context(new_cluster())


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    request: pytest.FixtureRequest, django_db_modify_db_settings_parallel_suffix: None
) -> None:
    if server := getattr(request.config, "workerinput", {}).get("server"):
        at = urlsplit(server)
        connection.settings_dict.update(HOST=at.hostname, PORT=at.port, USER=at.username, PASSWORD="")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """As pytest-django has it; but that no vacuum counts tables while all their rows are in a test's transaction.

    PostgreSQL would plan for empty tables, and join thousands of rows for minutes. And what a test commits is deleted
    by us rather than by Django, which would take longer for it than most of these tests.
    """
    if connection.vendor == "postgresql":
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            for table in connection.introspection.table_names(cursor):
                cursor.execute(f'ALTER TABLE "{table}" SET (autovacuum_enabled = false)')
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda _case: empty())
        yield


@pytest.fixture(scope="module", autouse=True)
def counts_forgotten(django_db_blocker: Any) -> Iterator[None]:
    """What a module's test lets PostgreSQL count is forgotten after it: a count outlives the transaction of the rows.

    To the planner, a table counted while it held nothing but what other tests took back stays empty for good.
    """
    yield
    if connection.vendor == "postgresql" and connection.connection is not None:
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_stat_user_tables WHERE last_analyze > COALESCE(last_vacuum, '-infinity')")
            if cursor.fetchone():
                cursor.execute("VACUUM")


@pytest.fixture(scope="module")
def rows_of_a_module(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """What other fixtures of a module make behind it, once, each of its tests finds: none of it is ever committed.

    A test's own transaction is a savepoint then; so the module has none that commit.
    """
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def network_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only loopback answers: outside services are played by real servers there."""
    connect = socket.socket.connect

    def connect_on_loopback(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX and not is_loopback(str(address[0])):
            pytest.fail(f"a test reached for {address!r}, outside this machine")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect_on_loopback)


@pytest.fixture(autouse=True)
def keys_of_its_own(settings: Any, tmp_path_factory: pytest.TempPathFactory) -> None:
    """What a test signs is signed by a key that goes with its rows."""
    settings.KEYS_DIR = tmp_path_factory.getbasetemp() / f"keys-{next(_numbers)}"


@pytest.fixture(autouse=True)
def quick_clients(settings: Any) -> None:
    """A static file is looked for when it is asked for: every test client would list all of them at its beginning."""
    settings.WHITENOISE_AUTOREFRESH = True


@pytest.fixture(autouse=True)
def quick_passwords(settings: Any) -> None:
    """A password's hash is slow on purpose; tests make thousands."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def is_loopback(host: str) -> bool:
    return host == "localhost" or ipaddress.ip_address(host).is_loopback
