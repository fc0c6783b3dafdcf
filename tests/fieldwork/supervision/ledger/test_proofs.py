"""The proof of one check-in, taken away and checked by the stand-alone script in a process of its own."""

import json
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command

from fieldwork.core import jws, signing
from fieldwork.core.models import Event
from tests.fieldwork.supervision.ledger.evidence import Ledger, ledger, standing
from tests.photos import digest, jpeg

__all__ = ["ledger", "standing"]
pytestmark = pytest.mark.django_db

SCRIPT = Path(django_settings.BASE_DIR) / "deploy" / "verify_proof.py"


class Taken:
    """A folder with what an inspector was given."""

    def __init__(self, folder: Path, ledger: Ledger) -> None:
        self.folder = folder
        out = StringIO()
        call_command("export_head", stdout=out)
        self.write("head.json", out.getvalue())
        self.write("keys.json", json.dumps(signing.jwks()))
        self.proof = self.export(ledger, "--head", str(folder / "head.json"), "--photos", str(folder))

    def export(self, ledger: Ledger, *words: str) -> Any:
        out = StringIO()
        call_command("export_proof", str(ledger.whole), *words, stdout=out)
        return json.loads(out.getvalue())

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text, encoding="utf-8")

    def check(self, *words: str) -> tuple[int, str]:
        self.write("proof.json", json.dumps(self.proof))
        command = [sys.executable, "-I", str(SCRIPT), "proof.json", "--keys", "keys.json", *words]
        ended = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False)
        return ended.returncode, ended.stdout + ended.stderr


@pytest.fixture
def taken(ledger: Ledger, tmp_path: Path) -> Taken:
    folder = tmp_path / "inspector"
    folder.mkdir()
    return Taken(folder, ledger)


def test_proof_holds_offline(taken: Taken) -> None:
    photos = [word for data in (jpeg(1), jpeg(2)) for word in ("--photo", digest(data))]
    code, said = taken.check("--head", "head.json", *photos)
    assert code == 0, said
    assert "成立 · HOLDS" in said
    for word in ("check_in.recorded", "check_in.photos_received", "check_in.reviewed", "byte for byte: 2", "seal 3"):
        assert word in said
    assert "未证明 · not proven" in said


def test_proof_without_head_and_photos_says_what_is_open(taken: Taken) -> None:
    code, said = taken.check()
    assert code == 0
    assert "not compared with a head" in said
    assert "photos not given: 2" in said


def changed(proof: Any, *path: Any) -> None:
    """Another character at the end of what lies there, or another number."""
    for step in path[:-1]:
        proof = proof[step]
    value = proof[path[-1]]
    proof[path[-1]] = value + 1 if isinstance(value, int) else value[:-1] + ("0" if value[-1] != "0" else "1")


@pytest.mark.parametrize(
    "path",
    [
        ("content",), ("check_in",), ("receipt",), ("seals", 0), ("events", 0, "body"), ("events", 0, "path", 0),
        ("events", 0, "index"), ("events", 0, "seal"), ("events", 0, "place", 0), ("events", 0, "place", 2),
    ],
    ids=str,
)  # fmt: skip
def test_tampered_proof_does_not_hold(taken: Taken, path: tuple[Any, ...]) -> None:
    changed(taken.proof, *path)
    code, said = taken.check()
    assert code == 1
    assert "DOES NOT HOLD" in said


@pytest.mark.parametrize(("name", "day"), [("ended", "2026-10-01"), ("begun", "2027-01-01")])
def test_what_was_signed_before_or_after_the_life_of_its_key_does_not_hold(taken: Taken, name: str, day: str) -> None:
    keys = signing.jwks()["keys"]
    taken.write("keys.json", json.dumps({"keys": [key | {name: f"{day}T00:00:00+00:00"} for key in keys]}))
    code, said = taken.check()
    assert code == 1
    assert "had not begun or had ended" in said
    taken.write("keys.json", json.dumps({"keys": [{k: v for k, v in key.items() if k != name} for key in keys]}))
    assert taken.check()[0] == 0, "a file of keys that does not say so"


