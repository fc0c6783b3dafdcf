"""GET periods/{period}/reminders: who was told; above all, what of it nobody elsewhere learns."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fieldwork.directory.models import Division, Tenure, User
from fieldwork.duties.models import Basis, Obligation, Rule
from fieldwork.reminders.models import Delivery, Device, Notification
from tests import factories as make
from tests.api.client import Phone

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]
NOON = datetime(2026, 11, 21, 4, tzinfo=UTC)
TOKEN = "erfunden-geheim-1"
LIST = "periods/2026-11/reminders"
SUMMARY = f"{LIST}/summary"


class Counties:
    """Two sister counties of a city with a town each, and a leader of the first town who also serves in the second."""

    def __init__(self) -> None:
        self.city = make.division("测试市")
        self.here, self.there = make.division("测试县", self.city), make.division("别县", self.city)
        self.town, self.other_town = make.division("测试镇", self.here), make.division("别镇", self.there)
        self.own = self._tenure(self.town)
        self.second = self._tenure(self.other_town, self.own)
        self.rule = make.rule(self.city, [])
        self.user = make.user(leader=self.own.leader, name="测试员甲")

    def _tenure(self, town: Division, of: Tenure | None = None) -> Tenure:
        return make.tenure(make.post(make.organisation(town)), of.leader if of else None)

    def owed(self, tenure: Tenure, rule: Rule | None = None, period: str = "2026-11") -> Obligation:
        rule = rule or make.rule(self.city, [], version=self.rule.version, duty=f"d{Obligation.objects.count()}")
        return make.obligation(tenure, rule, period)

    def phone(self, division: Division | None, office: str = "supervisor") -> Phone:
        return Phone.of(make.user(office=office, division=division))


@pytest.fixture
def counties() -> Counties:
    return Counties()


def tell(user: User, *owed: Obligation, kind: str = "reminder", **fields: Any) -> Notification:
    values: dict[str, Any] = {"title": "本月未履职", "body": "别县的机密", "delivered_at": NOON, **fields}
    told = Notification.objects.create(
        user=user, kind=kind, at=NOON + timedelta(minutes=Notification.objects.count()), **values
    )
    told.obligations.add(*owed)
    return told


def rows(phone: Phone, address: str = LIST, **query: str) -> list[dict[str, Any]]:
    answer = phone.get(address, query)
    assert answer.status_code == 200, answer.content
    found: list[dict[str, Any]] = answer.json()["results"]
    return found


def ids(phone: Phone, address: str = LIST, **query: str) -> set[str]:
    return {row["id"] for row in rows(phone, address, **query)}


def counted(phone: Phone, **query: str) -> dict[str, Any]:
    answer = phone.get(SUMMARY, query)
    assert answer.status_code == 200, answer.content
    return dict(answer.json())


def test_sister_county_sees_nothing_and_the_city_all(counties: Counties) -> None:
    told = tell(counties.user, counties.owed(counties.own))
    for office in ("supervisor", "auditor", "administrator"):
        assert ids(counties.phone(counties.here, office)) == {str(told.pk)}
        assert ids(counties.phone(counties.town, office)) == {str(told.pk)}
        assert ids(counties.phone(counties.city, office)) == {str(told.pk)}
        assert ids(counties.phone(counties.there, office)) == set()
        assert ids(counties.phone(counties.other_town, office)) == set()
    assert ids(counties.phone(None, "administrator")) == {str(told.pk)}
    assert counted(counties.phone(counties.there)) == {"period": "2026-11", "kinds": [], "without_account": 0}


def test_one_message_about_two_counties_shows_each_its_own(counties: Counties) -> None:
    mine, theirs = counties.owed(counties.own), counties.owed(counties.second)
    told = tell(counties.user, mine, theirs)
    here, there = counties.phone(counties.here), counties.phone(counties.there)
    assert [(row["id"], row["obligations"]) for row in rows(here)] == [(str(told.pk), [str(mine.pk)])]
    assert [(row["id"], row["obligations"]) for row in rows(there)] == [(str(told.pk), [str(theirs.pk)])]
    assert rows(counties.phone(counties.city))[0]["obligations"] == [str(mine.pk), str(theirs.pk)]
    # Not even by a filter is it to be learnt that the leader owes something elsewhere.
    assert ids(here, division=str(counties.there.pk)) == set()
    assert ids(here, division=str(counties.other_town.pk)) == set()
    assert ids(here, division=str(counties.city.pk)) == {str(told.pk)}
    assert counted(here, division=str(counties.there.pk))["kinds"] == []


def test_obligation_with_bases_in_two_counties_is_seen_from_both(counties: Counties) -> None:
    shared = counties.owed(counties.own)
    Basis.objects.create(
        obligation=shared, rule=counties.rule, tenure=counties.second, division=counties.other_town,
        state="withdrawn", since=NOON,
    )  # fmt: skip
    told = tell(counties.user, shared)
    for division in (counties.here, counties.there, counties.city):
        (row,) = rows(counties.phone(division))
        assert (row["id"], row["obligations"]) == (str(told.pk), [str(shared.pk)])
    assert len(counted(counties.phone(counties.city))["kinds"]) == 1
    assert counted(counties.phone(counties.city))["kinds"][0]["told"] == 1


def test_no_answer_holds_a_token_or_what_was_said(counties: Counties) -> None:
    device = Device.objects.create(
        user=counties.user, key="abc", platform="android", claimed_at=NOON, push_kind="fcm_token", push_value=TOKEN
    )
    told = tell(counties.user, counties.owed(counties.own))
    Delivery.objects.create(
        notification=told, channel="fcm", address=str(device.pk), state="failed", not_before=NOON, attempts=3,
        ended_at=NOON, sent_to=TOKEN[-8:], provider_id="p-77", reason="unregistered", error=f"{TOKEN} is dead",
    )  # fmt: skip
    answer = counties.phone(counties.here).get(LIST)
    (row,) = answer.json()["results"]
    assert row["deliveries"] == [
        {
            "channel": "fcm", "state": "failed", "attempts": 3, "not_before": "2026-11-21T12:00:00+08:00",
            "ended_at": "2026-11-21T12:00:00+08:00", "reason": "unregistered",
        }
    ]  # fmt: skip
    text = answer.content.decode()
    assert not [word for word in (TOKEN, TOKEN[-8:], "机密", "未履职", "p-77", "abc") if word in text]


def test_row_says_who_was_told_and_when(counties: Counties) -> None:
    told = tell(counties.user, counties.owed(counties.own), read_at=NOON, post=counties.own.post)
    (row,) = rows(counties.phone(counties.here))
    assert row["user"] == {"id": str(counties.user.pk), "name": "测试员甲"}
    assert row["leader"] == {"id": str(counties.own.leader_id), "name": counties.own.leader.name}
    assert row["post"] == {"id": str(counties.own.post_id), "name": counties.own.post.title}
    assert (row["kind"], row["deliveries"]) == ("reminder", [])
    assert row["at"] == row["delivered_at"] == row["read_at"] == "2026-11-21T12:00:00+08:00"
    Notification.objects.filter(pk=told.pk).update(delivered_at=None, read_at=None, post=None)
    (row,) = rows(counties.phone(counties.here))
    assert (row["delivered_at"], row["read_at"], row["post"]) == (None, None, None)


def test_only_what_is_owed_in_that_very_period_counts(counties: Counties) -> None:
    month, quarter = counties.owed(counties.own), counties.owed(counties.own, period="2026-Q4")
    both, one = tell(counties.user, month, quarter), tell(counties.user, month)
    tell(counties.user)  # a digest is about nobody's obligation
    phone = counties.phone(counties.here)
    assert ids(phone) == {str(both.pk), str(one.pk)}
    (row,) = rows(phone, "periods/2026-Q4/reminders")
    assert (row["id"], row["obligations"]) == (str(both.pk), [str(quarter.pk)])
    assert ids(phone, "periods/2026-12/reminders") == set()


@pytest.mark.parametrize("address", [LIST, SUMMARY])
def test_it_is_for_offices_and_knows_its_periods(counties: Counties, address: str) -> None:
    tell(counties.user, counties.owed(counties.own))
    assert Phone.of(counties.user).get(address).status_code == 403
    phone = counties.phone(counties.here)
    wrong = phone.get(address.replace("2026-11", "2026-13"))
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (400, "period")
    unknown = phone.get(address, {"colour": "red"})
    assert (unknown.status_code, unknown.json()["code"]) == (400, "unknown_filter")
    assert phone.get(address, {"division": "x"}).status_code == 400
    assert phone.get(address, {"division": "999999999"}).status_code == 200


def test_filters_narrow_and_never_widen(counties: Counties) -> None:
    owed = counties.owed(counties.own)
    read = tell(counties.user, owed, read_at=NOON)
    unread = tell(counties.user, owed, kind="lapse")
    not_there = tell(counties.user, owed, delivered_at=None)
    colleague = make.tenure(counties.own.post)
    theirs = tell(make.user(leader=colleague.leader), counties.owed(colleague))
    tell(counties.user, counties.owed(counties.second), kind="lapse")
    phone = counties.phone(counties.here)

    def found(**query: str) -> set[str]:
        return ids(phone, **query)

    everything = {str(one.pk) for one in (read, unread, not_there, theirs)}
    assert found() == everything
    assert found(opened="true") == {str(read.pk)}
    assert found(opened="false") == {str(unread.pk), str(theirs.pk)}
    assert found(kind="lapse") == {str(unread.pk)}
    assert found(leader=str(colleague.leader_id)) == {str(theirs.pk)}
    assert found(division=str(counties.town.pk)) == everything
    assert phone.get(LIST, {"opened": "perhaps"}).status_code == 400
    assert phone.get(LIST, {"kind": "weather"}).status_code == 400


def test_channel_and_state_are_of_the_same_delivery(counties: Counties) -> None:
    owed = counties.owed(counties.own)
    one, other = tell(counties.user, owed), tell(counties.user, owed)
    for told, channel, state in ((one, "fcm", "failed"), (one, "mail", "sent"), (other, "fcm", "sent")):
        Delivery.objects.create(notification=told, channel=channel, state=state, not_before=NOON)
    phone = counties.phone(counties.here)
    assert ids(phone, channel="fcm", state="failed") == {str(one.pk)}
    assert ids(phone, state="sent", channel="fcm") == {str(other.pk)}
    assert ids(phone, channel="mail") == {str(one.pk)}
    assert ids(phone, state="sent") == {str(one.pk), str(other.pk)}
    assert ids(phone, channel="pigeon") == set()


def test_pages_follow_one_another(counties: Counties) -> None:
    owed = counties.owed(counties.own)
    all_of_them = [str(tell(counties.user, owed).pk) for _ in range(3)][::-1]
    phone = counties.phone(counties.here)
    first = phone.get(LIST, {"page_size": "2"}).json()
    second = phone.get(first["next"].partition("/api/v1/")[2]).json()
    assert [row["id"] for row in first["results"] + second["results"]] == all_of_them


def test_summary_counts_told_opened_failed_and_whom_nobody_can_tell(counties: Counties) -> None:
    owed = counties.owed(counties.own)
    tell(counties.user, owed, read_at=NOON)
    failed, other_way, waiting = (tell(counties.user, owed, kind="lapse") for _ in range(3))
    tell(counties.user, owed, kind="lapse", delivered_at=None)
    ways = [
        (failed, "inbox", "sent"), (failed, "fcm", "failed"), (other_way, "fcm", "failed"),
        (other_way, "mail", "sent"), (waiting, "fcm", "planned"),
    ]  # fmt: skip
    for told, channel, state in ways:
        Delivery.objects.create(notification=told, channel=channel, state=state, not_before=NOON)
    without, inactive, met = (make.tenure(counties.own.post) for _ in range(3))
    make.user(leader=inactive.leader, is_active=False)
    for tenure in (without, inactive):
        counties.owed(tenure)
        counties.owed(tenure)
    Obligation.objects.filter(pk=counties.owed(met).pk).update(outcome="met")
    counties.owed(make.tenure(counties.second.post))
    said = counted(counties.phone(counties.here))
    assert said == {
        "period": "2026-11",
        "kinds": [
            {"kind": "lapse", "told": 3, "opened": 0, "failed": 1},
            {"kind": "reminder", "told": 1, "opened": 1, "failed": 0},
        ],
        "without_account": 2,
    }
    assert counted(counties.phone(counties.city))["without_account"] == 3
    assert counted(counties.phone(counties.city), division=str(counties.there.pk)) == {
        "period": "2026-11", "kinds": [], "without_account": 1
    }  # fmt: skip
