"""Cursor pages: every row once, whatever ties and changes there are between two pages."""

from typing import Any

import pytest

from fieldwork.directory.models import Industry
from tests import factories
from tests.api.client import Phone

pytestmark = pytest.mark.django_db


@pytest.fixture
def phone() -> Phone:
    return Phone.of(factories.user(office="administrator"))


def codes(body: dict[str, Any]) -> list[str]:
    return [row["code"] for row in body["results"]]


def walk(phone: Phone, path: str, link: str = "next") -> list[list[str]]:
    pages = []
    while path:
        body = phone.get(path).json()
        pages.append(codes(body))
        path = body[link].replace("http://testserver", "") if body[link] else ""
    return pages


@pytest.mark.parametrize("ordering", ["code", "-code"])
def test_pages_hold_every_row_once_in_order(phone: Phone, ordering: str) -> None:
    names = [f"{number:02}" for number in range(7)]
    for name in names:
        factories.industry(name)
    wanted = sorted(names, reverse=ordering.startswith("-"))
    pages = walk(phone, f"industries?page_size=3&ordering={ordering}")
    assert pages == [wanted[:3], wanted[3:6], wanted[6:]]


def test_pages_of_equal_rows_neither_skip_nor_repeat(phone: Phone) -> None:
    city = factories.division()
    made = {str(factories.organisation(city, name="同名").pk) for _ in range(7)}
    path, seen = "organisations?page_size=2&ordering=-name", []
    while path:
        body = phone.get(path).json()
        seen += [row["id"] for row in body["results"]]
        path = body["next"].replace("http://testserver", "") if body["next"] else ""
    assert len(seen) == 7
    assert set(seen) == made


def test_pages_lead_back_the_way_they_came(phone: Phone) -> None:
    for number in range(5):
        factories.industry(f"{number}")
    first = phone.get("industries?page_size=2").json()
    second = phone.get(first["next"].replace("http://testserver", "")).json()
    third = phone.get(second["next"].replace("http://testserver", "")).json()
    assert first["previous"] is None
    assert third["next"] is None
    assert walk(phone, third["previous"].replace("http://testserver", ""), "previous") == [
        ["2", "3"],
        ["0", "1"],
    ]
    back = phone.get(second["previous"].replace("http://testserver", "")).json()
    assert codes(back) == ["0", "1"]
    assert walk(phone, back["next"].replace("http://testserver", "")) == [["2", "3"], ["4"]]


def test_pages_are_not_moved_by_rows_that_come_or_go(phone: Phone) -> None:
    for code in "bdfh":
        factories.industry(code)
    first = phone.get("industries?page_size=2").json()
    factories.industry("a")
    Industry.objects.filter(code="d").delete()
    assert codes(phone.get(first["next"].replace("http://testserver", "")).json()) == ["f", "h"]


def test_pages_hold_fifty_rows_unless_told(phone: Phone) -> None:
    Industry.objects.bulk_create(Industry(code=f"{number:03}", name="测试业") for number in range(205))
    assert len(phone.get("industries").json()["results"]) == 50
    assert len(phone.get("industries?page_size=200").json()["results"]) == 200


@pytest.mark.parametrize("size", ["0", "201", "-1", "x", "", "1.5", "٣", "9" * 5000])
def test_pages_of_other_sizes_are_refused(phone: Phone, size: str) -> None:
    response = phone.get(f"industries?page_size={size}")
    assert (response.status_code, response.json()["errors"][0]["field"]) == (400, "page_size")


@pytest.mark.parametrize("cursor", ["x", "eyJ4IjoxfQ", "a:b:c"])
def test_cursor_that_is_none_of_ours_is_refused(phone: Phone, cursor: str) -> None:
    response = phone.get(f"industries?cursor={cursor}")
    assert (response.status_code, response.json()["errors"][0]["field"]) == (400, "cursor")


def test_cursor_of_another_ordering_is_refused(phone: Phone) -> None:
    factories.industry("a")
    factories.industry("b")
    following = phone.get("industries?page_size=1").json()["next"].replace("http://testserver", "")
    assert phone.get(f"{following}&ordering=-code").status_code == 400


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("colour=red", "colour"),
        ("ordering=colour", "ordering"),
        ("ordering=id", "ordering"),
        ("format=xml", "format"),
    ],
)
def test_filters_and_orderings_that_are_unknown_are_refused(phone: Phone, query: str, field: str) -> None:
    response = phone.get(f"industries?{query}")
    assert (response.status_code, response.json()["code"]) == (400, "unknown_filter")
    assert [error["field"] for error in response.json()["errors"]] == [field]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("on=yesterday", "on"),
        ("division=x", "division"),
        ("kind=club", "kind"),
        ("search=" + "x" * 101, "search"),
    ],
)
def test_filters_with_bad_values_are_refused(phone: Phone, query: str, field: str) -> None:
    response = phone.get(f"organisations?{query}")
    assert (response.status_code, response.json()["code"]) == (400, "invalid")
    assert [error["field"] for error in response.json()["errors"]] == [field]


def test_filters_are_nothing_to_a_detail(phone: Phone) -> None:
    made = factories.industry("a")
    assert phone.get(f"industries/{made.pk}?search=zzz").status_code == 200
