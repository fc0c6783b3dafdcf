"""The clerk's pages for hazards: found by what matters, shown whole, and taken on by the domain's steps."""

from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
import time_machine

from fieldwork.core.geo import Position
from fieldwork.hazards.enums import EVENTS, Action
from fieldwork.hazards.models import Hazard, Step
from fieldwork.supervision.admin.hazard_steps import STEPS
from fieldwork.supervision.audit.words import NOUNS, ROWS, VERBS, words_of
from tests import factories as make
from tests.fieldwork.supervision.clerk import NOON, Clerk, check_in, errors
from tests.hazards import PHOTO, WAYS, Works, bring, do, report, said
from tests.photos import declared, jpeg
from tests.place import SEAT, Place

PLANNED = {"funds": "测试：已列支", "responsibility": "", "measures": "", "emergency_plan": ""}


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel(NOON, tick=False) as now:
        yield now


@pytest.fixture
def clerk(works: Works) -> Clerk:
    return Clerk(works.users["office"])


def found(clerk: Clerk, **query: object) -> set[UUID]:
    answer = clerk.page("hazards_hazard_changelist", **query)
    assert answer.status_code == 200
    return {row.pk for row in answer.context_data["cl"].result_list}


def shown(clerk: Clerk, pk: UUID) -> str:
    answer = clerk.page("hazards_hazard_change", pk)
    assert answer.status_code == 200
    return str(answer.content.decode())


def offered(clerk: Clerk, pk: UUID) -> set[str]:
    page = clerk.page("hazards_hazard_change", pk)
    return {address.rstrip("/").rpartition("/")[2] for _words, address in page.context_data["shortcuts"]}


def fields(clerk: Clerk, action: str, pk: UUID) -> dict[str, Any]:
    """What a browser would send back of the page as it is."""
    form = clerk.page(f"hazards_hazard_{action}", pk).context_data["form"]
    return {name: form[name].value() or "" for name in form.fields}


def take(clerk: Clerk, action: str, pk: UUID, **changed: object) -> Any:
    return clerk.send(f"hazards_hazard_{action}", pk, **{**fields(clerk, action, pk), **changed})


def taken(works: Works, action: str) -> dict[str, Any]:
    """What the tests of the API say with a step, as a form's fields."""
    told = {name: value for name, value in said(works, action).items() if name != "id"}
    return told | ({"granted": "yes"} if "granted" in told else {})


def test_list_is_narrowed_by_state_grade_category_deadline_and_listing(
    works: Works, clerk: Clerk, place: Place, clock: Any
) -> None:
    reported, late = report(works), bring(works, "rectifying", category="site_electricity")
    do(works, "office", late, "list")
    assert found(clerk) == {reported, late}
    for query in ({"state": "rectifying"}, {"grade": "major"}, {"category": "site_electricity"}, {"listed": "yes"}):
        assert found(clerk, **query) == {late}, query
    assert found(clerk, listed="no") == found(clerk, state="reported") == {reported}
    assert found(clerk, within=place.town.pk) == {reported, late}
    assert found(clerk, q="疏散") == {reported, late}
    assert found(clerk, overdue="yes") == set()
    clock.move_to(datetime.fromisoformat("2026-12-11T00:00:00+08:00"))
    clerk = Clerk(clerk.user)  # a session does not last so long
    assert (found(clerk, overdue="yes"), found(clerk, overdue="no")) == ({late}, {reported})
    page = clerk.page("hazards_hazard_changelist").content.decode()
    for word in ("测试厂", "消防安全", "用电安全", "重大隐患", "一般隐患", "逾期", "整改中"):
        assert word in page, word


def test_page_tells_the_whole_course_in_words(works: Works, clerk: Clerk) -> None:
    after = jpeg(8)
    pk = bring(works, "rectifying", PHOTO, proposed_deadline="2026-12-01")
    do(works, "office", pk, "list")
    do(works, "rectifier", pk, "request-extension")
    do(works, "office", pk, "decide-extension", granted=False, reason="测试：来得及")
    there = {"latitude": SEAT[0] + 0.01, "longitude": SEAT[1], "accuracy_m": 5.0}
    metres = round(Position(*SEAT).distance_m(Position(SEAT[0] + 0.01, SEAT[1])), -2)
    pair = {**declared(after), "pairs_with": declared(PHOTO)["sha256"]}
    do(works, "rectifier", pk, "submit", photos=[pair], location=there)
    page = shown(clerk, pk)
    for word in (
        "测试：疏散通道堵塞", "测试·厂长", "测试·协办", "测试·督办", "测试：等料", "测试：来得及", "测试：已清理",
        "测试：人员密集", "测试乙公司", "2026年12月10日", "2026年12月31日", f"<td>{metres:.0f}</td>", "不同意", "缺",
        "整改后照片的拍摄地点与整改前不一致",
    ):  # fmt: skip
        assert word in page, word
    assert page.count("<tr>") > len(WAYS["rectifying"])
    for raw in ("{&quot;", "request-extension", "None", f"{there['latitude']:.6f}"):
        assert raw not in page, raw


