"""The line to FCM: what is in flight, for how long, with which access token, and whose."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from fieldwork.reminders.channels import REGISTRY
from fieldwork.reminders.channels.base import Reach, Result
from fieldwork.reminders.channels.fcm import Fcm
from fieldwork.reminders.enums import Failure
from tests.fcm import FakeFcm
from tests.fcm_answers import Answer
from tests.fieldwork.reminders.pushing import a_message
from tests.once import ONCE

pytestmark = ONCE

FAILED, GONE, REFUSED, SENT, STOPPED = Result.FAILED, Result.GONE, Result.REFUSED, Result.SENT, Result.STOPPED


def test_no_more_are_in_flight_than_the_setting_says(settings: Any, fresh: Fcm, fake: FakeFcm) -> None:
    settings.FCM_IN_FLIGHT = 4
    fake.latency = 0.02
    assert {one.result for one in fresh.send([a_message(f"phone-{n}") for n in range(40)])} == {SENT}
    assert fake.most_in_flight == 4


def test_a_failed_message_is_asked_for_once(fcm: Fcm, fake: FakeFcm) -> None:
    fcm.send([a_message("internal-1"), a_message("unavailable-1"), a_message("quota-1"), a_message("cut-1")])
    assert sum(fake.answered.values()) == 4


@pytest.mark.parametrize("name", ["slow", "trickle"])
def test_a_server_that_hangs_ends_the_batch_in_time_and_holds_no_thread(settings: Any, fresh: Fcm, name: str) -> None:
    settings.FCM_IN_FLIGHT = 2
    fresh.send([a_message()])
    fresh.within = 0.5
    began = time.monotonic()
    outcomes = fresh.send([a_message("phone-1"), *[a_message(f"{name}-{n}") for n in range(5)]])
    assert time.monotonic() - began < 1.5
    assert [one.result for one in outcomes] == [SENT] + [FAILED] * 5
    assert {one.reason for one in outcomes[1:]} == {Failure.TIMEOUT}
    assert [one.result for one in fresh.send([a_message(f"phone-{n}") for n in range(4)])] == [SENT] * 4


def test_connections_that_the_other_side_has_closed_meanwhile_are_made_anew(fcm: Fcm, fake: FakeFcm) -> None:
    batch = [a_message(f"phone-{n}") for n in range(20)]
    for _ in range(2):
        assert {one.result for one in fcm.send(batch)} == {SENT}
        fake.hang_up()
    assert fake.answered == {"200": 40}


def test_an_access_token_serves_many_batches_and_is_renewed_once_when_it_is_refused(fresh: Fcm, fake: FakeFcm) -> None:
    batch = [a_message(f"phone-{n}") for n in range(20)]
    for _ in range(2):
        fresh.send(batch)
    assert fake.token_requests == 1
    fake.revoke()
    assert {one.result for one in fresh.send(batch)} == {SENT}
    assert fake.token_requests == 2


def test_an_access_token_that_ends_soon_is_renewed_before_the_batch(fresh: Fcm, fake: FakeFcm) -> None:
    for expires_in, asked in ((30, 1), (3599, 2), (3599, 2)):
        fake.expires_in = expires_in
        assert [one.result for one in fresh.send([a_message()])] == [SENT]
        assert fake.token_requests == asked


def test_a_key_that_is_none_stops_the_channel(settings: Any, fresh: Fcm, fake: FakeFcm, tmp_path: Path) -> None:
    nonsense = "-----BEGIN PRIVATE KEY-----\n?\n-----END PRIVATE KEY-----\n"
    settings.FCM_CREDENTIALS = str(fake.write_account(tmp_path / "account.json", private_key=nonsense))
    [outcome] = fresh.send([a_message()])
    assert (outcome.result, outcome.reason) == (STOPPED, Failure.CREDENTIALS)
    assert nonsense not in outcome.text


def test_a_stopped_channel_reads_its_account_anew(settings: Any, fresh: Fcm, fake: FakeFcm, tmp_path: Path) -> None:
    path = fake.write_account(tmp_path / "account.json")
    settings.FCM_CREDENTIALS = str(path)
    fake.token_answer = Answer(400, b'{"error": "invalid_grant"}')
    assert [one.result for one in fresh.send([a_message()])] == [STOPPED]
    fake.token_answer = None
    fake.write_account(path, project_id="another")
    [outcome] = fresh.send([a_message()])
    assert outcome.provider_id.startswith("projects/another/messages/")


def test_an_account_whose_key_google_does_not_know_stops_the_channel(
    settings: Any, fresh: Fcm, fake: FakeFcm, tmp_path: Path
) -> None:
    stranger = subprocess.run(
        [sys.executable, "-c", MAKE_ACCOUNT, str(tmp_path / "other.json"), fake.url], check=True, cwd=settings.BASE_DIR
    )
    assert stranger.returncode == 0
    settings.FCM_CREDENTIALS = str(tmp_path / "other.json")
    [outcome] = fresh.send([a_message()])
    assert (outcome.result, outcome.reason) == (STOPPED, Failure.CREDENTIALS)
    assert "Invalid JWT Signature" in outcome.text


MAKE_ACCOUNT = """
import sys
from pathlib import Path
from tests.fcm import FakeFcm