def test_content_with_another_time_does_not_hold(taken: Taken) -> None:
    taken.proof["content"] = taken.proof["content"].replace("T04:00:00", "T03:00:00")
    assert "the content is not the one of the receipt" in taken.check()[1]


@pytest.mark.parametrize("kept", ["nothing", "a later event"])
def test_content_for_which_nothing_vouches_does_not_hold(taken: Taken, kept: str) -> None:
    """A forger leaves out the receipt and what was recorded, and writes what they like."""
    later = [event for event in taken.proof["events"] if json.loads(event["body"])["kind"] != "check_in.recorded"]
    assert later
    taken.proof |= {"receipt": None, "events": [] if kept == "nothing" else later}
    taken.proof["content"] = taken.proof["content"].replace("T04:00:00", "T03:00:00")
    code, said = taken.check()
    assert (code, "vouches for the content" in said) == (1, True)


def test_sealed_event_vouches_without_a_receipt(taken: Taken) -> None:
    taken.proof["receipt"] = None
    assert taken.check()[0] == 0


def test_proof_of_another_format_is_not_judged(taken: Taken) -> None:
    taken.proof["format"] += 1
    code, said = taken.check()
    assert (code, "another format" in said) == (1, True)


def test_another_photo_does_not_hold(taken: Taken) -> None:
    (taken.folder / "other.jpg").write_bytes(jpeg(9))
    code, said = taken.check("--photo", "other.jpg")
    assert (code, "does not belong" in said) == (1, True)


def test_keys_of_somebody_else_do_not_make_it_hold(taken: Taken) -> None:
    """A forger signs everything anew, with a key of their own and the same id."""
    keys = json.loads((taken.folder / "keys.json").read_text())
    keys["keys"] = [{**key, "x": jws.encode(b"\x09" * 32)} for key in keys["keys"]]
    taken.write("keys.json", json.dumps(keys))
    code, said = taken.check()
    assert (code, "not in the file of keys" in said) == (1, True)


def test_chain_with_a_gap_does_not_lead_to_the_head(taken: Taken) -> None:
    del taken.proof["seals"][1]
    assert taken.check()[0] == 1
    assert taken.check("--head", "head.json")[0] == 1


def test_other_head_is_refused(taken: Taken, ledger: Ledger) -> None:
    (taken.folder / "head.json").write_text(json.dumps({"jws": ledger.receipt}))
    with pytest.raises(CommandError):
        taken.export(ledger, "--head", str(taken.folder / "head.json"))
    code, said = taken.check("--head", "head.json")
    assert (code, "does not lead to this head" in said) == (1, True)


def test_older_head_vouches_for_nothing(taken: Taken) -> None:
    """A forger who holds the key makes new seals behind a head that others keep."""
    taken.proof["events"] = [event for event in taken.proof["events"] if event["seal"] > 1]
    assert taken.proof["events"]
    taken.write("older.json", json.dumps({"jws": taken.proof["seals"][0]}))
    code, said = taken.check("--head", "older.json")
    assert (code, "vouches for nothing" in said) == (1, True)


def test_events_behind_the_head_are_said_to_be_open(taken: Taken) -> None:
    """The check-in was recorded in the first seal, and rejected in the second."""
    taken.write("older.json", json.dumps({"jws": taken.proof["seals"][0]}))
    code, said = taken.check("--head", "older.json")
    assert (code, "sealed after this head: " in said) == (0, True)
    assert "sealed after this head" not in taken.check("--head", "head.json")[1]


def test_unreadable_files_are_told_apart(taken: Taken) -> None:
    assert taken.check("--photo", "nowhere.jpg")[0] == 2
    for keys in ("{}", "[]", '{"keys": ["x"]}'):
        taken.write("keys.json", keys)
        assert taken.check()[0] == 2


def test_exporting_is_on_record(taken: Taken, ledger: Ledger) -> None:
    told = Event.objects.filter(kind="check_in.proof_exported", object_id=str(ledger.whole))
    assert [event.actor for event in told] == ["system"]
