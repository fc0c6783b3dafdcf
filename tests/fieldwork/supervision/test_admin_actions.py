"""Whatever a clerk does goes through the domain's action, tells its event, and says what is wrong at its field."""

from datetime import date, datetime
from typing import Any

import pytest
from django.conf import settings
from django.urls import reverse

from api.auth.actions import DeviceGiven, begin_session
from api.models import DeviceToken
from fieldwork.core.models import Event
from fieldwork.directory.attempts import SignIn, failed, pause
from fieldwork.directory.models import ActivationCode, Leader, Linkage, Organisation, Post, Site, Tenure, User
from fieldwork.duties.models import Role
from fieldwork.reminders.preferences import chosen_by
from tests import factories as make
from tests.fieldwork.supervision.clerk import NOON, Clerk, check_in, errors, filing, kinds
from tests.place import Place

pytestmark = pytest.mark.usefixtures("noon")

SOON = "2026-12-01"


@pytest.fixture
def clerk(place: Place) -> Clerk:
    return Clerk.of(place)


def done(answer: Any, *told: str) -> None:
    """The page went on, and exactly these events were told."""
    assert answer.status_code == 302, errors(answer)
    assert kinds() == list(told)


def last_event() -> Event:
    return Event.objects.exclude(kind__startswith="period.").latest("pk")


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


def test_town_is_linked_and_the_link_ends(place: Place, clerk: Clerk) -> None:
    town = make.division("测试二镇", place.county)
    answer = clerk.send("directory_linkage_add", tenure=place.tenure.pk, division=town.pk, starts_on="2026-11-01")
    done(answer, "linkage.begun")
    linkage = Linkage.objects.get(division=town)
    assert linkage.kind == "town"
    again = clerk.send("directory_linkage_add", tenure=place.tenure.pk, division=town.pk, starts_on="2026-11-05")
    assert list(errors(again)) == ["division"]
    own = clerk.send("directory_linkage_add", tenure=place.tenure.pk, division=place.county.pk, starts_on=SOON)
    assert list(errors(own)) == ["division"]
    answer = clerk.send("directory_linkage_change", linkage.pk, ends_on=SOON, kind="industry")
    done(answer, "linkage.begun", "linkage.ended")
    linkage.refresh_from_db()
    assert (linkage.ends_on, linkage.kind) == (date(2026, 12, 1), "town")


def test_industry_and_department_are_linked_as_a_pair(place: Place, clerk: Clerk) -> None:
    industry, bureau = make.industry(), make.organisation(place.county, "department")
    fields = {"tenure": place.tenure.pk, "industry": industry.pk, "organisation": bureau.pk, "starts_on": SOON}
    done(clerk.send("directory_linkage_add", **fields), "linkage.begun", "linkage.begun")
    department = Linkage.objects.get(organisation=bureau)
    assert department.paired_with == Linkage.objects.get(industry=industry)


def test_department_joins_an_industry_that_stands_alone(place: Place, clerk: Clerk) -> None:
    industry, bureau = make.industry(), make.organisation(place.county, "department")
    alone = make.linkage(place.tenure, industry)
    fields = {"tenure": place.tenure.pk, "industry": industry.pk, "organisation": bureau.pk, "starts_on": SOON}
    done(clerk.send("directory_linkage_add", **fields), "linkage.begun")
    assert Linkage.objects.get(organisation=bureau).paired_with == alone


def test_pair_whose_department_fails_leaves_no_industry_behind(place: Place, clerk: Clerk) -> None:
    industry, town_office = make.industry(), make.organisation(place.county, "government")
    fields = {"tenure": place.tenure.pk, "industry": industry.pk, "organisation": town_office.pk, "starts_on": SOON}
    assert list(errors(clerk.send("directory_linkage_add", **fields))) == ["organisation"]
    bureau = make.organisation(place.county, "department", ends_on=date(2026, 12, 31))
    assert list(errors(clerk.send("directory_linkage_add", **{**fields, "organisation": bureau.pk}))) == ["ends_on"]
    assert not Linkage.objects.filter(industry=industry).exists()
    assert kinds() == []


