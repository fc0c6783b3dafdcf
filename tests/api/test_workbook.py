"""The clerk's workbook over HTTP."""

import io
import zipfile
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from fieldwork.core.media_types import XLSX
from fieldwork.core.models import Event
from fieldwork.directory.models import Leader, User
from tests import factories as make
from tests.api.client import Phone
from tests.books import book, opened

pytestmark = pytest.mark.django_db
LEADERS = {"领导": [("姓名", "录入区划"), ("甲某", "测试县"), ("乙某", "")]}


@pytest.fixture
def office(db: None) -> User:
    return make.user(office="supervisor", division=make.division("测试县", make.division("测试市")))


def test_a_file_of_a_form_and_a_body_are_the_same(office: User) -> None:
    phone, data = Phone.of(office), book(LEADERS)
    shown = phone.post("imports?dry_run=true", data, content_type=XLSX)
    assert shown.json()["dry_run"] is True
    assert (shown.json()["changed"], Leader.objects.count()) == (2, 0)
    form = {"file": SimpleUploadedFile("台账.xlsx", data, XLSX)}
    done = phone.post("imports", form, format="multipart")
    assert (done.status_code, done.json()["changed"], Leader.objects.count()) == (200, 2, 2)
    assert done.json()["sheets"][0]["differences"][0] == {
        "row": 2, "change": "begins", "name": "甲某", "was": None, "ends_on": None, "linkages": 0,
    }  # fmt: skip
    assert phone.post("imports", data, content_type=XLSX).json()["changed"] == 0


def test_a_form_may_ask_for_a_dry_run(office: User) -> None:
    form = {"file": SimpleUploadedFile("台账.xlsx", book(LEADERS), XLSX), "dry_run": "true"}
    assert Phone.of(office).post("imports", form, format="multipart").json()["dry_run"] is True
    assert not Leader.objects.exists()


def test_csv_comes_in_by_its_headings(office: User) -> None:
    for encoding in ("utf-8-sig", "gb18030"):
        text = "姓名,录入区划\r\n甲某,测试县\r\n".encode(encoding)
        answer = Phone.of(office).post("imports?sheet=领导&dry_run=true", text, content_type="text/csv")
        assert answer.json()["changed"] == 1


def test_faults_name_sheet_row_and_column(office: User) -> None:
    data = book({"领导": [("编号", "姓名"), ("x", "甲某"), ("", "")], "任职": [("姓名",), ("甲某",)]})
    answer = Phone.of(office).post("imports", data, content_type=XLSX)
    assert answer.status_code == 400
    places = [error["field"] for error in answer.json()["errors"]]
    assert "领导.2.编号" in places
    assert not Event.objects.filter(kind="import.done").exists()


def test_a_key_imports_once_whatever_it_is_asked_again(office: User) -> None:
    phone, data, key = Phone.of(office), book(LEADERS), {"Idempotency-Key": "one"}
    first = phone.post("imports", data, content_type=XLSX, headers=key)
    assert phone.post("imports", data, content_type=XLSX, headers=key).json() == first.json()
    other = phone.post("imports?dry_run=true", data, content_type=XLSX, headers=key)
    assert other.status_code == 409


def test_what_is_no_workbook_is_refused(office: User) -> None:
    phone = Phone.of(office)
    for data, status in [(b"", 400), (b"PK\x03\x04nothing", 400), (b"\xff\xfe\x00", 400), (b"{}", 400)]:
        assert phone.post("imports", data, content_type=XLSX).status_code == status
    assert phone.post("imports", {"file": "text"}, format="multipart").status_code == 400
    assert phone.post("imports", {}).status_code == 415
    assert phone.post("imports?sheet=x", book(LEADERS), content_type=XLSX).status_code == 400


def test_the_template_has_every_sheet_and_imports_nothing(office: User) -> None:
    phone = Phone.of(office)
    data = b"".join(phone.get("workbook/template.xlsx"))
    assert opened(data).sheetnames == ["单位", "职务", "领导", "任职", "挂点联系", "单位场所", "填写说明"]
    assert phone.post("imports", data, content_type=XLSX).json()["changed"] == 0


def test_an_export_is_an_event_and_knows_its_scope(office: User) -> None:
    phone = Phone.of(office)
    phone.post("imports", book(LEADERS), content_type=XLSX)
    pages = openpyxl.load_workbook(io.BytesIO(b"".join(phone.get("workbook.xlsx"))))
    assert [row[1].value for row in pages["领导"].rows] == ["姓名", "甲某", "乙某"]
    told = Event.objects.get(kind="workbook.exported")
    assert (told.object_id, told.data["counts"]["领导"]) == (str(office.division_id), 2)
    archive = zipfile.ZipFile(io.BytesIO(b"".join(phone.get("workbook.csv"))))
    assert len(archive.namelist()) == 6
    text = b"".join(phone.get("workbook.csv?sheet=领导")).decode("utf-8-sig")
    assert text.splitlines()[0] == "编号,姓名,录入区划"
    assert office.division is not None
    assert office.division.parent is not None
    for above in (office.division.parent_id, make.division("别处市").pk, "x"):
        assert phone.get(f"workbook.xlsx?division={above}").status_code == 400
    assert phone.get("workbook.csv?sheet=x").status_code == 400


def test_an_auditor_takes_out_and_brings_nothing_in(office: User) -> None:
    phone = Phone.of(make.user(office="auditor", division=office.division))
    assert b"".join(phone.get("workbook.xlsx"))
    assert phone.post("imports", book(LEADERS), content_type=XLSX).status_code == 403
    leader: Any = Phone.of(make.user(leader=make.leader()))
    assert leader.get("workbook.xlsx").status_code == 403
