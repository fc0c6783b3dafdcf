"""What the clerk reads: words where there were codes, names where there were numbers, and who is in the way."""

import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.contrib.staticfiles.finders import find
from django.db.models import Model
from django.urls import reverse

from fieldwork.core.events import SYSTEM, append
from fieldwork.core.models import Event
from fieldwork.core.periods import first_instant
from fieldwork.directory import records
from fieldwork.directory.bounds import BOUNDS
from fieldwork.directory.dated import end
from fieldwork.supervision.admin.registry import site
from fieldwork.supervision.audit.words import NOUNS, ROWS, VERBS
from tests import factories as make
from tests.fieldwork.supervision.clerk import DAY, Clerk, filing
from tests.place import Place

pytestmark = pytest.mark.usefixtures("noon")

SOURCES = Path(__file__).parents[3] / "fieldwork"
ABOUT = re.compile(r"""about=\(\s*"([a-z_]+)\"""")
TOLD = re.compile(r"""(?:append|tell|note_look)\(\s*"([a-z_]+)\.([a-z_]+)\"""")


@pytest.fixture
def clerk(place: Place) -> Clerk:
    return Clerk.of(place)


def words(clerk: Clerk, page: str, *args: object, **query: object) -> str:
    return str(clerk.page(page, *args, **query).content.decode())


def test_every_kind_of_event_has_words() -> None:
    told = [kind for path in SOURCES.rglob("*.py") for kind in TOLD.findall(path.read_text())]
    assert ("filing", "attachments_received") in told
    where = "NOUNS and VERBS of supervision/audit/words.py have words for every kind"
    assert {noun for noun, _verb in told} - NOUNS.keys() == set(), where
    assert {verb for _noun, verb in told} - VERBS.keys() == set(), where


@pytest.mark.parametrize("model", BOUNDS, ids=lambda model: model.__name__)
def test_every_dated_row_of_the_directory_has_words_and_a_page(model: type[Model]) -> None:
    """Their events are told by `begin` and `end`, which name no kind."""
    nouns = [noun for noun, of in ROWS.items() if of is model]
    assert nouns == [records.noun_of(model)], "ROWS of supervision/audit/words.py has what directory/records.py tells"
    assert nouns[0] in NOUNS
    assert site.is_registered(model), "supervision/admin/registry.py has a page for it"


def test_everything_that_an_event_is_about_has_words(place: Place, clerk: Clerk) -> None:
    about = {kind for path in SOURCES.rglob("*.py") for kind in ABOUT.findall(path.read_text())}
    assert {"check_in", "channel"} <= about
    assert about - NOUNS.keys() == set()
    append("notifications.delivered", by=SYSTEM, at=first_instant(DAY), about=("channel", "inbox"),
           division_path=place.county.path)  # fmt: skip
    assert "inbox" not in words(clerk, "core_event_changelist").partition('id="result_list"')[2]


@pytest.mark.parametrize(("ends_on", "ended"), [(DAY, True), (None, False)])
def test_last_day_that_was_taken_back_is_not_told_as_an_end(
    place: Place, clerk: Clerk, ends_on: date | None, ended: bool
) -> None:
    end(place.tenure, ends_on=DAY - timedelta(days=1), by=clerk.user, at=first_instant(DAY))
    end(place.tenure, ends_on=ends_on, by=clerk.user, at=first_instant(DAY))
    event = Event.objects.filter(kind="tenure.ended").latest("pk")
    newest = words(clerk, "core_event_changelist", object_id__exact=place.tenure.pk).partition("<tbody>")[2]
    for page in (words(clerk, "core_event_change", event.pk), newest.partition("</tr>")[0]):
        assert (str(VERBS["ended"]) in page) is ended


def test_event_names_the_row_where_it_stands_and_its_number_where_not(place: Place, clerk: Clerk) -> None:
    at, path = first_instant(DAY), place.county.path
    for key in (place.leader.pk, 987654, "9" * 24):
        append("leader.created", by=SYSTEM, at=at, about=("leader", key), division_path=path)
    event = append("tenure.begun", by=SYSTEM, at=at, about=("tenure", place.tenure.pk), division_path=path)
    shown = words(clerk, "core_event_changelist")
    assert "领导干部 测试·书记" in shown
    assert "领导干部 987654" in shown
    assert "测试·书记 · 测试县party_committee" in words(clerk, "core_event_change", event.pk)


def test_search_field_stands_where_the_pages_of_a_phone_make_it_wide(place: Place, clerk: Clerk) -> None:
    css = Path(str(find("admin/css/responsive.css"))).read_text()
    assert "#changelist-search > div {" in css
    assert re.search(r'id="changelist-search"[^>]*><div>\s*<label', words(clerk, "directory_leader_changelist"))


