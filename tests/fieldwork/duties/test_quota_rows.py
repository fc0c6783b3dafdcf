"""Rows of quotas against an oracle in plain Python."""

from datetime import date, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from fieldwork.directory.models import Division, Linkage, ProblemTownMark, Tenure
from fieldwork.duties.models import Tracking
from fieldwork.duties.quota_rows import Scope
from fieldwork.duties.quotas import Asked, Quota, quotas
from tests import factories as make
from tests.fieldwork.duties.links import ALL, DAY, role, rows, told

SPANS = [(date(2020, 1, 1), None), (date(2020, 1, 1), DAY), (DAY, None),
         (date(2020, 1, 1), DAY - timedelta(days=1)), (DAY + timedelta(days=1), None)]  # fmt: skip
SPAN = st.sampled_from([SPANS[0]] * 4 + SPANS)  # most stand
DEMANDS = [("county", False), ("town", False), ("town", True), ("industry", False), ("department", False),
           ("industry+department", False), ("county+town", True)]  # fmt: skip


@st.composite
def worlds(draw: Any) -> dict[str, Any]:
    few = st.integers(0, 2)
    quota = st.tuples(st.sampled_from(DEMANDS), st.integers(1, 2))
    return {
        "roles": [draw(st.lists(quota, max_size=3, unique=True)) for _ in range(3)],
        "switch": [draw(st.booleans()) for _ in range(3)],
        "streets": draw(st.booleans()),
        "bound": draw(st.booleans()),
        "tenures": draw(
            st.lists(st.tuples(few, few, few, SPAN), min_size=1, max_size=5, unique_by=lambda t: (t[0], t[1]))
        ),
        "links": draw(
            st.lists(
                st.tuples(st.integers(0, 4), st.sampled_from(["county", "town", "industry", "department"]), few, SPAN),
                max_size=8,
            )
        ),
        "pairs": [draw(st.booleans()) for _ in range(8)],
        "marks": draw(st.lists(st.tuples(few, SPAN), max_size=3)),
    }


def stands(row: Any) -> bool:
    return bool(row.starts_on <= DAY and (row.ends_on is None or row.ends_on >= DAY))


