"""Quotas of roles, and the rows that they make."""

from datetime import date
from typing import Any

from fieldwork.duties.models import PolicyVersion, Role
from fieldwork.duties.quota_rows import Scope
from fieldwork.duties.quotas import Asked, Quota, quotas

DAY = date(2026, 11, 21)
ALL = Scope("")
COUNTY = {"kinds": ["county"], "count": 1, "article": "第五条（七）", "text": "联系1个县"}
TOWN = {"kinds": ["town"], "count": 1, "problem": True, "article": "第五条（七）", "text": "联系1个突出镇"}
PAIR = {"kinds": ["industry", "department"], "count": 1, "article": "第五条（七）", "text": "联系1个行业及部门"}


def role(version: PolicyVersion, code: str, *demanded: dict[str, Any], **fields: Any) -> Role:
    return Role.objects.create(
        version=version, code=code, name=f"测试{code}", article="第五条", quotas=list(demanded), **fields
    )


def rows(scope: Scope = ALL, met: bool | None = None, kind: str = "", on: date = DAY) -> list[Quota]:
    return quotas(Asked(on, scope, kind=kind, met=met), limit=1000)


def told(found: list[Quota]) -> list[tuple[int, str, int, int]]:
    return [(*row.key, row.count, row.missing) for row in found]
