"""Which private key signs."""

import shutil
from datetime import UTC, datetime

import pytest

from fieldwork.core import signing
from fieldwork.core.events import SYSTEM

NOW = datetime(2026, 11, 21, 4, tzinfo=UTC)


@pytest.mark.django_db
def test_file_with_another_key_in_it_signs_nothing() -> None:
    """Its signatures would name a key that does not verify them."""
    old, new = (signing.rotate(by=SYSTEM, at=NOW) for _ in range(2))
    assert signing.signer(NOW).key == new.pk
    shutil.copy(signing.private_file(old.pk), signing.private_file(new.pk))
    assert not signing.can_sign()
    with pytest.raises(signing.NoKey):
        signing.signer(NOW)
