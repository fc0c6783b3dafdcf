"""The environment: a bad value stops the start, and says which and what a good one is."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

BAD = {
    "FIELDWORK_DEBUG": "perhaps",
    "FIELDWORK_RADIUS_M": "-5",
    "FIELDWORK_TICK_SECONDS": "soon",
    "FIELDWORK_DATA_DIR": "relative/folder",
    "FIELDWORK_FCM_URL": "fcm.googleapis.com",
    "FIELDWORK_SECRET_KEY": "short",
    "FIELDWORK_QUEUE": "redis://127.0.0.1:6379/jobs",
    "DATABASE_URL": "mysql://root@127.0.0.1/test",
    "FIELDWORK_WECOM": "wecombot://hush",
    "FIELDWORK_WECOM_URL": "qyapi.weixin.qq.com/hush",
    "FIELDWORK_ROBOTS": "441802=slack://hush",
}
ROBOTS = {  # no code; none before the key; two of one division; a key with a comma in it
    "wecombot://hush": "number 1",
    "441802=wecombot://hush, office=dingtalk://hush": "number 2",
    "441802=wecombot://hush,441802=dingtalk://hush": "441802",
    "441802=wecombot://hush,hush": "number 2",
}


def bare(tmp_path: Path) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "FIELDWORK_DATA_DIR": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "fieldwork.settings",
    }


def start(tmp_path: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from django.conf import settings; print(settings.DEFAULT_RADIUS_M)"],
        cwd=settings.BASE_DIR, env=bare(tmp_path) | environment, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_bad_value_stops_the_start_with_a_hint(tmp_path: Path, name: str) -> None:
    ended = start(tmp_path, **{name: BAD[name]})
    assert ended.returncode != 0
    last = ended.stderr.strip().splitlines()[-1]
    assert name in last
    assert "Expected" in last
    assert "hush" not in ended.stderr


@pytest.mark.parametrize("raw", ROBOTS)
def test_robots_that_cannot_be_read_are_pointed_at_without_their_keys(tmp_path: Path, raw: str) -> None:
    ended = start(tmp_path, FIELDWORK_ROBOTS=raw)
    assert ended.returncode != 0
    assert ROBOTS[raw] in ended.stderr.strip().splitlines()[-1]
    assert "hush" not in ended.stderr


def test_robots_are_read_by_division(tmp_path: Path) -> None:
    read = "from django.conf import settings; print(settings.ROBOTS, settings.WECOM_URL)"
    ended = subprocess.run(
        [sys.executable, "-c", read], cwd=settings.BASE_DIR, capture_output=True, text=True, check=True,
        env=bare(tmp_path) | {
            "FIELDWORK_ROBOTS": "441802=wecombot://a_b-1, 441803=jsons://office.example.cn/in?:a=b",
            "FIELDWORK_WECOM_URL": "https://wecom.example.cn/",
        },
    )  # fmt: skip
    robots = {"441802": "wecombot://a_b-1", "441803": "jsons://office.example.cn/in?:a=b"}
    assert ended.stdout.strip() == f"{robots} https://wecom.example.cn"


def test_good_values_are_taken(tmp_path: Path) -> None:
    ended = start(tmp_path, FIELDWORK_RADIUS_M="1234")
    assert ended.stdout.strip() == "1234", ended.stderr


def test_real_installation_needs_a_key_of_its_own(tmp_path: Path) -> None:
    ended = start(tmp_path, FIELDWORK_BEHIND_TLS="yes")
    assert ended.returncode != 0
    assert "FIELDWORK_SECRET_KEY" in ended.stderr


def test_two_starts_at_once_share_one_key(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "from django.conf import settings; print(settings.SECRET_KEY)"]
    started = [
        subprocess.Popen(command, cwd=settings.BASE_DIR, env=bare(tmp_path), stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    assert len({process.communicate()[0] for process in started}) == 1


def session_options(tmp_path: Path) -> list[str]:
    """What each connection to PostgreSQL asks for."""
    show = "from django.conf import settings; print(settings.DATABASES['default']['OPTIONS']['options'])"
    ended = subprocess.run(
        [sys.executable, "-c", show], cwd=settings.BASE_DIR, capture_output=True, text=True, check=True,
        env=bare(tmp_path) | {"DATABASE_URL": "postgres://nobody@127.0.0.1:1/none"},
    )  # fmt: skip
    return ended.stdout.split()


def test_postgresql_is_free_to_begin_a_wide_list_with_any_of_its_tables(tmp_path: Path) -> None:
    options = session_options(tmp_path)
    for option in ("join_collapse_limit=14", "from_collapse_limit=14", "jit=off", "plan_cache_mode=force_generic_plan"):
        assert option in options


def test_writer_that_falls_silent_does_not_hold_back_the_feed_for_ever(tmp_path: Path) -> None:
    assert "idle_in_transaction_session_timeout=10min" in session_options(tmp_path)
