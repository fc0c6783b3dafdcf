"""The work ledger of a period: every obligation with each proof of it, as CSV and as a workbook, in one's scope."""

import csv
import io
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import transaction
from openpyxl import load_workbook

from fieldwork.core.events import SYSTEM
from fieldwork.core.models import Event
from fieldwork.core.periods import Period
from fieldwork.directory.models import User
from fieldwork.duties.models import Obligation, Rule
from fieldwork.duties.reconcile import reconcile
from tests import factories as make
from tests.api import check_in, filing
from tests.api.client import Phone
from tests.desk import Desk
from tests.place import Place

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]

ENGLISH = {"Accept-Language": "en"}
FORMULA = '=HYPERLINK("http://evil.example/","测试")'


@pytest.fixture
def office(place: Place) -> User:
    reconcile(Period.parse("2026-11"), by=SYSTEM, at=datetime(2026, 11, 1, tzinfo=UTC))
    return make.user("office", office="supervisor", division=place.county)


def taken(user: User, query: str = "", period: str = "2026-11", form: str = "csv") -> Any:
    answer = Phone.of(user).get(f"periods/{period}/ledger.{form}?{query}", headers=ENGLISH)
    assert answer.status_code == 200, answer.content
    return answer


def rows(user: User, query: str = "", period: str = "2026-11") -> list[dict[str, str]]:
    text = b"".join(taken(user, query, period).streaming_content).decode()
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


def book(user: User, query: str = "") -> Any:
    return load_workbook(io.BytesIO(b"".join(taken(user, query, form="xlsx").streaming_content)))


def test_what_is_not_proved_stands_in_one_line(place: Place, office: User) -> None:
    (row,) = rows(office)
    assert {head: text for head, text in row.items() if text} == {
        "division": "测试县", "organisation": "测试县party_committee", "leader or body": "测试·书记",
        "post": "county_party_chief", "duty": "测试规则", "article": row["article"], "period": "2026-11",
        "status": "open", "counted": "0", "minimum": "1",
    }  # fmt: skip
    rule = Obligation.objects.get().bases.get().rule_id
    article = Rule.objects.get().article
    assert row["article"] == f"{article} http://testserver/admin/duties/rule/{rule}/change/"


def test_each_proof_that_counts_has_its_line(place: Place, office: User) -> None:
    where = {"latitude": 24.206912, "longitude": 113.401734, "accuracy_m": 12.0}
    phone = Phone.of(place.user)
    first = check_in.body(place, location=where, captured_at="2026-11-02T09:00:00+08:00", summary="查了危化品")
    assert check_in.put(phone, first).status_code == 201
    second = check_in.put(phone, check_in.body(place, on_paper=True, site_name="测试厂", summary=FORMULA))
    assert second.status_code == 201
    early, late = rows(office)
    assert (early["day"], late["day"]) == ("2026-11-02", "2026-11-21")
    assert (early["proof no."], late["proof no."], early["counted"], early["status"]) == ("1", "2", "2", "met")
    assert (early["led by"], early["what was done"], early["uploaded late"]) == ("测试·书记", "查了危化品", "yes")
    assert early["place"] == "24.21, 113.40", "to about a kilometre"
    assert (late["place"], late["on paper"], late["uploaded late"]) == ("测试厂", "yes", "")
    assert late["what was done"] == f"'{FORMULA}"
    key = second.json()["id"]
    assert late["evidence"] == f"open it http://testserver/admin/inspections/checkin/{key}/change/"


def test_rejected_proof_counts_no_more_and_the_verdict_on_another_is_told(place: Place, office: User) -> None:
    keys = [check_in.put(Phone.of(place.user), check_in.body(place)).json()["id"] for _ in range(2)]
    phone = Phone.of(office)
    said = {"verdict": "rejected", "reason": "测试退回"}
    assert phone.post(f"check-ins/{keys[0]}/review", said).status_code == 200
    assert phone.post(f"check-ins/{keys[1]}/review", {"verdict": "accepted"}).status_code == 200
    (row,) = rows(office)
    assert keys[1] in row["evidence"]
    assert row["verdict"] == "accepted"


