"""The lists hold at any length, filter by place and day, and offer no choice out of scope."""

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from fieldwork.core.models import Blob
from fieldwork.directory.models import Leader, Site
from fieldwork.supervision.admin.paging import CappedPaginator
from tests import factories as make
from tests.fieldwork.supervision.clerk import NOON, Clerk, check_in, filing, one_of_each
from tests.place import Place

pytestmark = pytest.mark.usefixtures("noon")

MANY = 30


def cost(clerk: Clerk, name: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert clerk.page(f"{name}_changelist").status_code == 200
    return len(queries)


def found(clerk: Clerk, name: str, **query: object) -> set[Any]:
    answer = clerk.page(f"{name}_changelist", **query)
    assert answer.status_code == 200, answer.status_code
    return set(answer.context_data["cl"].result_list)


def add_one(place: Place, number: int) -> None:
    """One more in each list."""
    one_of_each(place)
    leader = make.leader(f"测试·{number}")
    tenure = make.tenure(place.tenure.post, leader)
    make.linkage(tenure, make.organisation(place.county, "department"))
    make.linkage(tenure, make.division(f"测试{number}镇", place.county))


def test_lists_cost_the_same_however_long_they_are(place: Place) -> None:
    add_one(place, 0)
    clerk = Clerk.of(place)
    names = [name for name in one_of_each(place) if name != "directory_problemtownmark"]
    clerk.get("/admin/")
    before = {name: cost(clerk, name) for name in names}
    for number in range(1, MANY):
        add_one(place, number)
    assert {name: cost(clerk, name) for name in names} == before
    assert max(before.values()) < 20


def cost_of_codes(clerk: Clerk, people: list[Leader], *, print_them: bool) -> int:
    ids = ",".join(str(leader.pk) for leader in people)
    with CaptureQueriesContext(connection) as queries:
        answer = (clerk.send if print_them else clerk.page)("activation_codes", leaders=ids)
    assert len(answer.context_data["issued" if print_them else "given"]) == len(people)
    return len(queries)


@pytest.mark.parametrize("print_them", [False, True])
def test_codes_cost_the_same_for_however_many(place: Place, print_them: bool) -> None:
    clerk = Clerk.of(place)
    body = make.organisation(place.county, "department")
    people = [make.tenure(place.tenure.post).leader for _number in range(MANY)]
    for leader in people[::2]:
        make.user(leader=leader, organisation=body)
    clerk.get("/admin/")
    few = cost_of_codes(clerk, people[:4], print_them=print_them)
    assert cost_of_codes(clerk, people, print_them=print_them) == few < 30


def test_division_filter_walks_down_and_up_within_the_scope(place: Place) -> None:
    other = make.division("测试二县", place.city)
    make.organisation(other, name="二县政府")
    clerk = Clerk(make.user(office="supervisor", division=place.city))

    def offered(**query: object) -> list[str]:
        page = clerk.page("directory_organisation_changelist", **query).context_data["cl"]
        within = next(spec for spec in page.filter_specs if spec.parameter_name == "within")
        return [str(words).strip() for _value, words in within.lookup_choices]

    assert offered() == ["测试县", "测试二县"]
    assert offered(within=place.county.pk) == ["测试市", "测试县", "测试镇"]
    assert {row.name for row in found(clerk, "directory_organisation", within=other.pk)} == {"二县政府"}
    assert len(found(clerk, "directory_organisation")) == 2


@pytest.mark.parametrize("value", ["0", "x", "-1", "99999999"])
def test_division_filter_of_a_place_out_of_scope_shows_nothing_of_it(place: Place, value: str) -> None:
    clerk = Clerk.of(place)
    answer = clerk.page("directory_leader_changelist", within=value)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/admin/directory/leader/?e=1")
    city = clerk.page("directory_leader_changelist", within=place.city.pk)
    assert city.status_code == 302


@pytest.mark.parametrize(
    ("on", "names"),
    [
        ("today", {"今"}),
        ("ended", {"昨"}),
        ("coming", {"明"}),
        ("2026-11-20", {"昨", "今"}),
        ("2026-12-05", {"今", "明"}),
    ],
)
def test_day_filter_shows_what_holds(place: Place, on: str, names: set[str]) -> None:
    first = date(2026, 1, 1)
    days = {"昨": (first, date(2026, 11, 20)), "今": (first, None), "明": (date(2026, 12, 1), None)}
    for name, (starts_on, ends_on) in days.items():
        Site.objects.create(name=name, division=place.town, starts_on=starts_on, ends_on=ends_on)
    assert {row.name for row in found(Clerk.of(place), "directory_site", on=on)} == names


def test_day_that_is_none_is_refused(place: Place) -> None:
    assert Clerk.of(place).page("directory_site_changelist", on="2026-13-01").status_code == 302


def test_leaders_are_found_by_how_far_their_account_is(place: Place) -> None:
    clerk = Clerk.of(place)
    nobody = make.leader("测试·无号")
    make.tenure(place.tenure.post, nobody)
    place.user.set_password("something-of-their-own")
    place.user.save()
    waiting = make.user(leader=make.leader("测试·未激活"))
    make.tenure(place.tenure.post, waiting.leader)
    assert found(clerk, "directory_leader", account="none") == {nobody}
    assert found(clerk, "directory_leader", account="active") == {place.leader}
    assert found(clerk, "directory_leader", account="waiting") == {waiting.leader}
    assert found(clerk, "directory_leader", account="closed") == set()


def test_list_whose_filter_is_not_known_says_that_it_is_the_whole(place: Place) -> None:
    clerk, page = Clerk.of(place), reverse("admin:duties_obligation_changelist")
    whole = clerk.get(clerk.page("duties_obligation_changelist", status="never").headers["Location"])
    assert [message.level_tag for message in whole.context["messages"]] == ["warning"]
    assert [*clerk.get(page).context["messages"]] == []


def test_obligations_are_filtered_by_their_state_now(place: Place) -> None:
    rule = make.rule(place.county, ["county_party_chief"])
    lapsed = make.obligation(place.tenure, rule, "2026-10")
    open_ = make.obligation(place.tenure, rule, "2026-11")
    clerk = Clerk.of(place)
    assert found(clerk, "duties_obligation", status="lapsed") == {lapsed}
    assert found(clerk, "duties_obligation", status="open") == {open_}
    assert clerk.page("duties_obligation_changelist", status="never").status_code == 302


def test_proof_is_filtered_by_doubt_and_place(place: Place) -> None:
    row = check_in(place, place.user)
    filed = filing(place, place.user)
    clerk = Clerk.of(place)
    assert found(clerk, "inspections_checkin", flag="no_photo") == {row}
    assert found(clerk, "inspections_checkin", flag="clock_skew") == set()
    assert found(clerk, "inspections_checkin", within=place.county.pk) == {row}
    assert found(clerk, "inspections_checkin", within=place.town.pk) == set()
    assert found(clerk, "filings_filing", kind="meeting", within=place.county.pk) == {filed}


def choices(clerk: Clerk, model: str, field: str, term: str = "") -> list[str]:
    query = {"app_label": "directory", "model_name": model, "field_name": field, "term": term}
    answer = clerk.get(reverse("admin:autocomplete"), query)
    assert answer.status_code == 200
    return [one["text"] for one in answer.json()["results"]]


def test_choices_are_those_in_scope_that_the_field_can_take(place: Place) -> None:
    clerk = Clerk.of(place)
    make.division("别县", place.city)
    make.organisation(place.county, "department", name="测试局")
    make.organisation(place.county, "department", name="撤销局", ends_on=date(2026, 1, 1))
    assert choices(clerk, "leader", "division") == ["测试县（测试市）", "测试镇（测试县）"]
    assert choices(clerk, "problemtownmark", "division") == ["测试镇（测试县）"]
    assert choices(clerk, "linkage", "organisation") == ["测试局（测试县）"]
    assert set(choices(clerk, "post", "organisation")) == {"测试局（测试县）", "测试县party_committee（测试县）"}
    assert choices(clerk, "post", "organisation", "局") == ["测试局（测试县）"]
    assert choices(clerk, "tenure", "post") == ["测试县party_committee · county_party_chief（任职人员：测试·书记）"]
    assert choices(clerk, "linkage", "tenure") == ["测试·书记 · 测试县party_committee · county_party_chief"]


def test_choices_of_one_name_are_told_apart(place: Place) -> None:
    body = make.organisation(place.county, "department", name="测试局")
    for title in ("局长", "副局长"):
        leader = Leader.objects.create(name="测试·同名", division=place.county)
        make.tenure(make.post(body, title=title), leader)
    found = choices(Clerk.of(place), "tenure", "leader", "同名")
    assert set(found) == {f"测试·同名（测试县） 测试局 · {title}" for title in ("局长", "副局长")}


def test_choices_are_for_the_office_alone(place: Place) -> None:
    query = {"app_label": "directory", "model_name": "leader", "field_name": "division"}
    assert Clerk(place.user).get(reverse("admin:autocomplete"), query).status_code == 302


@pytest.mark.parametrize("page", ["directory_leader_add", "directory_tenure_add", "directory_linkage_add"])
def test_forms_hold_no_giant_lists(place: Place, page: str) -> None:
    clerk = Clerk.of(place)
    before = len(clerk.page(page).content)
    for number in range(MANY):
        tenure = make.tenure(place.tenure.post, make.leader(f"测试·{number}"))
        make.linkage(tenure, make.division(f"测试{number}镇", place.county))
    assert len(clerk.page(page).content) == pytest.approx(before, abs=200)


class Three(CappedPaginator):
    most = 3


@pytest.mark.django_db
def test_pages_are_counted_no_further_than_anybody_turns_them() -> None:
    for number in range(5):
        make.leader(f"测试·{number}")
    pages = Three(Leader.objects.order_by("pk"), 2)
    with CaptureQueriesContext(connection) as queries:
        assert (pages.count, pages.num_pages, pages.capped) == (3, 2, True)
    assert "LIMIT 3" in queries.captured_queries[0]["sql"]
    few = Three(Leader.objects.filter(name="测试·1").order_by("pk"), 2)
    assert (few.count, few.capped) == (1, False)


def test_history_leads_to_the_events_of_the_row_alone(place: Place) -> None:
    clerk = Clerk.of(place)
    for name in ("测试·甲", "测试·乙"):
        clerk.send("directory_leader_add", name=name, division=place.county.pk)
    leader = Leader.objects.get(name="测试·甲")
    address = clerk.page("directory_leader_history", leader.pk).headers["Location"]
    rows = clerk.get(address).context_data["cl"].result_list
    assert [(row.kind, row.object_id) for row in rows] == [("leader.created", str(leader.pk))]
    assert [row.by_whom for row in rows] == [f"{clerk.user}（{clerk.user.username}）"]


def test_rows_page_leads_on_to_the_next_step(place: Place) -> None:
    def shortcuts(clerk: Clerk, name: str, pk: int) -> list[str]:
        return [address for _words, address in clerk.page(f"{name}_change", pk).context_data["shortcuts"]]

    clerk, auditor = Clerk.of(place), Clerk.of(place, "auditor")
    steps = {
        ("directory_leader", place.leader.pk): f"/admin/directory/tenure/add/?leader={place.leader.pk}",
        ("directory_tenure", place.tenure.pk): f"/admin/directory/linkage/add/?tenure={place.tenure.pk}",
        ("directory_division", place.town.pk): f"/admin/directory/problemtownmark/add/?division={place.town.pk}",
    }
    for (name, pk), address in steps.items():
        assert address in shortcuts(clerk, name, pk)
        assert address not in shortcuts(auditor, name, pk)
        assert clerk.get(address).status_code == 200


def test_what_one_owes_is_found_from_its_page(place: Place) -> None:
    def owed_by(name: str, pk: int) -> list[Any]:
        page = clerk.page(f"{name}_change", pk).context_data["shortcuts"]
        (address,) = [address for _words, address in page if "/obligation/" in address]
        return list(clerk.get(address).context_data["cl"].result_list)

    clerk, rule = Clerk.of(place), make.rule(place.county, ["county_party_chief"])
    owed = make.obligation(place.tenure, rule)
    make.obligation(make.tenure(place.tenure.post, make.leader("测试·旁人")), rule)
    assert owed_by("directory_leader", place.leader.pk) == [owed]
    assert owed_by("directory_organisation", place.tenure.post.organisation.pk) == []


def test_file_of_a_proof_is_shown_to_whoever_sees_the_proof(place: Place, tmp_path: Any) -> None:
    row = check_in(place, place.user)
    digest = "ab" * 32
    path = tmp_path / "originals" / "ab" / "ab" / digest
    path.parent.mkdir(parents=True)
    path.write_bytes(b"picture")
    blob = Blob.objects.create(sha256=digest, bytes=7, content_type="image/jpeg", stored_at=NOON)
    row.photos.create(sha256=digest, bytes=7, content_type="image/jpeg", blob=blob)
    address = reverse("admin:inspections_checkin_file", args=[row.pk, digest])
    clerk = Clerk.of(place)
    assert address in clerk.page("inspections_checkin_change", row.pk).content.decode()
    answer: Any = clerk.get(address)
    assert b"".join(answer.streaming_content) == b"picture"
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert answer.headers["Content-Disposition"] == 'inline; filename="abababababab.jpg"'
    assert clerk.get(address.replace("ab", "cd")).status_code == 404
    elsewhere = Clerk(make.user(office="supervisor", division=make.division("别县", place.city)))
    assert elsewhere.get(address).status_code == 404
    assert Clerk(place.user).get(address).status_code == 302


def test_quotas_not_met_are_listed_with_their_article(place: Place) -> None:
    clerk = Clerk.of(place)
    rule = make.rule(place.city, ["county_party_chief"])
    quota = {"kinds": ["town"], "count": 2, "article": "第五条（七）", "text": "联系2个镇"}
    rule.version.roles.create(code="county_party_chief", name="县委书记", article="第五条", quotas=[quota])
    words = clerk.page("quotas").content.decode()
    assert "测试·书记" in words
    assert "第五条（七）" in words
    make.linkage(place.tenure, make.division("测试二镇", place.county))
    assert "测试·书记" not in clerk.page("quotas").content.decode()