@pytest.mark.parametrize("chosen", [(), ("division", "industry"), ("division", "organisation")])
def test_link_leads_to_one_thing_or_a_pair(place: Place, clerk: Clerk, chosen: tuple[str, ...]) -> None:
    rows = {
        "division": make.division("测试二镇", place.county), "industry": make.industry(),
        "organisation": make.organisation(place.county, "department"),
    }  # fmt: skip
    fields = {name: rows[name].pk for name in chosen}
    answer = clerk.send("directory_linkage_add", tenure=place.tenure.pk, starts_on=SOON, **fields)
    assert list(errors(answer)) == ["__all__"]
    assert kinds() == []


def test_link_that_has_not_begun_is_withdrawn_and_one_that_has_is_not(place: Place, clerk: Clerk) -> None:
    begun = place.tenure.linkages.get()
    assert clerk.page("directory_linkage_withdraw", begun.pk).status_code == 403
    assert clerk.send("directory_linkage_withdraw", begun.pk).status_code == 403
    coming = make.linkage(place.tenure, make.industry(), date(2026, 12, 1))
    assert clerk.page("directory_linkage_withdraw", coming.pk).status_code == 200
    assert Linkage.objects.filter(pk=coming.pk).exists()
    done(clerk.send("directory_linkage_withdraw", coming.pk), "linkage.withdrawn")
    assert not Linkage.objects.filter(pk=coming.pk).exists()


def test_withdrawal_that_the_domain_refuses_is_said_on_the_page(place: Place, clerk: Clerk) -> None:
    industry = make.linkage(place.tenure, make.industry(), date(2026, 12, 1))
    bureau = make.organisation(place.county, "department")
    make.linkage(place.tenure, bureau, date(2026, 12, 1), paired_with=industry)
    answer = clerk.send("directory_linkage_withdraw", industry.pk)
    assert list(errors(answer)) == ["__all__"]
    assert Linkage.objects.filter(pk=industry.pk).exists()
    assert kinds() == []


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


def test_account_is_made_changed_and_deactivated(place: Place, clerk: Clerk) -> None:
    answer = clerk.send("directory_user_add", username="clerk2", name="测试·文书", division=place.county.pk)
    done(answer, "user.created")
    user = User.objects.get(username="clerk2")
    assert not user.has_usable_password()
    assert list(errors(clerk.send("directory_user_add", username="clerk2", division=place.county.pk))) == ["username"]
    fields = {"name": "测试·文书", "division": place.county.pk}
    done(clerk.send("directory_user_change", user.pk, **fields), "user.created", "user.changed")
    user.refresh_from_db()
    assert not user.is_active


@pytest.mark.parametrize("fields", [{"office": "administrator"}, {"office": "supervisor"}, {}])
def test_nobody_makes_an_account_that_reaches_further_than_themselves(
    place: Place, clerk: Clerk, fields: dict[str, str]
) -> None:
    answer = clerk.send("directory_user_add", username="more", **fields)
    assert errors(answer)
    assert not User.objects.filter(username="more").exists()


def test_own_account_is_not_changed_here(place: Place, clerk: Clerk) -> None:
    assert clerk.send("directory_user_change", clerk.user.pk, office="administrator").status_code == 403
    assert clerk.send("directory_user_sign_out", clerk.user.pk).status_code == 403


def test_lost_phone_is_signed_out(place: Place, clerk: Clerk) -> None:
    begin_session(user=place.user, device=DeviceGiven("lost", "", "android"), at=datetime.fromisoformat(NOON))
    done(clerk.send("directory_user_sign_out", place.user.pk), "session.begun", "session.ended")
    assert not DeviceToken.objects.exists()


def test_account_is_unlocked(place: Place, clerk: Clerk) -> None:
    guess = SignIn(place.user.username, "", "203.0.113.7")
    for _number in range(settings.ACCOUNT_ATTEMPTS):
        failed(guess, at=datetime.fromisoformat(NOON))
    assert pause(guess, at=datetime.fromisoformat(NOON))
    assert clerk.send("directory_user_unlock", clerk.user.pk).status_code == 403
    done(clerk.send("directory_user_unlock", place.user.pk), "user.unlocked")
    assert not pause(guess, at=datetime.fromisoformat(NOON))


