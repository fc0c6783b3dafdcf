"""Every row of which the directory tells has its place, and its events the scope that follows from it."""

from typing import Any

import pytest
from django.db.models import Model

from fieldwork.directory.bounds import BOUNDS
from fieldwork.directory.models import Division, Industry, Leader, User
from fieldwork.directory.records import LIES_AT, path_of
from tests import factories
from tests.place import Place


def test_what_has_no_place_is_not_told_as_if_it_lay_nowhere() -> None:
    with pytest.raises(KeyError, match="Industry"):
        path_of(Industry())


@pytest.mark.parametrize("model", BOUNDS, ids=lambda model: model.__name__)
def test_every_dated_row_lies_at_another_that_has_a_place(model: type[Model]) -> None:
    reached: Any = model
    while reached not in (Division, User, Leader):
        assert reached in LIES_AT, f"{reached.__name__} has no line in LIES_AT of directory/records.py"
        reached = reached._meta.get_field(LIES_AT[reached]).related_model


def test_place_follows_from_what_a_row_hangs_at(place: Place) -> None:
    delegation = place.leader.delegations.create(assistant=factories.user(), starts_on=factories.BEGINNING)
    linkage = place.tenure.linkages.get()
    for row in (place.county, place.tenure.post, place.tenure, linkage, place.leader, place.user, delegation):
        assert path_of(row) == place.county.path
    assert path_of(factories.leader()) == path_of(factories.user()) == ""