FakeFcm(port=int(sys.argv[2].rpartition(":")[2])).write_account(Path(sys.argv[1]))
"""


def test_fault_says_what_is_wrong_with_the_account(settings: Any, fake: FakeFcm, tmp_path: Path) -> None:
    path = fake.write_account(tmp_path / "account.json")
    settings.FCM_CREDENTIALS = str(path)
    assert Fcm().fault() == ""
    faults = []
    for text in ("{", "[]", '{"type": "authorized_user"}'):
        path.write_text(text)
        faults.append(Fcm().fault())
    fake.write_account(path, project_id="", token_uri="")
    faults.append(Fcm().fault())
    assert all(str(path) in fault for fault in faults)
    assert "project_id, token_uri" in faults[-1]
    settings.FCM_CREDENTIALS = str(tmp_path / "missing.json")
    assert "missing.json" in Fcm().fault()
    settings.FCM_CREDENTIALS = ""
    assert "FIELDWORK_FCM_CREDENTIALS" in Fcm().fault()
    [outcome] = Fcm().send([a_message()])
    assert (outcome.result, outcome.reason, outcome.text) == (STOPPED, Failure.CREDENTIALS, Fcm().fault())
    assert fake.token_requests == 0


def test_a_child_process_has_a_line_of_its_own(fresh: Fcm, fake: FakeFcm) -> None:
    fresh.send([a_message("phone-1")])
    child = os.fork()
    if not child:
        sent = [one.result for one in fresh.send([a_message("phone-2")])]
        os._exit(0 if sent == [SENT] else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert [one.result for one in fresh.send([a_message("phone-3")])] == [SENT]
    assert fake.token_requests == 2


def test_two_batches_at_once_share_what_may_be_in_flight(settings: Any, fresh: Fcm, fake: FakeFcm) -> None:
    settings.FCM_IN_FLIGHT = 3
    fake.latency = 0.01
    results: list[Result] = []
    threads = [
        threading.Thread(target=lambda: results.extend(one.result for one in fresh.send([a_message()] * 10)))
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [SENT] * 20
    assert fake.most_in_flight <= 3


def test_only_who_sends_imports_firebase(settings: Any) -> None:
    look = "import django, sys; django.setup(); print(sum(name.startswith('firebase_admin') for name in sys.modules))"
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "fieldwork.settings", "FIELDWORK_CHANNELS": "inbox,fcm"}
    ran = subprocess.run(
        [sys.executable, "-c", look], check=True, capture_output=True, text=True, env=environment, cwd=settings.BASE_DIR
    )
    assert ran.stdout.strip() == "0"


def test_it_is_a_channel_to_devices() -> None:
    assert REGISTRY["fcm"].reach is Reach.DEVICES
