"""Whatever a clerk does goes through the domain's action, tells its event, and says what is wrong at its field."""

from datetime import date

import pytest
from django.urls import reverse

from fieldwork.directory.models import Leader, Linkage, Organisation, Post, Site, Tenure, User
from fieldwork.duties.models import Role
from tests import factories as make
from tests.fieldwork.supervision.clerk import SOON, Clerk, check_in, done, errors, filing, kinds, last_event
from tests.place import Place

pytestmark = pytest.mark.usefixtures("noon")


@pytest.fixture
def clerk(place: Place) -> Clerk:
    return Clerk.of(place)


def test_leader_is_created_by_the_office_that_asks(place: Place, clerk: Clerk) -> None:
    answer = clerk.send("directory_leader_add", name=" 测试·新人 ", division=place.county.pk)
    done(answer, "leader.created")
    leader = Leader.objects.get(name="测试·新人")
    assert leader.division == place.county
    assert answer.headers["Location"] == reverse("admin:directory_leader_change", args=[leader.pk])
    event = last_event()
    assert (event.actor, event.division_path) == (clerk.user.actor_key, place.county.path)


def test_own_tenure_and_links_are_a_colleagues_to_change(place: Place) -> None:
    User.objects.filter(pk=place.user.pk).update(office="supervisor", division=place.county)
    own = Clerk(User.objects.get(pk=place.user.pk))
    tenure, linkage = place.tenure, Linkage.objects.get()
    assert own.send("directory_tenure_change", tenure.pk, ends_on="2026-09-30").status_code == 403
    assert own.send("directory_linkage_change", linkage.pk, ends_on="2026-09-30").status_code == 403
    added = {"leader": place.leader.pk, "post": make.post(tenure.post.organisation).pk, "starts_on": SOON}
    assert list(errors(own.send("directory_tenure_add", **added))) == ["__all__"]
    link = {"tenure": tenure.pk, "division": make.division("别镇", place.county).pk, "starts_on": SOON}
    assert list(errors(own.send("directory_linkage_add", **link))) == ["__all__"]
    assert kinds() == []


def test_leader_without_a_place_is_for_the_whole_installations_administrator(place: Place, clerk: Clerk) -> None:
    assert list(errors(clerk.send("directory_leader_add", name="测试·新人"))) == ["__all__"]
    assert kinds() == []
    everywhere = Clerk(make.user(office="administrator"))
    done(everywhere.send("directory_leader_add", name="测试·新人"), "leader.created")


def test_place_out_of_scope_is_no_choice(place: Place, clerk: Clerk) -> None:
    elsewhere = make.division("别县", place.city)
    assert list(errors(clerk.send("directory_leader_add", name="测试·新人", division=elsewhere.pk))) == ["division"]
    assert list(errors(clerk.send("directory_leader_add", name="测试·新人", division=place.city.pk))) == ["division"]
    assert kinds() == []


def test_what_one_sees_as_a_leader_one_does_not_manage_as_the_office(place: Place) -> None:
    other = make.division("别县", place.city)
    seat = make.post(make.organisation(other))
    leader = make.leader("测试·兼职")
    make.tenure(seat, leader)
    clerk = Clerk(make.user(office="supervisor", division=place.county, leader=leader))
    answer = clerk.send("directory_tenure_add", leader=place.leader.pk, post=seat.pk, starts_on=SOON)
    assert list(errors(answer)) == ["__all__"]
    assert kinds() == []


def test_organisation_and_post_are_created_with_a_role_that_a_policy_knows(place: Place, clerk: Clerk) -> None:
    answer = clerk.send(
        "directory_organisation_add", name="测试局", kind="department", department_kind="regulator",
        division=place.county.pk, starts_on="2026-01-01",
    )  # fmt: skip
    done(answer, "organisation.begun")
    body = Organisation.objects.get(name="测试局")
    rule = make.rule(place.city, ["bureau_chief"])
    Role.objects.create(version=rule.version, code="bureau_chief", name="局长", article="第十四条")
    fields = {"organisation": body.pk, "title": "局长", "starts_on": "2026-01-01", "safety_portfolio": "on"}
    assert list(errors(clerk.send("directory_post_add", **fields, role="emperor"))) == ["role"]
    answer = clerk.send("directory_post_add", **fields, role="bureau_chief")
    done(answer, "organisation.begun", "post.begun")
    assert Post.objects.get(title="局长").safety_portfolio
    assert "局长" in clerk.page("directory_post_changelist", role="bureau_chief").content.decode()


