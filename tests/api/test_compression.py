"""Answers in gzip: which, for whom, and what it does to their tags."""

import gzip
import json
from typing import Any

import pytest

from api.compression import accepts_gzip
from tests import factories as make
from tests.api.client import Phone
from tests.place import Place

pytestmark = pytest.mark.django_db
GZIP = {"Accept-Encoding": "gzip, br"}


@pytest.fixture
def phone(place: Place) -> Phone:
    for number in range(5):
        make.division(f"测试镇{number}", place.county)
    return Phone.of(place.user)


def test_answer_of_some_size_is_compressed_for_who_accepts_it(phone: Phone) -> None:
    plain, packed = phone.get("divisions"), phone.get("divisions", headers=GZIP)
    assert packed["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content) == plain.content
    assert packed["Content-Length"] == str(len(packed.content))
    assert len(packed.content) < len(plain.content) / 2
    assert "Content-Encoding" not in plain
    for answer in (plain, packed):
        assert {"Accept-Encoding", "Authorization"} <= {name.strip() for name in answer["Vary"].split(",")}


def test_small_answers_and_pages_of_others_are_left_alone(phone: Phone) -> None:
    assert "Content-Encoding" not in phone.get("industries", headers=GZIP)
    assert "Content-Encoding" not in phone.get("docs", headers=GZIP)


def test_weak_tag_is_the_tag(phone: Phone, place: Place) -> None:
    packed = phone.get("divisions", headers=GZIP)
    assert packed["ETag"].startswith('W/"')
    again = phone.get("divisions", headers={**GZIP, "If-None-Match": packed["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_weak_tag_serves_if_match(phone: Phone, place: Place) -> None:
    office = Phone.of(make.user(office="supervisor", division=place.city))
    linkage = office.get("linkages").json()["results"][0]["id"]
    tag = f"W/{office.get(f'linkages/{linkage}')['ETag']}"
    ended = office.patch(f"linkages/{linkage}", {"ends_on": "2026-12-31"}, headers={"If-Match": tag})
    assert ended.status_code == 200


def test_long_problems_are_compressed_too(phone: Phone) -> None:
    body = {f"unknown{number}": number for number in range(9)}
    answer: Any = phone.get("divisions", body, headers=GZIP)
    assert (answer.status_code, answer["Content-Encoding"]) == (400, "gzip")
    assert json.loads(gzip.decompress(answer.content))["code"] == "unknown_filter"


@pytest.mark.parametrize(
    ("header", "accepted"),
    [
        ("gzip", True), ("deflate, GZIP;q=0.5", True), ("*", True), ("gzip;q=0, *", False), ("br", False), ("", False),
        ("gzip; q=0.000", False), ("identity", False), ("x-gzip", True),
    ],
)  # fmt: skip
def test_accept_encoding_is_read_as_it_is_meant(header: str, accepted: bool) -> None:
    assert accepts_gzip(header) == accepted
