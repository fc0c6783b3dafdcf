"""`manage.py check_policy`: faults as an editor understands them, without a database."""

from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.utils import translation

QINGYUAN = Path(settings.BASE_DIR) / "fieldwork" / "policies" / "qingyuan.yaml"


def test_valid_pack_passes(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("check_policy", QINGYUAN)
    assert capsys.readouterr().out.startswith(str(QINGYUAN))


def test_faults_of_all_files_are_told_with_file_line_column_and_field(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad, worse = tmp_path / "bad.yaml", tmp_path / "worse.yaml"
    bad.write_text(QINGYUAN.read_text(encoding="utf-8").replace("minimum: 1\n", "minimum: 0\n", 1), encoding="utf-8")
    worse.write_bytes("title: 测试".encode("utf-16"))
    with translation.override("en"), pytest.raises(CommandError, match="2") as error:
        call_command("check_policy", bad, QINGYUAN, worse)
    line = bad.read_text(encoding="utf-8").split("minimum: 0")[0].count("\n") + 1
    first, _valid, last = capsys.readouterr().out.splitlines()
    assert first.startswith(f"{bad}:{line}:14: rules[0].minimum: This must be a whole number")
    assert last.startswith(f"{worse}:1:1: This is not UTF-8")
    assert error.value.returncode == 1


def test_file_that_is_not_there_is_a_fault(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(CommandError):
        call_command("check_policy", tmp_path / "nowhere.yaml")
    assert "nowhere.yaml: " in capsys.readouterr().out
