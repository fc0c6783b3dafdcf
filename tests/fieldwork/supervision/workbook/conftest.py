"""A city with two counties, a town in each, two industries, and the office of the first county."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from fieldwork.core.errors import DomainError
from fieldwork.directory.models import User
from fieldwork.supervision.workbook.exporting import export_workbook
from fieldwork.supervision.workbook.importing import Result, import_workbook
from tests import factories as make

NOON = datetime(2026, 11, 21, 4, tzinfo=UTC)
BEGAN = date(2026, 1, 1)


class Ground:
    def __init__(self) -> None:
        self.city = make.division("测试市")
        self.county, self.other = make.division("测试县", self.city), make.division("别处县", self.city)
        self.town, self.elsewhere = make.division("测试镇", self.county), make.division("测试镇", self.other)
        self.mining, self.farming = make.industry("06", "煤炭业"), make.industry("01", "农业")
        self.office = make.user(office="supervisor", division=self.county)

    def bring(self, data: bytes, by: User | None = None, **more: Any) -> Result:
        return import_workbook(data, by=by or self.office, at=NOON, **more)

    def exported(self, shape: str = "xlsx", **more: Any) -> bytes:
        with export_workbook(division=self.county, shape=shape, by=self.office, at=NOON, **more) as file:
            return file.read()

    def faults(self, data: bytes, by: User | None = None) -> list[tuple[str, str]]:
        """Place and code of everything that is wrong."""
        with pytest.raises(DomainError) as caught:
            self.bring(data, by)
        return sorted((fault.field, str(fault.code)) for fault in caught.value.errors)


@pytest.fixture
def ground(db: None) -> Ground:
    return Ground()