def test_namesakes_of_a_new_leader_are_named(place: Place, clerk: Clerk) -> None:
    place.leader.division = place.county
    place.leader.save()
    make.leader("测试·旁人")
    for name, warned in (("测试·书记", True), ("测试·新人", False)):
        added = clerk.send("directory_leader_add", name=name, division=place.county.pk)
        page = clerk.get(added.headers["Location"]).content.decode()
        assert (reverse("admin:directory_leader_change", args=[place.leader.pk]) in page) is warned


def test_filing_waits_for_no_photos(place: Place, clerk: Clerk) -> None:
    row = filing(place, place.user)
    row.state = "incomplete"
    row.save()
    assert "照片" not in words(clerk, "filings_filing_change", row.pk)
    assert "照片" not in words(clerk, "filings_filing_changelist")


def test_rules_due_day_is_a_day(place: Place, clerk: Clerk) -> None:
    rule = make.rule(place.county, ["county_party_chief"], due="03-31")
    page = words(clerk, "duties_rule_change", rule.pk)
    assert "3月31日" in page
    assert "03-31" not in page


def test_header_shows_the_persons_name(place: Place) -> None:
    clerk = Clerk(make.user("clerk7", name="测试·文书", office="supervisor", division=place.county))
    assert "<strong>测试·文书</strong>" in words(clerk, "index")


def test_yes_and_no_are_words(place: Place, clerk: Clerk) -> None:
    for page in ("directory_tenure", "directory_post"):
        assert "icon-no" not in words(clerk, f"{page}_changelist")
    assert "icon-no" not in words(clerk, "directory_tenure_change", place.tenure.pk)
    assert "icon-no" not in words(clerk, "directory_division_change", place.town.pk)


@pytest.mark.parametrize(("ends_on", "warned"), [("", True), ("2026-10-31", False)])
def test_post_that_somebody_holds_is_given_with_a_warning(
    place: Place, clerk: Clerk, ends_on: str, warned: bool
) -> None:
    place.tenure.starts_on = date(2026, 11, 1)
    place.tenure.save()
    leader = make.leader("测试·新任")
    leader.division = place.county
    leader.save()
    fields = {"leader": leader.pk, "post": place.tenure.post.pk, "starts_on": "2026-10-01", "ends_on": ends_on}
    answer = clerk.send("directory_tenure_add", **fields)
    assert answer.status_code == 302
    shown = str(clerk.get(answer.headers["Location"]).content.decode())
    assert (f'<a href="{reverse("admin:directory_tenure_change", args=[place.tenure.pk])}">' in shown) is warned


def test_choices_of_a_linkage_lie_in_the_area_of_its_tenure(place: Place) -> None:
    other = make.division("测试二县", place.city)
    make.division("外镇", other)
    for where in (place.county, other):
        make.organisation(where, "department", name=f"{where.name}应急局")
    clerk = Clerk(make.user(office="supervisor", division=place.city))
    query = {"app_label": "directory", "model_name": "linkage", "term": ""}

    def offered(field: str, **more: object) -> list[str]:
        answer = clerk.get(reverse("admin:autocomplete"), {**query, "field_name": field, **more})
        return [one["text"] for one in answer.json()["results"]]

    assert offered("division", tenure=place.tenure.pk) == ["测试镇（测试县）"]
    assert offered("organisation", tenure=place.tenure.pk) == ["测试县应急局（测试县）"]
    assert len(offered("division")) == len(offered("division", tenure="9" * 24)) == 5
    page = words(clerk, "directory_linkage_add", tenure=place.tenure.pk)
    assert page.count(f"{reverse('admin:autocomplete')}?tenure={place.tenure.pk}") == 2


def test_two_thousand_are_chosen_without_an_address_of_their_ids(place: Place, clerk: Clerk) -> None:
    seat = place.tenure.post
    for number in range(60):
        make.tenure(seat, make.leader(f"测试·{number}"))
    sent = {"action": "print_codes", "_selected_action": place.leader.pk, "select_across": "1"}
    answer = clerk.send("directory_leader_changelist", **sent)
    assert "?" not in answer.headers["Location"]
    asked = clerk.get(answer.headers["Location"])
    assert len(asked.context_data["given"]) == 61
    printed = clerk.send("activation_codes", **asked.context_data["chosen"])
    assert len(printed.context_data["issued"]) == 61
    assert clerk.page("activation_codes").context_data["given"] == []
