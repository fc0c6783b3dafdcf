"""A lock ends with its transaction."""

import pytest
from django.db import transaction

from fieldwork.core import locks


@pytest.mark.django_db(transaction=True)
def test_lock_without_a_transaction_is_refused_on_either_database() -> None:
    with pytest.raises(RuntimeError, match="needs a transaction"):
        locks.hold("test")
    with transaction.atomic():
        locks.hold("test")
