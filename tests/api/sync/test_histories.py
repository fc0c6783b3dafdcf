"""Whatever happens, and whenever a phone asks: what it holds is what it would get if it started now."""

import random
from datetime import datetime
from typing import Any

import pytest
import time_machine

from fieldwork.supervision.sync import kinds
from tests.api.client import Phone
from tests.api.sync.copy import Copy, differences
from tests.api.sync.history import BEGUN, History

pytestmark = pytest.mark.django_db(transaction=True)
STEPS = 25


@pytest.mark.parametrize(("seed", "few"), [(1, kinds.FEW), (2, 0)])
def test_copy_kept_by_sync_is_what_a_fresh_start_gets(
    seed: int, few: int, settings: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second one finds what was told as behind very many events."""
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr(kinds, "FEW", few)
    dice = random.Random(seed)  # dice, no secrets
    with time_machine.travel(BEGUN, tick=False) as clock:

        def travel(at: datetime) -> None:
            clock.move_to(at)

        history = History(seed, travel)
        copies = [Copy(Phone.of(user)).catch_up() for user in history.readers]
        for step in range(STEPS):
            history.happen()
            for copy in copies:
                if dice.random() < 0.25:
                    size = dice.choice([1, 3, 500])
                    copy.catch_up(size)
                    assert not differences(copy), (step, history.log)
        for copy in copies:
            assert not differences(copy.catch_up()), history.log
