"""Photos that the phone has lost (照片遗失): said, so that the check-in need not wait for them for ever."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from fieldwork.core import events
from fieldwork.core.errors import Code, DomainError
from fieldwork.directory.models import User
from fieldwork.inspections.completing import settle_state
from fieldwork.inspections.models import CheckIn
from fieldwork.inspections.queries import path_of


def declare_lost(check_in: CheckIn, *, sha256: str, reason: str, by: User, at: datetime) -> CheckIn:
    """Wait no longer for a photo that the check-in declares; should its bytes come after all, they are taken.

    Said twice is once, and the first reason stands. Errors: `wrong_state` (it is stored).
    """
    with transaction.atomic():
        check_in = CheckIn.objects.select_for_update().get(pk=check_in.pk)
        photo = check_in.photos.get(sha256=sha256)
        if photo.blob_id is not None:
            raise DomainError(Code.WRONG_STATE, _("The photo is stored: it cannot be lost."))
        if photo.lost_at is None:
            photo.lost_at, photo.lost_reason = at, reason
            photo.save(update_fields=["lost_at", "lost_reason"])
            receipt = settle_state(check_in, at)
            events.append(
                "check_in.photo_lost", by=by, at=at, about=("check_in", check_in.pk),
                division_path=path_of(check_in), photo=sha256, reason=reason, state=check_in.state,
                receipt=receipt,
            )  # fmt: skip
    return check_in
