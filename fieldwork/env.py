"""Reading the environment: one variable, one type, one hint when it is wrong."""

from collections.abc import Callable
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import unquote, urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

T = TypeVar("T")
_environ = environ.Env()
PREFIX = "FIELDWORK_"
_HIDDEN = ("SECRET", "URL", "WECOM", "ROBOTS")  # in the names of settings whose values may hold a key
_ROBOTS = ("wecombot", "dingtalk", "feishu", "json", "jsons")


def read(name: str, parse: Callable[[str], T], default: str, hint: str) -> T:
    """The value of FIELDWORK_<name>; `parse` raises ValueError for a bad one, `hint` says what a good one is."""
    raw = _environ.str(PREFIX + name, default=default)
    try:
        return parse(raw)
    except ValueError as error:
        shown = "" if "://" in raw or any(word in name for word in _HIDDEN) else f"={raw!r}"
        raise ImproperlyConfigured(f"{PREFIX}{name}{shown} is not usable ({error}). Expected: {hint}.") from None


def text(raw: str) -> str:
    return raw


def yes_no(raw: str) -> bool:
    try:
        return {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}[raw.lower()]
    except KeyError:
        raise ValueError("neither yes nor no") from None


def positive(raw: str) -> int:
    number = int(raw)
    if number <= 0:
        raise ValueError("must be positive")
    return number


def natural(raw: str) -> int:
    number = int(raw)
    if number < 0:
        raise ValueError("must not be negative")
    return number


def up_to(limit: int) -> Callable[[str], int]:
    """Reads a whole number from 0 to `limit`."""

    def read_number(raw: str) -> int:
        number = natural(raw)
        if number > limit:
            raise ValueError(f"must be at most {limit}")
        return number

    return read_number


def words(raw: str) -> list[str]:
    """Comma-separated words, blanks dropped."""
    return [word.strip() for word in raw.split(",") if word.strip()]


def networks(raw: str) -> list[IPv4Network | IPv6Network]:
    """Comma-separated addresses or networks."""
    return [ip_network(word) for word in words(raw)]


def folder(raw: str) -> Path:
    path = Path(raw)
    if not path.is_absolute():
        raise ValueError("not an absolute path")
    return path


def base(raw: str) -> str:
    """The beginning of a service's addresses, without a slash at its end."""
    parts = urlsplit(raw)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("neither https:// nor http:// with a host")
    return raw.rstrip("/")


def application(raw: str) -> str:
    if raw and not raw.startswith("wechat://"):
        raise ValueError("does not begin with wechat://")
    return raw


def robots(raw: str) -> dict[str, str]:
    """Addresses of group robots by division code. What is refused is counted, not quoted: it may hold a key."""
    found: dict[str, str] = {}
    for number, word in enumerate(words(raw), start=1):
        code, _, url = word.partition("=")
        if not (code.isascii() and code.isdigit()):
            raise ValueError(f"number {number} does not begin with <division code>=")
        if url.partition("://")[0] not in _ROBOTS or "://" not in url:
            raise ValueError(f"that of {code} begins with none of {', '.join(_ROBOTS)}, followed by ://")
        if code in found:
            raise ValueError(f"there are two of {code}")
        found[code] = url
    return found


def mail(raw: str) -> dict[str, Any]:
    """Django's EMAIL_ settings for a URL: smtp://, smtp+tls:// or smtp+ssl://user:password@host:port."""
    try:
        return dict(environ.Env.email_url_config(raw))
    except ImproperlyConfigured as error:
        raise ValueError(str(error)) from None


def queue(raw: str) -> str:
    """`database`, or the URL of a Redis database: redis://, or rediss:// over TLS."""
    if raw != "database":
        redis(raw)
    return raw


def redis(url: str) -> dict[str, Any]:
    """django-rq's dictionary for redis://user:password@host:port/number; rediss:// is over TLS.

    A server that is away is no reason to wait: whoever wakes others, or looks for what wakes it, has more to do.
    """
    from redis.backoff import NoBackoff  # noqa: PLC0415  # a tenth of a second that only few need
    from redis.retry import Retry  # noqa: PLC0415

    parts = urlsplit(url)
    number = parts.path.removeprefix("/") or "0"
    if parts.scheme not in ("redis", "rediss") or not parts.hostname or not number.isdecimal():
        raise ValueError("not a Redis database")
    return {
        "HOST": parts.hostname,
        "PORT": parts.port or 6379,
        "DB": int(number),
        "USERNAME": unquote(parts.username) if parts.username else None,
        "PASSWORD": unquote(parts.password) if parts.password else None,
        "SSL": parts.scheme == "rediss",
        # Whoever may write to Redis could have pickles run what they like.
        "SERIALIZER": "rq.serializers.JSONSerializer",
        "DEFAULT_TIMEOUT": 600,  # seconds after which a task that hangs is broken off
        "REDIS_CLIENT_KWARGS": {
            "socket_timeout": 5,
            "socket_connect_timeout": 2,
            "retry": Retry(NoBackoff(), 1),  # once: a connection that lay idle may have been cut
        },
    }


_SESSION = " ".join(
    f"-c {name}={value}"
    for name, value in {
        # For core.prepared, whose statements alone have parameters: each is planned once in a connection's life.
        "plan_cache_mode": "force_generic_plan",
        # As many tables as our widest lists join. Beyond that PostgreSQL joins in the order written, and reads all
        # check-ins or tasks where the few of one county would do.
        "join_collapse_limit": 14,
        "from_collapse_limit": 14,
        # Compiling such a query takes seconds, running it milliseconds.
        "jit": "off",
        # A writer that has fallen silent holds back every reader of the feed: seals, reminders, reconciliation.
        "idle_in_transaction_session_timeout": "10min",
    }.items()
)


def database(default: str) -> dict[str, Any]:
    """Django's database dictionary for DATABASE_URL (postgres://user:password@host:port/name or sqlite:///path)."""
    raw = _environ.str("DATABASE_URL", default="") or default
    config = dict(_environ.db_url_config(raw))
    engine = config.get("ENGINE", "")
    if engine == "django.db.backends.sqlite3":
        config["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
        }
    elif engine == "django.db.backends.postgresql":
        config.setdefault("CONN_MAX_AGE", 600)
        config.setdefault("CONN_HEALTH_CHECKS", True)
        config["OPTIONS"] = {"prepare_threshold": 0, "options": _SESSION} | config.get("OPTIONS", {})
    else:
        raise ImproperlyConfigured(
            f"DATABASE_URL={raw!r} is not usable. Expected: postgres://user:password@host:port/name "
            "or sqlite:////absolute/path.sqlite3."
        )
    return config
