"""What a cold start and a wake without news weigh, for a phone with 20 tasks and 30 check-ins."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from fieldwork.core.events import SYSTEM
from fieldwork.core.periods import Period
from fieldwork.duties.reconcile import reconcile
from tests import factories as make
from tests.api import check_in
from tests.api.client import Phone
from tests.feed import wait_for_the_feed
from tests.photos import declared, jpeg
from tests.place import SEAT, Place

pytestmark = pytest.mark.django_db(transaction=True)
MONTHS = ["2026-07", "2026-08", "2026-09", "2026-10", "2026-11"]
NOW = datetime(2026, 11, 21, 4, tzinfo=UTC)
ARTICLE = (
    "（七）每人挂点联系1个县（市、区）、1个安全生产问题突出镇（乡）、1个行业及部门，每月牵头至少开展1次安全生产排查，"
    "督促指导挂点联系单位落实安全生产责任和措施，协调解决安全生产突出问题。"
)
SEEN = [
    "消防通道被占用",
    "灭火器过期",
    "配电箱未上锁",
    "临边防护缺失",
    "动火作业无审批",
    "有限空间警示牌缺失",
    "未见异常",
    "台账不全",
]
WHERE = ["化工厂", "陶瓷厂", "加油站", "粉尘车间", "建筑工地", "冷库", "烟花爆竹仓库", "农贸市场"]


@pytest.fixture
def phone(place: Place) -> Iterator[Phone]:
    """Of a leader who is linked to three towns and an industry, and has gone to one of them every five days."""
    dice = random.Random(4)  # dice, no secrets
    make.rule(
        place.city, ["county_party_chief"], article="第五条（七）", article_text=ARTICLE, tracked_from=make.BEGINNING
    )
    make.rule(
        place.city, ["county_party_chief"], duty="meeting", activity="meeting", cadence="quarter",
        article="第五条（二）", article_text=ARTICLE, tracked_from=make.BEGINNING,
    )  # fmt: skip
    for number in range(2):
        town = make.division(f"测试镇{number}", place.county, latitude=SEAT[0] + 0.1 * number, longitude=SEAT[1] + 0.1)
        make.linkage(place.tenure, town)
    make.linkage(place.tenure, make.industry(name="非金属矿物制品业"))
    with time_machine.travel(NOW, tick=False) as clock:
        for name in [*MONTHS, "2026-Q3", "2026-Q4"]:
            reconcile(Period.parse(name), by=SYSTEM, at=NOW)
        user = Phone.of(place.user)
        for number in range(30):
            clock.move_to(NOW - timedelta(days=4.7 * number, minutes=dice.randrange(400), seconds=dice.randrange(60)))
            _visit(Phone.of(place.user), place, number, dice)
        clock.move_to(NOW)
        yield user


def _visit(phone: Phone, place: Place, number: int, dice: random.Random) -> None:
    now = datetime.now(UTC)
    photo = jpeg(number)
    body = check_in.body(
        place,
        captured_at=(now - timedelta(minutes=dice.randrange(5, 90))).isoformat(),
        location={
            "latitude": round(SEAT[0] + dice.uniform(-0.04, 0.04), 6), "datum": "gcj02",
            "longitude": round(SEAT[1] + dice.uniform(-0.04, 0.04), 6),
            "accuracy_m": round(dice.uniform(3, 40), 1), "fix_age_s": round(dice.uniform(0, 20), 1),
        },
        site_name=f"测试{dice.choice(WHERE)}{dice.randrange(9)}号",
        summary="检查" + "，".join(dice.sample(SEEN, 3)) + f"，责令{dice.randrange(1, 15)}日内整改。",
        found_nothing=False,
        photos=[declared(photo) | {"captured_at": now.isoformat()}],
    )  # fmt: skip
    assert check_in.put_multipart(phone, body, photo).status_code == 201


def test_cold_start_fits_into_one_small_answer(phone: Phone) -> None:
    answer = phone.get("sync", headers={"Accept-Encoding": "gzip"})
    told = phone.get("sync").json()
    on_site = [task for task in told["tasks"] if task["activity"] == "inspection"]
    assert (len(on_site), len(told["check_ins"]), told["has_more"]) == (20, 30, False)
    assert all(row["state"] == "complete" and row["receipt"]["jws"] is None for row in told["check_ins"])
    assert answer["Content-Encoding"] == "gzip"
    assert len(answer.content) < 12_000


def test_no_news_are_said_in_few_bytes(phone: Phone) -> None:
    wait_for_the_feed()
    cursor = phone.get("sync").json()["cursor"]
    answer = phone.get("sync", {"cursor": cursor})
    assert {name for name, rows in answer.json().items() if rows} == {"cursor"}
    assert len(answer.content) < 300
