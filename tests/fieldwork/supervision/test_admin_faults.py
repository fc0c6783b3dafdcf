"""Whatever is typed into an address or a form of the office's pages is answered in words, never by a broken page."""

import re
from typing import Any

import pytest
from django.test import Client, RequestFactory
from django.urls import reverse
from django.views.defaults import server_error

from fieldwork.duties.models import PolicyVersion, Role
from tests import factories as make
from tests.fieldwork.supervision.clerk import Clerk, errors, kinds
from tests.place import Place

pytestmark = pytest.mark.usefixtures("noon")

HUGE = "9" * 24
NO_ID = ("abc", HUGE, "-1", "0", "", "\0", "²")
NOT_READ = re.compile(r"<style>.*?</style>|<[^>]+>", re.DOTALL)


def latin_in(answer: Any) -> str:
    """The letters in what the page gives to read."""
    return "".join(re.findall("[A-Za-z]+", NOT_READ.sub("", answer.content.decode())))


@pytest.fixture
def clerk(place: Place) -> Clerk:
    return Clerk.of(place)


@pytest.mark.parametrize("value", NO_ID)
@pytest.mark.parametrize(
    ("page", "field"),
    [
        ("directory_linkage_add", "tenure"), ("directory_leader_add", "division"), ("directory_tenure_add", "leader"),
        ("directory_delegation_add", "assistant"), ("directory_post_add", "organisation"),
        ("directory_user_add", "leader"), ("directory_problemtownmark_add", "division"),
    ],
)  # fmt: skip
def test_form_opened_with_an_id_that_is_none_is_the_empty_form(
    place: Place, clerk: Clerk, page: str, field: str, value: str
) -> None:
    answer = clerk.page(page, **{field: value})
    assert answer.status_code == (400 if value == "\0" else 200)


@pytest.mark.parametrize("value", ["abc", HUGE, "-1", "\0"])
@pytest.mark.parametrize(
    ("page", "field"),
    [
        ("directory_linkage_add", "tenure"), ("directory_linkage_add", "division"), ("directory_tenure_add", "post"),
        ("directory_leader_add", "division"), ("directory_user_add", "leader"),
    ],
)  # fmt: skip
def test_id_that_is_none_is_no_choice_of_a_form(place: Place, clerk: Clerk, page: str, field: str, value: str) -> None:
    assert field in errors(clerk.send(page, **{"starts_on": "2026-12-01", "name": "测试", field: value}))
    assert kinds() == []


@pytest.mark.parametrize("value", ["abc", HUGE, "-1", "\0"])
@pytest.mark.parametrize(
    ("page", "lookup"),
    [
        ("directory_tenure", "leader__exact"), ("directory_linkage", "tenure__exact"),
        ("duties_rule", "version__policy__exact"), ("directory_leader", "within"), ("core_event", "object_id__exact"),
        ("directory_post", "role"), ("duties_obligation", "period"), ("directory_site", "on"), ("core_event", "about"),
    ],
)  # fmt: skip
def test_list_asked_for_by_an_id_that_is_none_is_refused_or_empty(
    place: Place, clerk: Clerk, page: str, lookup: str, value: str
) -> None:
    version = PolicyVersion.objects.get()
    Role.objects.create(version=version, code="county_party_chief", name="书记", article="第五条")
    answer = clerk.page(f"{page}_changelist", **{lookup: value})
    assert answer.status_code in (200, 302, 400)
    if answer.status_code == 200:
        assert list(answer.context_data["cl"].result_list) == []


@pytest.mark.parametrize("value", ["abc", HUGE, "-1", "\0"])
def test_action_on_a_row_that_is_none_does_nothing(place: Place, clerk: Clerk, value: str) -> None:
    for page in ("directory_leader", "directory_user"):
        answer = clerk.send(f"{page}_changelist", action="print_codes", _selected_action=value)
        assert answer.status_code in (302, 400), page
    assert kinds() == []


@pytest.mark.parametrize("value", ["abc", HUGE, "-1"])
def test_page_of_a_row_that_is_none_is_not_there(place: Place, clerk: Clerk, value: str) -> None:
    for page in ("directory_leader_change", "directory_linkage_withdraw", "inspections_checkin_review"):
        assert clerk.page(page, value).status_code == 404, page
    for name in ("leaders", "users"):
        assert clerk.page("activation_codes", **{name: value}).status_code in (200, 400)
    assert clerk.page("quotas", after=f"{value}:town").status_code == 200


def test_choices_sought_by_what_cannot_be_stored_are_refused(place: Place, clerk: Clerk) -> None:
    query = {"app_label": "directory", "model_name": "leader", "field_name": "division", "term": "\0"}
    assert clerk.get(reverse("admin:autocomplete"), query).status_code == 400


def test_faults_are_told_in_chinese_with_a_way_back(place: Place, clerk: Clerk) -> None:
    elsewhere = make.leader("测试·别处")
    answers = {
        400: clerk.page("directory_tenure_changelist", nonsense__exact="1"),
        403: clerk.page("directory_division_add"),
        404: clerk.page("directory_leader_change", elsewhere.pk),
    }
    for status, answer in answers.items():
        words = answer.content.decode()
        assert answer.status_code == status
        assert 'href="/admin/"' in words, status
        assert 'lang="zh-hans"' in words, status
        assert str(status) in words
        assert latin_in(answer) == "", status


def test_page_that_breaks_says_so_with_a_way_back() -> None:
    answer = server_error(RequestFactory().get("/admin/"))
    assert answer.status_code == 500
    assert 'href="/admin/"' in answer.content.decode()
    assert latin_in(answer) == ""


def test_form_whose_session_has_gone_says_so_in_chinese(place: Place) -> None:
    answer = Client(enforce_csrf_checks=True).post(reverse("admin:login"), {"username": "x", "password": "y"})
    assert answer.status_code == 403
    assert 'href="/admin/"' in answer.content.decode()
    assert latin_in(answer) == ""


def test_api_answers_in_its_own_way(place: Place, clerk: Clerk) -> None:
    answer = clerk.get("/api/v1/nothing")
    assert answer.headers["Content-Type"] == "application/problem+json"
