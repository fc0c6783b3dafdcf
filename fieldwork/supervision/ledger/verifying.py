"""All of the evidence against itself, and against what others hold of it: seal heads, and a phone's receipt."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from fieldwork.core import jws, seals
from fieldwork.core.database import at_one_moment
from fieldwork.core.models import Seal
from fieldwork.filings.models import Filing
from fieldwork.inspections.models import CheckIn
from fieldwork.supervision.ledger.blobs import Blobs
from fieldwork.supervision.ledger.check_ins import CheckIns, check_recorded
from fieldwork.supervision.ledger.excuses import check_excuses
from fieldwork.supervision.ledger.facts import check_facts
from fieldwork.supervision.ledger.filings import check_filings
from fieldwork.supervision.ledger.findings import Finding, Record, altered, removed
from fieldwork.supervision.ledger.frozen import check_frozen
from fieldwork.supervision.ledger.hazards import check_hazards
from fieldwork.supervision.ledger.keys import check_keys, public_keys
from fieldwork.supervision.ledger.owed import Owed
from fieldwork.supervision.ledger.performances import check_performances
from fieldwork.supervision.ledger.policies import check_policies
from fieldwork.supervision.ledger.sealed import Sealed
from fieldwork.supervision.ledger.trackings import check_trackings
from fieldwork.supervision.ledger.verdicts import said


@dataclass
class Verification:
    """What is to be verified; `since` leaves older records out, `photos` is whether files are read.

    `heads` and `receipts` are statements (JWS) that others have kept.
    """

    heads: list[str] = field(default_factory=list)
    receipts: list[str] = field(default_factory=list)
    since: datetime | None = None
    files: bool = True
    quick: bool = False

    def __post_init__(self) -> None:
        self.keys = public_keys()
        self.sealed, self.check_ins, self.blobs, self.owed = Sealed(), CheckIns(self.keys), Blobs(), Owed()

    def findings(self) -> Iterator[Finding]:
        """All that do not match, the oldest kinds of records first. Memory stays flat; people work on meanwhile."""
        with at_one_moment():
            yield from check_keys()
            yield from self.sealed.check(self.keys, self.since)
            yield from check_heads(self.heads, self.keys)
            yield from self.check_ins.check(self.since)
            yield from check_recorded("check_in", CheckIn.objects.all(), Record.CHECK_IN, self.since)
            yield from check_filings(self.since)
            yield from check_recorded("filing", Filing.objects.all(), Record.FILING, self.since)
            yield from check_hazards(self.since)
            for rows in said():
                yield from rows.check(self.since)
            yield from check_performances(self.since)
            yield from check_excuses(self.since)
            yield from check_frozen(self.since)
            yield from check_facts(self.since)
            yield from check_policies()
            yield from check_trackings()
            yield from check_receipts(self.receipts, self.keys)
        yield from self.owed.check(self.since)
        if self.files:
            yield from self.blobs.check(quick=self.quick, since=self.since)


def check_heads(heads: Iterable[str], keys: dict[str, str]) -> Iterator[Finding]:
    """Every head that was ever shown to somebody must still be a seal of the chain."""
    for head in heads:
        try:
            number = jws.verify(head, keys.get(jws.read(head).key, ""))["number"]
        except (jws.Forged, KeyError) as error:
            yield altered(Record.HEAD, "jws", str(error))
            continue
        standing = Seal.objects.filter(number=number).values_list("jws", flat=True).first()
        if standing is None:
            last = seals.last_seal()
            yield removed(Record.SEAL, number, f"tail cut behind seal {last.number if last else 0}")
        elif standing != head:
            yield altered(Record.SEAL, number, "history rewritten: not the seal that was exported")


def check_receipts(texts: Iterable[str], keys: dict[str, str]) -> Iterator[Finding]:
    """The check-in of every receipt that a phone has kept must still stand, with that receipt."""
    for text in texts:
        try:
            said = jws.verify(text, keys.get(jws.read(text).key, ""))
            key = str(said["check_in"])
        except (jws.Forged, KeyError) as error:
            yield altered(Record.RECEIPT, "jws", str(error))
            continue
        row = CheckIn.objects.filter(pk=key).select_related("receipt").first()
        if row is None:
            yield removed(Record.CHECK_IN, key, "the phone has its receipt")
        elif getattr(row, "receipt", None) is None or row.receipt.jws != text:
            yield altered(Record.RECEIPT, key, "not the one that the phone has")
        elif row.digest != said["content"]:
            yield altered(Record.CHECK_IN, key, "content")