def test_fault_of_the_action_stands_at_its_field(place: Place, clerk: Clerk) -> None:
    answer = clerk.send(
        "directory_organisation_add", name="测试府", kind="government", department_kind="regulator",
        division=place.county.pk, starts_on="2026-01-01",
    )  # fmt: skip
    assert errors(answer) == {"department_kind": ["只有部门才能填写部门类别。"]}
    assert kinds() == []


def test_leader_is_given_a_post_and_loses_it(place: Place, clerk: Clerk) -> None:
    leader, seat = make.leader("测试·新任"), make.post(place.tenure.post.organisation)
    leader.division = place.county
    leader.save()
    answer = clerk.send("directory_tenure_add", leader=leader.pk, post=seat.pk, starts_on="2026-11-01", acting="on")
    done(answer, "tenure.begun")
    tenure = Tenure.objects.get(leader=leader)
    assert tenure.acting
    twice = clerk.send("directory_tenure_add", leader=leader.pk, post=seat.pk, starts_on="2026-11-10")
    assert list(errors(twice)) == ["starts_on"]
    early = clerk.send("directory_tenure_change", tenure.pk, ends_on="2026-10-01")
    assert list(errors(early)) == ["ends_on"]
    answer = clerk.send("directory_tenure_change", tenure.pk, ends_on="2026-11-20", leader=place.leader.pk)
    done(answer, "tenure.begun", "tenure.ended")
    tenure.refresh_from_db()
    assert (tenure.ends_on, tenure.leader) == (date(2026, 11, 20), leader)
    done(clerk.send("directory_tenure_change", tenure.pk, ends_on=""), "tenure.begun", "tenure.ended", "tenure.ended")


def test_town_is_marked_as_a_problem(place: Place, clerk: Clerk) -> None:
    fields = {"reason": "事故多发", "starts_on": "2026-11-21"}
    county = clerk.send("directory_problemtownmark_add", division=place.county.pk, **fields)
    assert list(errors(county)) == ["division"]
    done(clerk.send("directory_problemtownmark_add", division=place.town.pk, **fields), "problem_mark.begun")
    mark = place.town.problem_marks.get()
    answer = clerk.send("directory_problemtownmark_change", mark.pk, ends_on="2026-11-30", reason="另一理由")
    done(answer, "problem_mark.begun", "problem_mark.ended")
    mark.refresh_from_db()
    assert (mark.ends_on, mark.reason) == (date(2026, 11, 30), "事故多发")


def test_site_is_created_where_it_lies(place: Place, clerk: Clerk) -> None:
    fields = {"name": "测试厂", "division": place.town.pk, "starts_on": "2026-11-01", "uscc": "91110000600037341l"}
    half = clerk.send("directory_site_add", **fields, latitude="24.2")
    assert list(errors(half)) == ["longitude"]
    wrong = clerk.send("directory_site_add", **{**fields, "uscc": "911100006000373410"})
    assert list(errors(wrong)) == ["uscc"]
    nowhere = clerk.send("directory_site_add", **fields, latitude="124.2", longitude="113.4")
    assert list(errors(nowhere)) == ["latitude"]
    done(clerk.send("directory_site_add", **fields, latitude="24.2", longitude="113.4"), "site.begun")
    site = Site.objects.get()
    assert (site.uscc, site.latitude, site.longitude) == ("91110000600037341L", 24.2, 113.4)


@pytest.mark.parametrize("noun", ["check_in", "filing"])
def test_proof_is_rejected_with_a_reason_and_accepted_again(place: Place, clerk: Clerk, noun: str) -> None:
    row = check_in(place, place.user) if noun == "check_in" else filing(place, place.user)
    page = {"check_in": "inspections_checkin", "filing": "filings_filing"}[noun]
    assert list(errors(clerk.send(f"{page}_review", row.pk, verdict="rejected"))) == ["reason"]
    assert list(errors(clerk.send(f"{page}_review", row.pk, verdict="forgotten"))) == ["verdict"]
    assert kinds() == []
    assert clerk.send(f"{page}_review", row.pk, verdict="rejected", reason="照片不符").status_code == 302
    assert "照片不符" in clerk.page(f"{page}_change", row.pk).content.decode()
    assert clerk.send(f"{page}_review", row.pk, verdict="accepted").status_code == 302
    assert [kind.partition(".")[0] for kind in kinds()] == [noun, noun]


def test_nobody_judges_their_own_proof(place: Place) -> None:
    clerk = Clerk(make.user(office="supervisor", division=place.county, leader=make.leader()))
    row = check_in(place, clerk.user)
    assert clerk.send("inspections_checkin_review", row.pk, verdict="accepted").status_code == 403
