"""What is stored about a person, table by table: each with the lookup that leads to the person.

What holds no fact about the person but how something works is left out, and `LEFT_OUT` says so. A test knows every
column that refers to a leader or an account: one that is in neither list fails.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Model, Q, QuerySet

from fieldwork.directory.models import ActivationCode, Delegation, Leader, Linkage, Tenure, User
from fieldwork.duties.models import Basis, Excuse, Naming, Obligation, Performance, Review, Task, Touch
from fieldwork.filings.models import Attachment, Filing
from fieldwork.hazards.models import Extension, Hazard, HazardPhoto, Step, Submission
from fieldwork.inspections.models import Addendum, CheckIn, Flag, Photo, Picture, Receipt
from fieldwork.reminders.models import Contact, Delivery, Device, Notification, Preference
from fieldwork.supervision.models import Amendment, Freeze, FrozenObligation

BATCH = 500
# A password's digest, and addresses by which whoever has them could push to the device.
WITHHELD = frozenset({"password", "session_nonce", "digest", "push_value"})
_OWN_WORDS = frozenset({CheckIn, Filing, Hazard})  # whose digest is of what the person declared


@dataclass(frozen=True)
class Section:
    """Rows of `model` that `lookup` leads to; `more` are names beside ids, `only` the columns that concern the person
    where the row is another's."""

    name: str
    model: type[Model]
    lookup: str
    more: tuple[str, ...] = ()
    only: tuple[str, ...] = ()

    def rows(self, person: int) -> Iterator[dict[str, Any]]:
        """In batches by key, each a query of its own: nothing is held open for a slow reader."""
        found, last = self.found(person).order_by("pk").values("pk", *self._columns(), *self.more), None
        while batch := list((found if last is None else found.filter(pk__gt=last))[:BATCH]):
            yield from batch
            last = batch[-1]["pk"]

    def found(self, person: int) -> QuerySet[Any]:
        return self.model._default_manager.filter(Q(**{self.lookup: person}))

    def _columns(self) -> tuple[str, ...]:
        withheld = WITHHELD - {"digest"} if self.model in _OWN_WORDS else WITHHELD
        names = (field.attname for field in self.model._meta.concrete_fields)
        return self.only or tuple(name for name in names if name not in withheld)


class Pictures(Section):
    """By what was enclosed: the same bytes may be in photos of several."""

    def found(self, person: int) -> QuerySet[Any]:
        return Picture.objects.filter(blob__in=Photo.objects.filter(**{self.lookup: person}).values("blob"))


_POST = ("post__title", "post__organisation__name")
OF_LEADER = (
    Section("leader", Leader, "pk"),
    Section("tenures", Tenure, "leader", _POST),
    Section("linkages", Linkage, "tenure__leader", ("division__name", "industry__name", "organisation__name")),
    Section("delegations", Delegation, "leader", ("assistant__name", "assistant__username")),
    Section("obligations", Obligation, "leader"),
    Section("bases", Basis, "obligation__leader", ("rule__article", "division__name")),
    Section("tasks", Task, "obligation__leader"),
    Section("performances", Performance, "leader"),
    Section("namings", Naming, "performance__leader"),
    Section("touches", Touch, "performance__leader"),
    Section("reviews", Review, "performance__leader"),
    Section("excuses", Excuse, "obligation__leader"),
    Section("published", FrozenObligation, "obligation__leader", ("freeze__period", "freeze__division__name")),
    Section("amendments", Amendment, "frozen__obligation__leader"),
    Section("check_ins", CheckIn, "lead"),
    Section("accompanied", CheckIn, "companions", only=("captured_at",)),
    Section("photos", Photo, "check_in__lead"),
    Pictures("pictures", Picture, "check_in__lead"),
    Section("flags", Flag, "check_in__lead"),
    Section("addenda", Addendum, "check_in__lead"),
    Section("receipts", Receipt, "check_in__lead"),
    Section("filings", Filing, "leader"),
    Section("attachments", Attachment, "filing__leader"),
    Section("hazards", Hazard, "lead"),
    Section("hazard_photos", HazardPhoto, "hazard__lead"),
)
OF_ACCOUNT = (
    Section("account", User, "pk"),
    Section("prepares_for", Delegation, "assistant", ("leader__name",)),
    Section("activation_codes", ActivationCode, "user"),
    Section("devices", Device, "user"),
    Section("contacts", Contact, "user"),
    Section("preferences", Preference, "user"),
    Section("notifications", Notification, "user"),
    Section("deliveries", Delivery, "notification__user"),
    Section("check_ins_uploaded", CheckIn, "uploaded_by", only=("captured_at", "received_at", "device_id")),
    Section("filings_uploaded", Filing, "uploaded_by", only=("held_on", "received_at", "device_id")),
    Section("hazards_uploaded", Hazard, "uploaded_by", only=("found_at", "received_at", "device_id")),
    Section("addenda_written", Addendum, "by", only=("at", "text")),
    Section("steps_taken", Step, "by", only=("hazard_id", "action", "at")),
    Section("submissions_sent", Submission, "by"),
    Section("extensions_requested", Extension, "requested_by", only=("hazard_id", "reason", "requested_at")),
    Section("extensions_decided", Extension, "decided_by", only=("hazard_id", "decision", "decided_at")),
    Section("reviews_given", Review, "by", only=("verdict", "reason", "at")),
    Section("excuses_granted", Excuse, "granted_by", only=("obligation_id", "kind", "reason", "granted_at")),
    Section("excuses_taken_back", Excuse, "taken_back_by", only=("obligation_id", "taken_back_at")),
    Section("periods_published", Freeze, "by", only=("period", "division_id", "reason", "at")),
)
LEFT_OUT = {
    "api.DeviceToken.user": "a sign-in, kept as a digest; its device is told",
    "api.KeptAnswer.user": "answers to requests sent twice, for seven days",
    "admin.LogEntry.user": "not written: events are",
    "directory.ActivationCode.made_by": "told to whom the code was for",
    "directory.User.leader": "told as the account itself",
    "duties.Change.leader": "a note to count anew, until that is done",
    "hazards.Listing.by": "told by its step",
    "hazards.Assignment.hazard": "told by its step",
    "hazards.Extension.hazard": "told to who asked and who decided",
    "hazards.Listing.hazard": "told by its step",
    "hazards.Step.hazard": "told to who took it, and by the events of the hazard",
    "hazards.Submission.hazard": "told to who sent it, and by the events of the hazard",
    "reminders.Notification.hazard": "told to whom it went",
    "reminders.Notification.obligations": "told to whom it went",
    "reminders.Notification.review": "told to whom it went",
}
