"""What phones and the worker write all the time keeps no index that another one begins with."""

import pytest
from django.apps import apps
from django.db.models import Model, UniqueConstraint

from fieldwork.duties import models as duties

ROOMS = ("inspections", "filings", "reminders")
WRITTEN = [
    *(model for room in ROOMS for model in apps.get_app_config(room).get_models()),
    duties.Obligation, duties.Basis, duties.Task, duties.Performance, duties.Touch, duties.Naming, duties.Review,
]  # fmt: skip


def beginnings(model: type[Model]) -> set[str]:
    """The columns with which indexes over all rows begin."""
    unique = [each for each in model._meta.constraints if isinstance(each, UniqueConstraint)]
    whole = [each.fields for each in (*model._meta.indexes, *unique) if each.condition is None and each.fields]
    return {fields[0] for fields in whole}


@pytest.mark.parametrize("model", WRITTEN, ids=lambda model: model._meta.label)
def test_no_column_has_an_index_of_its_own_beside_one_that_begins_with_it(model: type[Model]) -> None:
    fields = model._meta.concrete_fields
    alone = {field.name for field in fields if getattr(field, "db_index", False) and not field.unique}
    assert alone & beginnings(model) == set()