def test_filings_prove_what_they_name(desk: Desk, place: Place) -> None:
    answer = filing.put(Phone.of(place.user), filing.body(desk, title="测试会议"))
    assert answer.status_code == 201, answer.content
    found = rows(make.user(office="auditor", division=place.city), period="2026")
    (row,) = [row for row in found if row["kind of proof"] == "filing"]
    assert (row["activity"], row["day"], row["what was done"]) == ("meeting", "2026-11-20", "测试会议")
    assert row["evidence"].endswith(f"/admin/filings/filing/{answer.json()['id']}/change/")
    assert len(found) == Obligation.objects.count(), "that of a year has those of its months"


def test_scope_is_that_of_the_office_and_division_narrows_it(place: Place, office: User) -> None:
    town = make.tenure(make.post(make.organisation(place.town), "county_party_chief"), make.leader("测试·镇"))
    other = make.tenure(make.post(make.organisation(make.division("别县", place.city)), "x"), make.leader("测试·别"))
    rule = Obligation.objects.get().bases.get().rule
    for tenure in (town, other):
        make.obligation(tenure, rule)

    def seen(query: str = "", **of: Any) -> list[str]:
        return [row["leader or body"] for row in rows(make.user(**of), query)]

    assert seen(office="supervisor", division=place.county) == ["测试·书记", "测试·镇"]
    assert seen(f"division={place.town.pk}", office="auditor", division=place.city) == ["测试·镇"]
    assert seen(office="administrator") == ["测试·书记", "测试·镇", "测试·别"]
    assert seen(office="auditor", division=other.post.organisation.division) == ["测试·别"]
    outside = Phone.of(office).get(f"periods/2026-11/ledger.csv?division={other.post.organisation.division_id}")
    assert outside.json()["errors"][0]["code"] == "unknown_reference"
    assert Phone.of(place.user).get("periods/2026-11/ledger.xlsx").status_code == 403


def test_that_it_was_taken_is_on_record_with_who_what_and_how_much(place: Place, office: User) -> None:
    for _ in range(2):
        check_in.put(Phone.of(place.user), check_in.body(place))
    for form in ("csv", "xlsx"):
        b"".join(taken(office, form=form).streaming_content)
        event = Event.objects.get(kind="ledger.exported", body__contains=f'"{form}"')
        assert (event.actor, event.object_id, event.division_path) == (office.actor_key, "2026-11", place.county.path)
        told = {name: event.data[name] for name in ("division", "form", "obligations", "rows")}
        assert told == {"division": place.county.pk, "form": form, "obligations": 1, "rows": 2}
    with transaction.atomic():
        assert Phone.of(office).get("periods/2026-13/ledger.csv").status_code == 400
    assert Event.objects.filter(kind="ledger.exported").count() == 2


def test_workbook_has_text_for_text_links_that_open_and_a_head_that_stays(place: Place, office: User) -> None:
    said = f"{FORMULA}\n第二行"
    key = check_in.put(Phone.of(place.user), check_in.body(place, summary=said)).json()["id"]
    sheet = book(office).active
    heads = [cell.value for cell in sheet[1]]
    cells = dict(zip(heads, sheet[2], strict=True))
    assert (cells["what was done"].data_type, cells["what was done"].value) == ("s", said)
    assert (cells["counted"].data_type, cells["counted"].value) == ("n", 1)
    assert (
        cells["evidence"].value == f'=HYPERLINK("http://testserver/admin/inspections/checkin/{key}/change/","open it")'
    )
    assert cells["article"].value.endswith(f',"{Obligation.objects.get().bases.get().rule.article}")')
    formulas = {head for head, cell in cells.items() if cell.data_type == "f"}
    assert formulas == {"article", "evidence"}
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("A2", "A1:Y2")
    assert sheet.column_dimensions["Q"].width > 40


def test_workbook_says_the_same_as_the_table(place: Place, office: User) -> None:
    check_in.put(Phone.of(place.user), check_in.body(place, summary="测试"))
    (row,) = rows(office)
    heads, line = book(office).active.iter_rows(values_only=True)
    said = {head: "" if value is None else str(value) for head, value in zip(heads, line, strict=True)}
    linked = ("article", "evidence")
    assert {head: said[head] for head in said if head not in linked} == {
        head: text for head, text in row.items() if head not in linked
    }
    assert [part in said[head] for head in linked for part in row[head].rsplit(" ", 1)] == [True] * 4
