"""Whatever anybody sends: no answer is a fault of ours, and each is one that the document has.

Schemathesis makes the requests from `api/openapi.yaml`: some as it has them, often about what stands, some that break
it. Each role sends a few to each operation, the same ones every time; `deploy/bench/fuzz.py` has it send thousands.
"""

import math
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from zlib import crc32

import pytest
import schemathesis
import yaml
from django.core.handlers.wsgi import WSGIHandler
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import APIOperation, Case, GenerationMode, Response
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from fieldwork.core.media_types import DOCUMENTS, IMAGES
from fieldwork.directory.models import Tenure
from fieldwork.hazards import pictures
from fieldwork.reminders.models import Device
from tests import documents, photos
from tests.api.client import DOCUMENT, Phone, close
from tests.books import book
from tests.gates.test_permissions import NEW_ID, NOON, PHONES_ID, PHOTO, World, world_of_towns
from tests.gates.test_replay import owner_of
from tests.hazards import WAYS, bring, stand_works
from tests.once import ONCE
from tests.worker import look_at_photos

pytestmark = ONCE

CASES = int(os.environ.get("FIELDWORK_FUZZ_CASES", "1200"))
ROLES = ("own", "assistant", "unit", "supervisor", "auditor", "administrator", "anonymous")
# Not that what is well formed is taken: it may be refused for what it says.
CHECKED = [
    not_a_server_error, status_code_conformance, content_type_conformance, response_headers_conformance,
    response_schema_conformance, negative_data_rejection,
]  # fmt: skip
SENT, NOT_SENT = PHOTO, photos.jpeg(8)
BOOK = book({"领导": [("姓名", "录入区划"), ("测试员丙", "1")]})
FILES = st.sampled_from([SENT, NOT_SENT, BOOK, documents.pdf(), documents.docx()]) | st.binary()
schemathesis.openapi.media_type("image/jpeg", FILES, aliases=[*IMAGES, *DOCUMENTS, "application/zip", "text/csv"])
# The names under which the document asks for what stands.
NAMES = {
    "divisions": "division parent target_division",
    "industries": "industry target_industry target begin[*].target",
    "organisations": "organisation target_organisation regulator unit rectifying_unit assisting_unit supervising_unit",
    "posts": "post",
    "leaders": "leader lead leaders companions subject.id",
    "tenures": "tenure begin[*].tenure",
    "linkages": "linkages paired_with end[*].linkage",
    "users": "users actor assistant",
    "sites": "site",
    "obligations": "obligation obligations",
    "tasks": "task",
    "check-ins": "check_in",
    "hazards": "possible_duplicates_of",
}
# And what is of the time and the towns of the world.
FITTING: dict[str, list[str | int]] = {
    "period": ["2026-11", "2026-Q4", "2026"],
    "during": ["2026-11", "2026-H2"],
    "compare": ["previous", "last_year"],
    "near": ["24.0,113.0"],
    "starts_on begin[*].starts_on": ["2026-01-01", "2026-12-01"],
    "ends_on end[*].ends_on": ["2026-11-30"],
    "on": ["2026-11-21"],
    "held_on": ["2026-11-20"],
    "deadline": ["2026-12-10"],
    "captured_at found_at": ["2026-11-21T10:00:00+08:00"],
    "sha256 photos[*].sha256 attachments[*].sha256": [photos.digest(SENT), photos.digest(NOT_SENT)],
    "photos[*].bytes attachments[*].bytes": [len(SENT), len(NOT_SENT)],
}
WITH_FILES = "/(photos|attachments)/"
ANYWHERE = ("path.{}", "query.{}", "body.{}", "body.{}[*]", "body.check_in.{}", "body.filing.{}", "body.hazard.{}")


@pytest.fixture(scope="module")
def world(rows_of_a_module: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world_of_towns(tmp_path_factory.mktemp("uploads")) as standing:
        send_files(standing)
        yield standing


@pytest.fixture(scope="module")
def operations(world: World) -> list[APIOperation]:
    schema = schemathesis.openapi.from_dict(document(), config=knowing(world))
    return [found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)]


def send_files(world: World) -> None:
    """A check-in, a hazard and a filing with two files each, of which one has arrived and been looked at."""
    phone = Phone.of(owner_of(world))
    for noun, files in (("check-ins", "photos"), ("hazards", "photos"), ("filings", "attachments")):
        body = {**world.bodies[f"PUT {noun}/<pk>"], files: [photos.declared(SENT), photos.declared(NOT_SENT)]}
        assert phone.put(f"{noun}/{NEW_ID}", body).status_code == 201
        address = f"{noun}/{NEW_ID}/{files}/{photos.digest(SENT)}"
        assert phone.put(address, SENT, content_type="image/jpeg").status_code == 201
    look_at_photos()
    pictures.look(NOON, 60.0)


