"""Whoever judges a proof sees what it is for, whether it counts, and what is doubted; and finds what still waits."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils.translation import gettext

from fieldwork.duties.enums import Reason
from fieldwork.duties.models import Performance, Review, Touch
from fieldwork.inspections.models import Flag
from fieldwork.supervision.admin.showing import instant
from tests import factories as make
from tests.fieldwork.supervision.clerk import Clerk, check_in, errors, filing
from tests.place import Place

pytestmark = pytest.mark.usefixtures("noon")


@pytest.fixture
def clerk(place: Place) -> Clerk:
    return Clerk.of(place)


def shown(clerk: Clerk, name: str, row: Any) -> str:
    answer = clerk.page(f"{name}_change", row.pk)
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_check_in_names_the_obligation_and_the_target_that_it_counts_for(place: Place, clerk: Clerk) -> None:
    rule = make.rule(place.county, ["county_party_chief"], article="第七条（三）")
    owed = make.obligation(place.tenure, rule)
    task = make.task(owed, place.town)
    row = check_in(place, place.user)
    row.task = task
    row.save()
    performance = Performance.objects.get()
    Touch.objects.create(performance=performance, target_key=task.touch_key)
    words = shown(clerk, "inspections_checkin", row)
    for one in (owed, task):
        name = f"admin:duties_{one._meta.model_name}_change"
        assert f'href="{reverse(name, args=[one.pk])}"' in words
    for word in ("2026-11", rule.name, "第七条（三）", "测试镇", "<td>是</td>", "没有照片"):
        assert word in words, word
    performance.stands = False
    performance.save()
    assert "<td>是</td>" not in shown(clerk, "inspections_checkin", row)


@pytest.mark.parametrize(("staff", "paper"), [(True, False), (False, True)])
def test_filing_tells_who_prepared_it_and_whether_it_was_on_paper(
    place: Place, clerk: Clerk, staff: bool, paper: bool
) -> None:
    row = filing(place, place.user)
    row.prepared_by_staff, row.on_paper = staff, paper
    row.save()
    form = clerk.page("filings_filing_change", row.pk).context_data["adminform"]
    told = {str(field.field["label"]): str(field.contents()) for line in form for fields in line for field in fields}
    yes_or_no = {True: gettext("Yes"), False: gettext("No")}
    assert told[gettext("prepared by staff")] == yes_or_no[staff]
    assert told[gettext("entered from a paper record")] == yes_or_no[paper]


def test_obligation_says_what_is_assumed_and_why_a_basis_does_not_stand(place: Place, clerk: Clerk) -> None:
    rule = make.rule(place.county, ["county_party_chief"], assumed={"due": "暂定月末前"})
    owed = make.obligation(place.tenure, rule)
    owed.bases.update(state="withdrawn", reason="left")
    words = shown(clerk, "duties_obligation", owed)
    assert "暂定月末前" in words
    assert str(Reason.LEFT.label) in words


def test_obligation_names_what_proves_it_and_the_version_and_day_of_each_basis(place: Place, clerk: Clerk) -> None:
    rule = make.rule(place.county, ["county_party_chief"], article="第七条（三）")
    owed = make.obligation(place.tenure, rule)
    row, meeting = check_in(place, place.user), filing(place, place.user)
    pages = [reverse(f"admin:{name}_change", args=[one.pk]) for name, one in
             (("inspections_checkin", row), ("filings_filing", meeting))]  # fmt: skip
    words = shown(clerk, "duties_obligation", owed)
    assert [f'href="{page}"' in words for page in pages] == [True, False]
    assert f"<td>{rule.version.version}</td>" in words
    assert instant(owed.bases.get().since) in words


def test_filing_says_of_each_obligation_that_it_names_whether_it_counts(place: Place, clerk: Clerk) -> None:
    rule = make.rule(place.county, ["county_party_chief"], duty="meeting", activity="meeting", article="第八条")
    in_time = make.obligation(place.tenure, rule, activity="meeting")
    too_late = make.obligation(place.tenure, rule, "2026-10", activity="meeting")
    standing = make.rule(place.county, [], duty="study", activity="study", cadence="", article="第九条")
    row = filing(place, place.user)
    for named in ({"obligation": in_time}, {"obligation": too_late}, {"rule": standing}):
        Performance.objects.get().namings.create(**named)
    words = shown(clerk, "filings_filing", row)
    verdicts = [part.rpartition("<td>")[2] for part in words.split("</td></tr>")[:-1]]
    assert verdicts == ["否", "是", "是"]
    for word in ("2026-10", "2026-11", "第八条", "第九条", standing.name):
        assert word in words, word


def skewed(place: Place) -> Any:
    row = check_in(place, place.user)
    meant = row.captured_at - timedelta(hours=3)
    figures = {"ahead_minutes": 180, "suggested_at": meant.isoformat()}
    Flag.objects.create(check_in=row, code="clock_skew", figures=figures, raised_at=row.received_at)
    return row


def test_reviewer_is_offered_the_time_that_the_clock_should_have_shown(place: Place, clerk: Clerk) -> None:
    row = skewed(place)
    page = clerk.page("inspections_checkin_review", row.pk).content.decode()
    assert 'value="2026-11-21T06:00:00"' in page
    sent = {"verdict": "accepted", "captured_at": "2026-11-21T06:00:00"}
    assert clerk.send("inspections_checkin_review", row.pk, **sent).status_code == 302
    assert Review.objects.get().adopted_at == datetime.fromisoformat("2026-11-21T06:00:00+08:00")
    assert Performance.objects.get().at == Review.objects.get().adopted_at
    assert "06:00" in shown(clerk, "inspections_checkin", row)
    assert clerk.send("inspections_checkin_review", row.pk, verdict="accepted", captured_at="").status_code == 302
    assert Performance.objects.get().at == row.captured_at


def test_time_to_come_is_refused_and_a_rejection_takes_none(place: Place, clerk: Clerk) -> None:
    row = skewed(place)
    for wrong in ("2026-11-21T18:00:00", "0001-01-01T00:00:00", "9999-12-31T23:59:59", "yesterday"):
        answer = clerk.send("inspections_checkin_review", row.pk, verdict="accepted", captured_at=wrong)
        assert list(errors(answer)) == ["captured_at"], wrong
    sent = {"verdict": "rejected", "reason": "照片不符", "captured_at": "2026-11-21T06:00:00"}
    assert clerk.send("inspections_checkin_review", row.pk, **sent).status_code == 302
    assert Review.objects.get().adopted_at is None


def test_time_is_asked_for_only_where_it_is_doubted(place: Place, clerk: Clerk) -> None:
    row = check_in(place, place.user)
    assert "captured_at" not in clerk.page("inspections_checkin_review", row.pk).context_data["form"].fields


@pytest.mark.parametrize(("name", "make_one"), [("inspections_checkin", check_in), ("filings_filing", filing)])
def test_proof_is_found_by_its_latest_verdict(place: Place, clerk: Clerk, name: str, make_one: Any) -> None:
    waiting, turned, rejected = (make_one(place, place.user) for _each in range(3))
    for row, verdict in ((turned, "accepted"), (turned, "rejected"), (rejected, "rejected"), (turned, "accepted")):
        clerk.send(f"{name}_review", row.pk, verdict=verdict, reason="照片不符")

    def found(**query: str) -> set[Any]:
        return {row.pk for row in clerk.page(f"{name}_changelist", **query).context_data["cl"].result_list}

    assert found(review="waiting") == {waiting.pk}
    assert found(review="accepted") == {turned.pk}
    assert found(review="rejected") == {rejected.pk}


def test_check_ins_are_found_by_any_doubt_or_none(place: Place, clerk: Clerk) -> None:
    doubted, plain = skewed(place), check_in(place, place.user)
    plain.flags.all().delete()

    def found(flag: str) -> list[Any]:
        page = clerk.page("inspections_checkin_changelist", flag=flag)
        return [row.pk for row in page.context_data["cl"].result_list]

    assert found("any") == [doubted.pk]
    assert found("none") == [plain.pk]
    assert found("clock_skew") == [doubted.pk]
    assert found("on_paper") == []