class TestQuotaRows(TestCase):
    @settings(max_examples=25, deadline=None)
    @given(worlds())
    def test_rows_are_what_plain_python_says(self, case: dict[str, Any]) -> None:
        city = make.division("测试市")
        counties = [make.division(f"{number}县", city) for number in range(2)]
        counties.append(make.division("街道县", city, street=True))  # a place that only a switch reaches
        towns = [make.division(f"{number}镇", counties[0]) for number in range(3)]
        rule = make.rule(city, ["r0", "r2"] if case["bound"] else ["r0"])
        if case["streets"]:
            Tracking.objects.update(streets=True)
        for number, asked in enumerate(case["roles"]):
            demanded = [
                {"kinds": kinds.split("+")[::-1], "problem": problem, "count": count, "article": "条", "text": "文"}
                for (kinds, problem), count in asked
            ]
            streets = "switch" if case["switch"][number] else "included"
            role(rule.version, f"r{number}", *demanded, streets=streets)
        self.posts = [make.post(make.organisation(place), f"r{at}") for at, place in enumerate(counties)]
        leaders = [make.leader(f"测试{number}") for number in range(3)]
        tenures = [
            make.tenure(self.posts[at], leaders[who], span[0], ends_on=span[1])
            for who, at, _unused, span in case["tenures"]
        ]
        links = self.link(case, tenures, counties, towns)
        for town, span in case["marks"]:
            ProblemTownMark.objects.create(division=towns[town], reason="测试", starts_on=span[0], ends_on=span[1])

        expected = self.expected(case, tenures, links)
        assert told(rows()) == expected
        assert told(rows(met=False)) == [row for row in expected if row[3]]
        assert told(rows(met=True)) == [row for row in expected if not row[3]]
        assert told(rows(kind="town")) == [row for row in expected if "town" in row[1]]
        self.check_pages(expected)
        self.check_scope(expected, tenures, case, counties[0])

    def link(
        self, case: dict[str, Any], tenures: list[Tenure], counties: list[Division], towns: list[Division]
    ) -> list[Linkage]:
        departments = [make.organisation(counties[0], "department", department_kind="industry") for _ in range(3)]
        industries = [make.industry() for _ in range(3)]
        targets: dict[str, Any] = {
            "county": counties, "town": towns, "industry": industries, "department": departments,
        }  # fmt: skip
        made: list[Linkage] = []
        for (tenure, kind, target, span), paired in zip(case["links"], case["pairs"], strict=False):
            holder = tenures[tenure % len(tenures)]
            taken = {link.paired_with_id for link in made}
            free = [
                link for link in made
                if link.kind == "industry" and link.tenure_id == holder.pk and link.pk not in taken
            ]  # fmt: skip
            industry = free[0] if free and paired and kind == "department" else None
            made.append(make.linkage(holder, targets[kind][target], span[0], ends_on=span[1], paired_with=industry))
        return made

    def expected(
        self, case: dict[str, Any], tenures: list[Tenure], links: list[Linkage]
    ) -> list[tuple[int, str, int, int]]:
        marked = {mark.division_id for mark in ProblemTownMark.objects.all() if stands(mark)}
        serving = {tenure.pk: tenure for tenure in tenures if stands(tenure)}
        found: dict[tuple[int, str], int] = {}
        for tenure in serving.values():
            number = [post.pk for post in self.posts].index(tenure.post_id)
            bound = number < 2 or not case["switch"][number] or (case["streets"] and case["bound"])
            for (kinds, problem), count in case["roles"][number] if bound else []:
                key = (tenure.leader_id, kinds + ("!" if problem else ""))
                found[key] = max(found.get(key, 0), count)
        answer = []
        for (leader, asked), count in sorted(found.items()):
            mine = [link for link in links if stands(link) and link.tenure_id in serving
                    and link.tenure.leader_id == leader]  # fmt: skip
            parts = ["pair"] if asked == "industry+department" else asked.removesuffix("!").split("+")
            have = min(self.have(part, asked.endswith("!"), mine, marked) for part in parts)
            answer.append((leader, asked, count, max(0, count - have)))
        return answer

    def have(self, part: str, problem: bool, mine: list[Linkage], marked: set[int]) -> int:
        if part == "pair":
            standing = {link.pk: link for link in mine}
            return len(
                {
                    (standing[link.paired_with_id].industry_id, link.organisation_id)
                    for link in mine
                    if link.paired_with_id in standing
                }
            )
        return len(
            {
                link.target.pk
                for link in mine
                if link.kind == part and not (problem and part == "town" and link.division_id not in marked)
            }
        )

    def check_pages(self, expected: list[tuple[int, str, int, int]]) -> None:
        """Leafed through by twos, forward and back, every row comes once."""
        asked = Asked(DAY, ALL, met=None)
        forward: list[Quota] = []
        while page := quotas(asked, after=forward[-1].key if forward else None, limit=2):
            forward += page
        assert told(forward) == expected
        back: list[Quota] = [*forward[-1:]]
        while page := quotas(asked, after=back[0].key, backward=True, limit=2) if back else []:
            back = [*page, *back]
        assert told(back) == expected

    def check_scope(
        self, expected: list[tuple[int, str, int, int]], tenures: list[Tenure], case: dict[str, Any], county: Division
    ) -> None:
        """A row is seen where one of the posts that demand it is, with what all of them demand."""
        roles = case["roles"][0]
        here = {
            (tenure.leader_id, kinds + ("!" if problem else ""))
            for tenure in tenures
            if stands(tenure) and tenure.post_id == self.posts[0].pk
            for (kinds, problem), _count in roles
        }
        seen = [row for row in expected if row[:2] in here]
        assert told(rows(Scope(county.path))) == seen
        assert told(rows(Scope("", within=county.path))) == seen
        one = tenures[0].leader_id
        assert told(rows(Scope(None, leaders=(one,)))) == [row for row in expected if row[0] == one]
        assert told(rows(Scope("", only=(one,)))) == [row for row in expected if row[0] == one]
        assert rows(Scope(None)) == rows(Scope("", only=())) == []