def test_assistant_is_delegated_and_the_delegation_withdrawn(place: Place, clerk: Clerk) -> None:
    assistant = make.user(division=place.county, name="测试·文书")
    fields = {"assistant": assistant.pk, "leader": place.leader.pk, "starts_on": SOON}
    done(clerk.send("directory_delegation_add", **fields), "delegation.begun")
    delegation = assistant.delegations.get()
    answer = clerk.send("directory_delegation_withdraw", delegation.pk)
    done(answer, "delegation.begun", "delegation.withdrawn")
    own = clerk.send("directory_delegation_add", assistant=place.user.pk, leader=place.leader.pk, starts_on=SOON)
    assert list(errors(own)) == ["assistant"]


def test_codes_are_printed_once_for_whoever_may_be_given_one(place: Place, clerk: Clerk) -> None:
    newcomer = make.leader("测试·新人")
    make.tenure(place.tenure.post, newcomer)
    elsewhere = make.leader("测试·别处")
    make.tenure(make.post(make.organisation(make.division("别县", place.city))), elsewhere)
    both = make.leader("测试·两处")
    make.tenure(place.tenure.post, both)
    make.tenure(make.post(make.organisation(place.city)), both)
    chosen = [place.leader, newcomer, elsewhere, both]
    listed = clerk.send(
        "directory_leader_changelist", action="print_codes", _selected_action=[row.pk for row in chosen]
    )
    address = listed.headers["Location"]
    assert address == reverse("admin:activation_codes")
    asked = clerk.get(address)
    assert [person.name for person in asked.context_data["given"]] == ["测试·书记", "测试·新人"]
    assert [person.name for person, _why in asked.context_data["refused"]] == ["测试·两处"]
    assert ActivationCode.objects.count() == 0
    printed = clerk.post(address, asked.context_data["chosen"])
    assert "no-store" in printed.headers["Cache-Control"]
    words = printed.content.decode()
    issued = printed.context_data["issued"]
    assert [one.user.leader for one in issued] == [place.leader, newcomer]
    for one in issued:
        for word in (
            one.user.name,
            one.user.username,
            one.code,
            str(one.tenure.post.organisation),
            one.tenure.post.title,
        ):
            assert word in words
    assert kinds() == ["activation_codes.issued"]
    assert [one.code for one in issued if one.code in clerk.get(address).content.decode()] == []


def test_codes_for_accounts_leave_out_ones_own_and_the_deactivated(place: Place, clerk: Clerk) -> None:
    closed = make.user(division=place.county, is_active=False)
    unit = make.user(organisation=make.organisation(place.county, "department"))
    ids = ",".join(str(user.pk) for user in (clerk.user, closed, unit))
    asked = clerk.page("activation_codes", users=ids)
    assert [person.user for person in asked.context_data["given"]] == [unit]
    printed = clerk.send("activation_codes", users=ids)
    assert [one.user for one in printed.context_data["issued"]] == [unit]


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


def test_contacts_are_set_for_others_and_told_without_them(place: Place, clerk: Clerk) -> None:
    sent = clerk.send("directory_user_contacts", place.user.pk, mail="ce@example.cn", wecom="")
    done(sent, "preference.set")
    assert chosen_by(place.user).contacts == {"mail": "ce@example.cn"}
    assert "example.cn" not in last_event().body
    assert "ce@example.cn" in clerk.page("directory_user_contacts", place.user.pk).content.decode()
    wrong = clerk.send("directory_user_contacts", place.user.pk, mail="x", wecom="a b")
    assert set(errors(wrong)) == {"mail", "wecom"}
    assert clerk.send("directory_user_contacts", clerk.user.pk, mail="ce@example.cn").status_code == 403


def test_contacts_of_an_account_of_another_county_are_out_of_sight(place: Place) -> None:
    elsewhere = Clerk(make.user(office="supervisor", division=make.division("别县", place.city)))
    assert elsewhere.page("directory_user_contacts", place.user.pk).status_code == 404
    assert elsewhere.send("directory_user_contacts", place.user.pk, mail="ce@example.cn").status_code == 404
    assert chosen_by(place.user).contacts == {}
