"""Who owes what when people and links change in mid-period."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from fieldwork.duties.enums import TaskStatus
from fieldwork.duties.models import Basis, Obligation, Task
from tests import factories as make
from tests.fieldwork.duties.county import NOW, rows, run, states, visit
from tests.status import task_status_of

pytestmark = pytest.mark.django_db


def test_change_of_post_on_the_15th_moves_the_duty_to_the_successor(seat: Any) -> None:
    make.tenure(seat, make.leader("前任"), ends_on=date(2026, 11, 14))
    make.tenure(seat, make.leader("继任"), date(2026, 11, 15))
    run()
    assert states() == {"前任": ("transferred", "handed_over"), "继任": ("standing", "")}
    outcomes = dict(Obligation.objects.values_list("leader__name", "outcome"))
    assert outcomes == {"前任": "transferred", "继任": "pending"}


def test_rows_after_a_hand_over_are_the_same_whether_or_not_the_month_was_open_before(seat: Any, county: Any) -> None:
    town = make.division("甲镇", county)
    leaving = make.tenure(seat, make.leader("前任"))
    make.linkage(leaving, town)
    run()
    leaving.linkages.update(ends_on=date(2026, 11, 14))
    leaving.ends_on = date(2026, 11, 14)
    leaving.save()
    make.linkage(make.tenure(seat, make.leader("继任"), date(2026, 11, 15)), town, date(2026, 11, 15))
    run()
    opened_before = rows()
    Task.objects.all().delete()
    Basis.objects.all().delete()
    Obligation.objects.all().delete()
    run()
    assert rows() == opened_before


def test_visit_before_leaving_stays_met(seat: Any) -> None:
    tenure = make.tenure(seat, make.leader("前任"))
    run()
    visit(tenure.leader, datetime(2026, 11, 5, tzinfo=UTC))
    tenure.ends_on = date(2026, 11, 14)
    tenure.save()
    make.tenure(seat, make.leader("继任"), date(2026, 11, 15))
    run()
    assert dict(Obligation.objects.values_list("leader__name", "outcome")) == {
        "前任": "met",
        "继任": "pending",
    }
    assert states()["前任"] == ("transferred", "handed_over")


def test_leaver_without_successor_owes_nothing_and_the_reason_says_so(seat: Any) -> None:
    make.tenure(seat, make.leader("前任"), ends_on=date(2026, 11, 29))
    run()
    assert states() == {"前任": ("withdrawn", "left")}
    assert Obligation.objects.get().outcome == "withdrawn"


@pytest.mark.parametrize(("begins", "state"), [(21, "standing"), (22, "withdrawn")])
def test_ten_days_in_office_oblige_and_nine_do_not(seat: Any, begins: int, state: str) -> None:
    make.tenure(seat, make.leader("新任"), date(2026, 11, begins))
    run()
    assert states()["新任"][0] == state


def test_acting_leader_who_is_then_given_the_post_is_one_holder(seat: Any) -> None:
    leader = make.leader("主持")
    make.tenure(seat, leader, date(2026, 10, 1), ends_on=date(2026, 11, 27), acting=True)
    make.tenure(seat, leader, date(2026, 11, 28))
    run()
    assert Obligation.objects.get().outcome == "pending"
    assert Basis.objects.filter(state="standing").count() == 1


def test_acting_leader_owes_beside_the_absent_holder(seat: Any) -> None:
    make.tenure(seat, make.leader("本任"))
    make.tenure(seat, make.leader("代理"), date(2026, 11, 10), acting=True)
    run()
    assert states() == {"本任": ("standing", ""), "代理": ("standing", "")}


def test_three_posts_with_one_duty_are_one_obligation_with_every_article(city: Any, county: Any) -> None:
    leader = make.leader("身兼三职")
    for role in ["county_party_chief", "county_government_chief", "county_executive_deputy"]:
        make.rule(city, [role], article=f"条 {role}")
        make.tenure(make.post(make.organisation(county), role), leader)
    run()
    obligation = Obligation.objects.get()
    assert len(set(obligation.bases.values_list("rule__article", flat=True))) == 3
    Tenure = type(leader.tenures.get(post__role="county_party_chief"))
    Tenure.objects.filter(post__role="county_party_chief").update(ends_on=date(2026, 11, 15))
    run()
    obligation.refresh_from_db()
    assert obligation.outcome == "pending"
    assert sorted(obligation.bases.values_list("state", flat=True)) == ["standing", "standing", "withdrawn"]


def test_link_changed_in_mid_month_withdraws_one_task_and_opens_another(seat: Any, county: Any) -> None:
    tenure = make.tenure(seat)
    old, new = make.division("旧镇", county), make.division("新镇", county)
    linkage = make.linkage(tenure, old)
    run()
    linkage.ends_on = date(2026, 11, 10)
    linkage.save()
    make.linkage(tenure, new, date(2026, 11, 11))
    run()
    assert dict(Task.objects.values_list("target_key", "state")) == {
        f"town:{old.pk}": "withdrawn", f"town:{new.pk}": "standing",
    }  # fmt: skip
    assert Task.objects.get(target_key=f"town:{old.pk}").reason == "link_ended"


def test_task_done_before_its_link_ended_stays_done(seat: Any, county: Any) -> None:
    tenure = make.tenure(seat)
    town = make.division("旧镇", county)
    linkage = make.linkage(tenure, town)
    run()
    visit(tenure.leader, datetime(2026, 11, 5, tzinfo=UTC), f"town:{town.pk}")
    linkage.ends_on = date(2026, 11, 10)
    linkage.save()
    run()
    task = Task.objects.select_related("obligation").get(target_key=f"town:{town.pk}")
    assert task_status_of(task, NOW) == TaskStatus.DONE
    assert task.obligation.outcome == "met"


@pytest.mark.parametrize(
    ("begins", "ends", "visited", "outcome"),
    [(10, None, 5, "pending"), (10, None, 10, "met"), (1, 14, 14, "met"), (1, 14, 20, "withdrawn")],
)
def test_visit_counts_only_while_its_leader_is_in_office(
    seat: Any, begins: int, ends: int | None, visited: int, outcome: str
) -> None:
    ends_on = ends and date(2026, 11, ends)
    tenure = make.tenure(seat, starts_on=date(2026, 11, begins), ends_on=ends_on)
    run()
    visit(tenure.leader, datetime(2026, 11, visited, 1, tzinfo=UTC))
    assert Obligation.objects.get().outcome == outcome


def test_hand_over_to_one_who_acted_first_is_transferred(seat: Any) -> None:
    make.tenure(seat, make.leader("前任"), ends_on=date(2026, 11, 10))
    successor = make.leader("继任")
    make.tenure(seat, successor, date(2026, 11, 11), ends_on=date(2026, 11, 25), acting=True)
    make.tenure(seat, successor, date(2026, 11, 26))
    run()
    assert dict(Obligation.objects.values_list("leader__name", "outcome")) == {"前任": "transferred", "继任": "pending"}


def test_tasks_of_a_leader_who_handed_over_are_transferred_with_the_duty(seat: Any, county: Any) -> None:
    leaving = make.tenure(seat, make.leader("前任"), ends_on=date(2026, 11, 14))
    make.linkage(leaving, make.division("甲镇", county), ends_on=date(2026, 11, 14))
    make.tenure(seat, make.leader("继任"), date(2026, 11, 15))
    run()
    task = Task.objects.select_related("obligation").get(obligation__leader=leaving.leader)
    assert task_status_of(task, NOW) == TaskStatus.TRANSFERRED


def test_own_area_is_that_of_the_post_which_the_duty_rests_on(city: Any, county: Any) -> None:
    leader, other = make.leader(), make.division("别县", city)
    make.rule(city, ["county_party_chief"])
    left = make.tenure(make.post(make.organisation(county)), leader, ends_on=date(2026, 11, 10))
    make.tenure(make.post(make.organisation(other)), leader, date(2026, 11, 11))
    run()
    task = Task.objects.get()
    assert (task.target_kind, task.division) == ("own_area", other)
    visit(leader, datetime(2026, 11, 20, tzinfo=UTC), f"own:{city.pk}")
    task.refresh_from_db()
    assert task.done_at is None
    visit(leader, datetime(2026, 11, 21, tzinfo=UTC), f"own:{other.pk}", source="2")
    task.refresh_from_db()
    assert task.done_at == datetime(2026, 11, 21, tzinfo=UTC)
    assert left.ends_on == date(2026, 11, 10)


def test_visit_after_the_link_ended_does_not_serve_its_task(seat: Any, county: Any) -> None:
    tenure = make.tenure(seat)
    old, new = make.division("旧镇", county), make.division("新镇", county)
    make.linkage(tenure, old, ends_on=date(2026, 11, 10))
    make.linkage(tenure, new, date(2026, 11, 11))
    visit(tenure.leader, datetime(2026, 11, 21, tzinfo=UTC), f"town:{old.pk}")
    assert Task.objects.get(target_key=f"town:{old.pk}").done_at is None
    visit(tenure.leader, datetime(2026, 11, 10, tzinfo=UTC), f"town:{old.pk}", source="2")
    assert Task.objects.get(target_key=f"town:{old.pk}").done_at == datetime(2026, 11, 10, tzinfo=UTC)


def test_basis_comes_back_when_a_mistaken_ending_is_corrected(seat: Any) -> None:
    tenure = make.tenure(seat)
    tenure.ends_on = date(2026, 11, 14)
    tenure.save()
    run()
    assert Obligation.objects.get().outcome == "withdrawn"
    tenure.ends_on = None
    tenure.save()
    run()
    assert Obligation.objects.get().outcome == "pending"


def test_basis_whose_post_no_longer_falls_under_the_rule_is_withdrawn_with_the_reason(seat: Any) -> None:
    make.tenure(seat, make.leader("某"))
    run()
    seat.role = "support_chief"
    seat.save()
    run()
    assert states() == {"某": ("withdrawn", "not_demanded")}
    assert Obligation.objects.get().outcome == "withdrawn"
    assert Task.objects.get().state == "withdrawn"
