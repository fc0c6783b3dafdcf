"""What is counted before it is read."""

import pytest

from tests.api.client import Phone
from tests.api.filing import body, put, stored
from tests.desk import Desk

MANY = [("obligations", 51), ("duties", 51), ("participants", 201), ("attachments", 21), ("obligations", 150_000)]


@pytest.mark.parametrize(("name", "many"), MANY)
def test_list_that_is_too_long_is_refused_before_its_items_are_read(
    desk: Desk, phone: Phone, name: str, many: int
) -> None:
    answer = put(phone, body(desk) | {name: [0] * many})
    assert answer.status_code == 400
    assert [(error["field"], error["code"]) for error in answer.json()["errors"]] == [(name, "max_length")]
    assert stored() == (0, 0, [])
