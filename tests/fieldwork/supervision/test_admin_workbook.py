"""The clerk's workbook at the office's pages: looked at, brought in, taken out."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from fieldwork.core.errors import TITLES, Code
from fieldwork.core.models import Event
from fieldwork.directory.models import Leader
from tests.api.client import Phone
from tests.books import book, opened
from tests.fieldwork.supervision.clerk import Clerk
from tests.place import Place

pytestmark = pytest.mark.usefixtures("noon")


def file(*leaders: str) -> SimpleUploadedFile:
    rows = [("编号", "姓名"), *(("", name) for name in leaders)]
    return SimpleUploadedFile("台账.xlsx", book({"领导": rows}))


def test_a_clerk_looks_first_and_then_imports(place: Place) -> None:
    clerk, before = Clerk.of(place), Leader.objects.count()
    shown = clerk.send("workbook", file=file("甲某某"), **{"try": "1"})
    assert "甲某某" in shown.content.decode()
    assert Leader.objects.count() == before
    assert clerk.send("workbook", file=file("甲某某"), do="1").context_data["result"].changed == 1
    assert Leader.objects.count() == before + 1


def test_faults_stand_in_a_table(place: Place) -> None:
    sent = SimpleUploadedFile("台账.xlsx", book({"领导": [("编号", "姓名"), ("x", "<b>甲某")]}))
    answer = Clerk.of(place).send("workbook", file=sent, do="1")
    ((sheet, row, column, _detail),) = answer.context_data["faults"]
    assert (sheet, row, column) == ("领导", "2", "编号")
    assert "<b>" not in answer.content.decode()
    assert Clerk.of(place).send("workbook", do="1").context_data["problem"]


def test_template_and_export_are_handed_out(place: Place) -> None:
    clerk = Clerk.of(place)
    assert "领导" in opened(b"".join(clerk.page("workbook", template="1"))).sheetnames
    assert opened(b"".join(clerk.page("workbook", export="1")))["领导"].max_row > 1
    assert Event.objects.filter(kind="workbook.exported").count() == 1
    assert clerk.page("workbook", export="1", division=place.city.pk).status_code == 400


def test_exports_are_counted_with_those_of_the_api(place: Place, settings: Any) -> None:
    settings.EXPORTS_PER_HOUR = 2
    clerk = Clerk.of(place)
    taken: Any = Phone.of(clerk.user).get("workbook.csv?sheet=领导")
    assert b"".join(taken.streaming_content)
    assert b"".join(clerk.page("workbook", export="1"))
    refused = clerk.page("workbook", export="1")
    assert refused.status_code == 302
    assert str(TITLES[Code.THROTTLED]) in clerk.get(refused.headers["Location"]).content.decode()
    assert Event.objects.filter(kind="workbook.exported").count() == 2


def test_an_auditor_may_not_bring_anything_in(place: Place) -> None:
    clerk: Any = Clerk.of(place, office="auditor")
    assert 'type="file"' not in clerk.page("workbook").content.decode()
    assert clerk.send("workbook", file=file("甲某某"), do="1").status_code == 403


def test_the_offices_own_division_is_offered_before_those_below(place: Place) -> None:
    (first, *below) = Clerk.of(place).page("workbook").context_data["divisions"]
    assert first == (str(place.county.pk), place.county.name)
    assert [key for key, _name in below] == [str(place.town.pk)]


def test_a_file_that_is_too_large_is_refused(place: Place, settings: Any) -> None:
    settings.WORKBOOK_BYTES = 10
    sent = SimpleUploadedFile("台账.csv", b"x" * 1000)
    assert Clerk.of(place).send("workbook", file=sent, do="1").context_data["problem"] == TITLES[Code.TOO_LARGE]
