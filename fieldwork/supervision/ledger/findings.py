"""What verification finds: one record that is not as it was written, and in what way."""

from dataclasses import dataclass

from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy


class Fault(TextChoices):
    ALTERED = "altered", gettext_lazy("altered")
    REMOVED = "removed", gettext_lazy("removed")
    INSERTED = "inserted", gettext_lazy("inserted")


class Record(TextChoices):
    """What a finding is about."""

    KEY = "key", gettext_lazy("signing key")
    SEAL = "seal", gettext_lazy("seal")
    EVENT = "event", gettext_lazy("event")
    CHECK_IN = "check_in", gettext_lazy("check-in")
    PHOTO = "photo", gettext_lazy("photo")
    FLAG = "flag", gettext_lazy("doubt")
    RECEIPT = "receipt", gettext_lazy("receipt")
    REVIEW = "review", gettext_lazy("review")
    ADDENDUM = "addendum", gettext_lazy("addendum")
    FILING = "filing", gettext_lazy("filing")
    HAZARD = "hazard", gettext_lazy("hazard")
    PERFORMANCE = "performance", gettext_lazy("what was performed")
    POLICY = "policy", gettext_lazy("policy")
    FACT = "fact", gettext_lazy("fact")
    EXCUSE = "excuse", gettext_lazy("excuse")
    FREEZE = "freeze", gettext_lazy("published period")
    AMENDMENT = "amendment", gettext_lazy("amendment")
    OBLIGATION = "obligation", gettext_lazy("obligation")
    BLOB = "blob", gettext_lazy("stored file")
    HEAD = "head", gettext_lazy("exported head")


@dataclass(frozen=True, slots=True)
class Finding:
    """`key` is the record's id; `where` the column, or what of it, does not match."""

    record: Record
    key: str
    fault: Fault
    where: str = ""

    def __str__(self) -> str:
        told = _("%(record)s %(key)s: %(fault)s") % {
            "record": self.record.label, "key": self.key, "fault": self.fault.label,
        }  # fmt: skip
        return f"{told} ({self.where})" if self.where else told


def altered(record: Record, key: object, where: str) -> Finding:
    return Finding(record, str(key), Fault.ALTERED, where)


def removed(record: Record, key: object, where: str = "") -> Finding:
    return Finding(record, str(key), Fault.REMOVED, where)


def inserted(record: Record, key: object, where: str = "") -> Finding:
    return Finding(record, str(key), Fault.INSERTED, where)
