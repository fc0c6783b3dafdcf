"""Taking the proof of a check-in away: who may, and that it is on record."""

from uuid import uuid4

import pytest

from fieldwork.core.models import Event
from tests import factories as make
from tests.api import check_in
from tests.api.client import Phone
from tests.place import Place

pytestmark = pytest.mark.django_db


def test_proof_is_for_the_lead_and_for_reviewers_alone(phone: Phone, place: Place) -> None:
    pk = uuid4()
    companion = make.leader("随行")
    check_in.put(phone, check_in.body(place, companions=[str(companion.pk)]), pk)
    elsewhere = make.division("别处县", place.city)
    who = {
        "lead": (phone, 200),
        "supervisor": (Phone.of(make.user(office="supervisor", division=place.county)), 200),
        "companion": (Phone.of(make.user(leader=companion)), 403),
        "auditor": (Phone.of(make.user(office="auditor", division=place.county)), 403),
        "elsewhere": (Phone.of(make.user(office="supervisor", division=elsewhere)), 404),
        "nobody": (Phone(), 401),
    }
    given = {name: each.get(f"check-ins/{pk}/proof").status_code for name, (each, _status) in who.items()}
    assert given == {name: status for name, (_phone, status) in who.items()}
    assert Event.objects.filter(kind="check_in.proof_exported").count() == 2


def test_proof_holds_content_and_receipt(phone: Phone, place: Place) -> None:
    pk = uuid4()
    receipt = check_in.put(phone, check_in.body(place), pk).json()["receipt"]
    proof = phone.get(f"check-ins/{pk}/proof").json()
    assert (proof["check_in"], proof["receipt"]) == (str(pk), receipt["jws"])
    assert '"captured_at":"2026-11-21T04:00:00+00:00"' in proof["content"]
    assert (proof["events"], proof["unsealed"]) == ([], 1)
    assert [key["kid"] for key in proof["keys"]] == [receipt["key"]]
    assert phone.get(f"check-ins/{uuid4()}/proof").status_code == 404