def test_pictures_are_shown_to_whoever_sees_the_hazard(works: Works, clerk: Clerk) -> None:
    pk = report(works, PHOTO)
    digest = declared(PHOTO)["sha256"]
    assert "尚未传到" in shown(clerk, pk)
    phone = works.phone("finder")
    assert phone.put(f"hazards/{pk}/photos/{digest}", PHOTO, content_type="image/jpeg").status_code == 201
    assert f"files/{digest}" in shown(clerk, pk)
    answer = clerk.page("hazards_hazard_file", pk, digest)
    assert b"".join(answer.streaming_content) == PHOTO
    assert clerk.page("hazards_hazard_thumb", pk, digest).status_code == 404, "nothing small was made of it yet"
    stranger = Clerk(works.users["stranger"])
    assert stranger.page("hazards_hazard_file", pk, digest).status_code == 404


@pytest.mark.parametrize("state", WAYS)
def test_what_may_be_done_is_offered_and_nothing_else(works: Works, clerk: Clerk, state: str) -> None:
    pk = bring(works, state)
    answer = works.phone("office").get(f"hazards/{pk}").json()
    assert offered(clerk, pk) == set(answer["allowed_actions"])
    assert offered(Clerk(works.users["auditor"]), pk) == set()
    for step in STEPS:
        page = clerk.page(f"hazards_hazard_{step.name}", pk)
        assert page.status_code == (200 if step.name in answer["allowed_actions"] else 302), step.name


OFFICE_STEPS = {
    "grade": "reported", "assign": "graded", "plan": "rectifying", "list": "graded", "accept": "submitted",
    "return": "submitted", "decide-extension": "extension_requested", "reopen": "closed", "look-back": "closed",
    "dismiss": "reported",
}  # fmt: skip


@pytest.mark.parametrize(("action", "state"), OFFICE_STEPS.items())
def test_step_is_taken_once_however_often_it_is_sent(works: Works, clerk: Clerk, action: str, state: str) -> None:
    assert set(OFFICE_STEPS) == {step.name for step in STEPS}
    pk = bring(works, state)
    sent = {**fields(clerk, action, pk), **taken(works, action)}
    for _click in range(2):
        answer = clerk.send(f"hazards_hazard_{action}", pk, **sent)
        assert answer.status_code == 302, errors(answer)
    (step,) = Step.objects.filter(hazard=pk, action=action, by=clerk.user).order_by("-number")[:1]
    assert str(step.pk) == str(sent["key"])
    assert Hazard.objects.get(pk=pk).steps_taken == len(WAYS[state]) + 1
    assert step.get_action_display() in shown(clerk, pk)


def test_step_on_what_has_changed_behind_the_page_is_refused(works: Works, clerk: Clerk) -> None:
    pk = bring(works, "submitted")
    sent = fields(clerk, "accept", pk)
    do(works, "finder", pk, "return")
    do(works, "rectifier", pk, "submit")
    assert clerk.send("hazards_hazard_accept", pk, **sent).status_code == 200
    assert Hazard.objects.get(pk=pk).state == "submitted"
    assert clerk.send("hazards_hazard_accept", pk, **fields(clerk, "accept", pk)).status_code == 302
    assert Hazard.objects.get(pk=pk).state == "closed"


def test_auditor_sees_and_takes_no_step(works: Works) -> None:
    pk, auditor = bring(works, "submitted"), Clerk(works.users["auditor"])
    assert "测试：已清理" in shown(auditor, pk)
    for step in STEPS:
        assert auditor.page(f"hazards_hazard_{step.name}", pk).status_code == 403, step.name
        assert auditor.send(f"hazards_hazard_{step.name}", pk, key=uuid4()).status_code == 403, step.name
    assert Hazard.objects.get(pk=pk).state == "submitted"


def test_office_elsewhere_does_not_find_it(works: Works) -> None:
    pk, stranger = report(works), Clerk(works.users["stranger"])
    assert found(stranger) == set()
    assert stranger.page("hazards_hazard_change", pk).status_code == 404
    assert stranger.send("hazards_hazard_grade", pk, key=uuid4(), grade="major", reason="测试").status_code == 404


