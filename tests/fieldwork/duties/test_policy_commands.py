"""`manage.py load_policy` and `manage.py track_rule`, with the pack of 清远."""

from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.utils import translation

from fieldwork.directory.models import Division
from fieldwork.duties.models import PolicyVersion, Tracking
from tests import factories as make

pytestmark = pytest.mark.django_db

QINGYUAN = Path(settings.BASE_DIR) / "fieldwork" / "policies" / "qingyuan.yaml"


@pytest.fixture
def city() -> Division:
    return make.division("清远市", authority="mca", code="441800")


@pytest.fixture
def loaded(city: Division) -> PolicyVersion:
    call_command("load_policy", QINGYUAN, "--valid-from", "2026-01-01")
    return PolicyVersion.objects.get()


def tracked() -> dict[tuple[date, date | None], int]:
    """How many rules are tracked from when to when."""
    spans = list(Tracking.objects.values_list("starts_on", "ends_on"))
    return {span: spans.count(span) for span in spans}


def test_load_brings_the_pack_into_force_once(city: Division, capsys: pytest.CaptureFixture[str]) -> None:
    for _turn in range(2):
        call_command("load_policy", QINGYUAN, "--valid-from", "2026-01-01", "--valid-to", "2026-12-31")
    version = PolicyVersion.objects.get()
    assert (version.starts_on, version.ends_on) == (date(2026, 1, 1), date(2026, 12, 31))
    assert version.text.encode() == QINGYUAN.read_bytes()
    assert (version.roles.count(), version.rules.count()) == (22, 33 + 76)
    assert "qingyuan" in capsys.readouterr().out


def test_load_tells_every_fault_with_its_place(city: Division, tmp_path: Path) -> None:
    file = tmp_path / "pack.yaml"
    file.write_text(QINGYUAN.read_text(encoding="utf-8").replace("month", "moon"), encoding="utf-8")
    with pytest.raises(CommandError, match=r"rules\[0\]\.cadence(.|\n)*rules\[12\]\.cadence"):
        call_command("load_policy", file, "--valid-from", "2026-01-01")
    with pytest.raises(CommandError, match="nowhere"):
        call_command("load_policy", tmp_path / "nowhere.yaml", "--valid-from", "2026-01-01")


def test_track_switches_all_rules_on_and_one_off(loaded: PolicyVersion) -> None:
    told = StringIO()
    with translation.override("en"):
        call_command("track_rule", "qingyuan", "--all", "--from", "2026-01-01", stdout=told)
    assert told.getvalue().endswith("33 rules are tracked in all periods that begin on 2026-01-01 or later.\n")
    call_command("track_rule", "qingyuan", "inspection_5_7", "--until", "2026-06-30")
    assert tracked() == {(date(2026, 1, 1), None): 32, (date(2026, 1, 1), date(2026, 6, 30)): 1}
    assert not Tracking.objects.filter(rule_code="patrol_12_4").exists()  # a duty with no count is never tracked


def test_track_switches_for_one_division_with_streets(city: Division, loaded: PolicyVersion) -> None:
    county = make.division("测试县", city, authority="mca")
    call_command(
        "track_rule",
        "qingyuan",
        "inspection_10_7",
        "--from",
        "2026-01-01",
        "--division",
        county.code,
        "--streets",
    )
    row = Tracking.objects.get()
    assert (row.division, row.streets) == (county, True)


@pytest.mark.parametrize(
    "words",
    [
        ["qingyuan", "--from", "2026-01-01"],
        ["qingyuan", "inspection_5_7", "--all", "--from", "2026-01-01"],
        ["qingyuan", "inspection_5_7"],
        ["qingyuan", "inspection_5_7", "--from", "2026-W01-1"],
        ["qingyuan", "inspection_5_7", "--from", "0206-01-01"],
        ["qingyuan", "inspection_5", "--from", "2026-01-01"],
        ["beijing", "--all", "--from", "2026-01-01"],
        ["qingyuan", "--all", "--from", "2026-01-01", "--division", "1"],
    ],
)
def test_track_that_cannot_be_says_so(loaded: PolicyVersion, words: list[str]) -> None:
    with pytest.raises(CommandError):
        call_command("track_rule", *words)
    assert not Tracking.objects.exists()
