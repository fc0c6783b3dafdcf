"""problem-towns: marked, listed, ended, and what that does to a quota."""

from typing import Any

import pytest

from fieldwork.core.models import Event
from fieldwork.directory.models import Division
from fieldwork.duties.models import Role
from tests import factories as make
from tests.api.client import Phone

pytestmark = pytest.mark.django_db


@pytest.fixture
def town(county: Division) -> Division:
    return make.division("测试镇", county)


def ids(phone: Phone, query: str) -> list[str]:
    answer = phone.get(f"problem-towns?{query}")
    assert answer.status_code == 200
    return [row["id"] for row in answer.json()["results"]]


def test_mark_lets_a_link_meet_its_quota_until_it_ends(county: Division, town: Division, phone: Phone) -> None:
    version = make.rule(county, ["chief"]).version
    quota = {"kinds": ["town"], "count": 1, "problem": True, "article": "第五条（七）", "text": "联系1个突出镇"}
    Role.objects.create(version=version, code="chief", name="县长", article="第五条", quotas=[quota])
    make.linkage(make.tenure(make.post(make.organisation(county), "chief")), town)

    def lacking(on: str) -> int:
        return len(phone.get(f"quotas?on={on}").json()["results"])

    body = {"division": str(town.pk), "reason": "连续发生事故", "starts_on": "2026-11-01"}
    mark = phone.post("problem-towns", body)
    assert mark.status_code == 201
    assert mark.json()["division"] == {"id": str(town.pk), "name": "测试镇"}
    assert (lacking("2026-10-31"), lacking("2026-11-01"), lacking("2026-12-01")) == (1, 0, 0)
    ended = phone.patch(f"problem-towns/{mark.json()['id']}", {"ends_on": "2026-11-30"})
    assert (ended.status_code, ended.json()["ends_on"]) == (200, "2026-11-30")
    assert (lacking("2026-11-30"), lacking("2026-12-01")) == (0, 1)
    assert list(Event.objects.filter(kind__startswith="problem").values_list("kind", flat=True)) == [
        "problem_mark.begun", "problem_mark.ended",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "field"),
    [({"division": "county"}, "division"), ({"reason": " "}, "reason"), ({"ends_on": "2026-10-31"}, "ends_on"),
     ({"division": "999999"}, "division"), ({"starts_on": "bald"}, "starts_on")],
)  # fmt: skip
def test_mark_that_is_wrong_says_why(
    county: Division, town: Division, phone: Phone, changed: dict[str, Any], field: str
) -> None:
    if changed.get("division") == "county":
        changed = {"division": str(county.pk)}
    body = {"division": str(town.pk), "reason": "测试", "starts_on": "2026-11-01", **changed}
    answer = phone.post("problem-towns", body)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, field)


def test_town_is_marked_once_at_a_time(town: Division, phone: Phone) -> None:
    body = {"division": str(town.pk), "reason": "测试", "starts_on": "2026-11-01"}
    assert phone.post("problem-towns", body).status_code == 201
    assert phone.post("problem-towns", body).status_code == 400
    again = [phone.post("problem-towns", body | {"starts_on": "2026-01-01", "ends_on": "2026-01-31"},
                        HTTP_IDEMPOTENCY_KEY="eins") for _ in range(2)]  # fmt: skip
    assert [answer.status_code for answer in again] == [201, 201]
    assert again[0].json() == again[1].json()


def test_marks_are_filtered(county: Division, town: Division, phone: Phone) -> None:
    other = make.division("别处镇", county)
    now = town.problem_marks.create(reason="烟花爆竹", starts_on="2026-11-01")
    past = other.problem_marks.create(reason="矿山", starts_on="2025-01-01", ends_on="2025-12-31")
    assert ids(phone, "") == [str(now.pk), str(past.pk)]
    assert ids(phone, "on=2026-11-21") == [str(now.pk)]
    assert ids(phone, f"division={other.pk}") == ids(phone, "search=矿") == ids(phone, "search=别处") == [str(past.pk)]
    assert ids(phone, "ordering=starts_on") == [str(past.pk), str(now.pk)]


def test_mark_is_seen_by_whoever_is_linked_there_and_made_by_supervisors_alone(
    county: Division, town: Division
) -> None:
    town.problem_marks.create(reason="测试", starts_on="2025-01-01", ends_on="2025-12-31")
    chief = make.tenure(make.post(make.organisation(make.division("别县", county.parent))))
    user = make.user(leader=chief.leader)
    assert ids(Phone.of(user), "") == []
    make.linkage(chief, town)
    assert len(ids(Phone.of(user), "")) == 1
    body = {"division": str(town.pk), "reason": "测试", "starts_on": "2026-11-01"}
    assert Phone.of(user).post("problem-towns", body).status_code == 403