def test_what_is_refused_is_told_on_its_field_and_the_input_stays(works: Works, clerk: Clerk) -> None:
    pk = report(works)
    answer = take(clerk, "grade", pk, grade="major")
    assert list(errors(answer)) == ["reason"]
    assert 'value="major"' in answer.content.decode()
    take(clerk, "grade", pk, grade="general")
    sent = {**taken(works, "assign"), "deadline": "2026-11-01", "measures": "测试：搬走杂物"}
    answer = take(clerk, "assign", pk, **sent)
    assert list(errors(answer)) == ["deadline"]
    page = answer.content.decode()
    assert "测试：搬走杂物" in page
    assert "测试甲公司" in page, "the chosen unit stays"
    assert list(errors(take(clerk, "assign", pk, **sent | {"rectifying_unit": "9" * 30}))) == ["rectifying_unit"]
    assert list(errors(take(clerk, "dismiss", pk, duplicate_of="x"))) == ["duplicate_of"]
    assert list(errors(take(clerk, "dismiss", pk))) == ["reason"]
    assert Step.objects.count() == 1


def test_clerk_who_is_overtaken_is_told_how_it_stands(works: Works, clerk: Clerk) -> None:
    pk = bring(works, "graded")
    sent = {**fields(clerk, "dismiss", pk), "reason": "测试：不是隐患"}
    do(works, "regulator", pk, "assign")
    answer = clerk.send("hazards_hazard_dismiss", pk, **sent)
    assert errors(answer) == {"__all__": ["目前为“整改中”，不能进行此操作。"]}
    assert "测试：不是隐患" in answer.content.decode()
    late = clerk.get(f"/admin/hazards/hazard/{pk}/dismiss/", follow=True)
    assert "现在已不能进行此操作" in late.content.decode()


def test_deadline_that_stands_is_shown_and_not_asked_for(works: Works, clerk: Clerk) -> None:
    pk = bring(works, "rectifying")
    answer = take(clerk, "assign", pk, rectifying_person="测试·新厂长", deadline="2030-01-01")
    assert answer.status_code == 302
    hazard = Hazard.objects.get(pk=pk)
    assert (hazard.rectifying_person, hazard.deadline) == ("测试·新厂长", date(2026, 12, 10))


def test_points_of_the_plan_that_are_left_open_stay(works: Works, clerk: Clerk) -> None:
    pk = bring(works, "rectifying")
    assert take(clerk, "plan", pk, **PLANNED).status_code == 302
    hazard = Hazard.objects.get(pk=pk)
    assert (hazard.funds, hazard.measures) == ("测试：已列支", "测试：清理")


def test_reported_twice_is_seen_and_dismissed_as_the_other(works: Works, clerk: Clerk) -> None:
    first, second = report(works), report(works)
    link = f"/admin/hazards/hazard/{first}/change/"
    assert link in shown(clerk, second)
    query = {"app_label": "hazards", "model_name": "hazard", "field_name": "duplicate_of", "term": "测试厂"}
    assert str(first) in {one["id"] for one in clerk.get("/admin/autocomplete/", query).json()["results"]}
    assert take(clerk, "dismiss", second, duplicate_of=first).status_code == 302
    assert Hazard.objects.get(pk=second).duplicate_of_id == first
    assert link in shown(clerk, second)
    assert f"/admin/hazards/hazard/{second}/change/" in shown(clerk, first)


def test_units_that_may_be_named_are_found_by_name_and_others_refused(works: Works, clerk: Clerk, place: Place) -> None:
    pk = bring(works, "graded")
    elsewhere = make.organisation(make.division("别处二县", place.city), name="别处公司")
    query = {"app_label": "hazards", "model_name": "listing", "field_name": "rectifying_unit", "term": "公司"}
    texts = [one["text"] for one in clerk.get("/admin/autocomplete/", query).json()["results"]]
    assert "测试甲公司（测试镇）" in texts
    assert not any("别处" in text for text in texts)
    answer = take(clerk, "assign", pk, **taken(works, "assign") | {"rectifying_unit": elsewhere.pk})
    assert list(errors(answer)) == ["rectifying_unit"]


def test_look_back_names_the_check_in(works: Works, clerk: Clerk, place: Place) -> None:
    pk, visit = bring(works, "closed"), check_in(place, place.user)
    assert take(clerk, "look-back", pk, check_in=visit.pk, remark="测试：仍完好").status_code == 302
    page = shown(clerk, pk)
    assert f"/admin/inspections/checkin/{visit.pk}/change/" in page
    assert "测试：仍完好" in page


def test_every_event_of_hazards_has_words_and_leads_to_its_row(works: Works, clerk: Clerk) -> None:
    kinds = {*EVENTS.values(), "hazard.reported", "hazard.photos_received", "hazard.photo_lost"}
    assert {kind.partition(".")[2] for kind in kinds} <= VERBS.keys()
    assert set(EVENTS) == set(Action)
    assert words_of("hazard.planned") == "隐患 · 整改方案已落实"
    assert ROWS["hazard"] is Hazard
    assert "hazard" in NOUNS
    pk = report(works)
    page = clerk.page("core_event_changelist", about="hazard").content.decode()
    assert f"/admin/hazards/hazard/{pk}/change/" in page
    assert "测试厂 · " in page