def hazards_in_each_state(world: World) -> list[str]:
    town = Tenure.objects.get(leader=owner_of(world).leader).post.organisation.division
    assert town.parent
    works = stand_works(town, town.parent, owner_of(world))
    return [str(bring(works, state)) for state in WAYS]


def document() -> dict[str, Any]:
    """The committed one, but that answers have nothing that is not in it."""
    loaded: dict[str, Any] = yaml.load(DOCUMENT.read_text(encoding="utf-8"), yaml.CSafeLoader)
    for title, schema in loaded["components"]["schemas"].items():
        if not title.endswith("Request"):
            close(schema)
    return loaded


def knowing(world: World) -> schemathesis.Config:
    """Requests are often about what stands."""
    devices = list(Device.objects.values_list("key", flat=True))
    values: dict[str, Any] = {"key": devices, **FITTING}
    values |= {names: [str(world.ids[noun])] for noun, names in NAMES.items()}
    named = {place.format(name): names for names in values for name in names.split() for place in ANYWHERE}
    ids = {noun: [str(key), NEW_ID] for noun, key in world.ids.items()}
    ids["hazards"] += hazards_in_each_state(world)
    ids["obligations"] += ids.pop("excused")
    values |= {"files": [PHONES_ID, NEW_ID], **ids}
    return schemathesis.Config.from_dict(
        {
            "dictionaries": {name: {"values": some} for name, some in values.items()},
            "parameters": {key: often(names) for key, names in named.items()},
            "operations": [
                {"include-path-regex": WITH_FILES, "parameters": {"path.id": often("files")}},
                *(
                    {
                        "include-path-regex": f"^/api/v1/{noun}/",
                        "exclude-path-regex": WITH_FILES,
                        "parameters": {"path.id": often(noun)},
                    }
                    for noun in ids
                ),
            ],
            "generation": {"with-security-parameters": False},
            "checks": {"negative_data_rejection": {"expected-statuses": ["4xx"]}},
        }
    )


def often(dictionary: str) -> dict[str, Any]:
    return {"dictionary": dictionary, "probability": 0.7}


@dataclass
class Sender:
    """What one role sends, and how it is answered."""

    role: str
    headers: Mapping[str, str]
    answers: Counter[int] = field(default_factory=Counter)
    faults: dict[tuple[str, str], str] = field(default_factory=dict)

    def send(self, operation: APIOperation, cases: int) -> None:
        @seed(crc32(f"{self.role} {operation.label}".encode()))
        @settings(max_examples=cases, phases=[Phase.generate], database=None, suppress_health_check=list(HealthCheck))
        @given(st.one_of(*(operation.as_strategy(generation_mode=mode) for mode in GenerationMode)))
        def each(case: Case) -> None:
            with transaction.atomic():  # so that each finds the world as it was, and the sender signed in
                answer = case.call(headers=dict(self.headers), app=WSGIHandler(), buffered=True)
                transaction.set_rollback(True)
            self.answers[answer.status_code] += 1
            self.judge(case, answer)

        each()

    def judge(self, case: Case, answer: Response) -> None:
        try:
            case.validate_response(answer, checks=CHECKED)
        except FailureGroup as found:
            for fault in found.exceptions:
                self.faults.setdefault((case.operation.label, fault.title), f"{fault}\n{case.as_curl_command()}")


@pytest.mark.django_db
@pytest.mark.parametrize("role", ROLES)
def test_answers_are_in_the_document_whatever_is_sent(
    role: str, world: World, operations: list[APIOperation], record_property: Callable[[str, object], None]
) -> None:
    user = world.users[role]
    token = {"Authorization": f"Bearer {Phone.of(user).token}"} if user else {}
    sender = Sender(role, {"Accept-Encoding": "identity", **token})
    for operation in operations:
        sender.send(operation, math.ceil(CASES / len(ROLES) / len(operations)))
    record_property("answers", {str(status): times for status, times in sender.answers.items()})
    assert user is None or sender.answers[200] > sender.answers.total() / 12, "nearly nothing is about what stands"
    assert not sender.faults, "\n\n".join(f"{where}: {fault}" for (where, _), fault in sender.faults.items())


@pytest.mark.django_db
def test_answer_that_the_document_has_not_is_told(world: World) -> None:
    lacking = document()
    del lacking["paths"]["/api/v1/hazard-categories"]["get"]["responses"]["401"]
    schema = schemathesis.openapi.from_dict(lacking, config=knowing(world))
    sender = Sender("anonymous", {"Accept-Encoding": "identity"})
    sender.send(schema["/api/v1/hazard-categories"]["GET"], 1)
    assert list(sender.faults) == [("GET /api/v1/hazard-categories", "Undocumented status code")]
