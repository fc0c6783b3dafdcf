"""What is there after the drill, held against what the phones were told. Needs Django to be set up."""

import hashlib
import io
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import _phone
from django.core.management import CommandError, call_command
from django.utils import timezone

from fieldwork.core.models import Blob, Event
from fieldwork.core.uploads import incoming, original, originals
from fieldwork.duties.models import Performance
from fieldwork.inspections.models import CheckIn, Flag, Photo, Receipt
from fieldwork.supervision.tick import tick

_SHOWN = 20


def audit(told: Sequence[_phone.Acknowledged], expected: int) -> tuple[dict[str, object], list[str]]:
    """Counts for people, and every fault in words."""
    check_ins = set().union(*(each.check_ins for each in told))
    photos = {key: size for each in told for key, size in each.photos.items()}
    faults = [*_check_ins(check_ins, expected), *_photos(photos), *_counted(check_ins), *_left_over()]
    ledger = _ledger()
    counts = {
        "check-ins acknowledged": len(check_ins),
        "check-ins stored": CheckIn.objects.count(),
        "photos acknowledged": len(photos),
        "photos stored": Photo.objects.filter(blob__isnull=False).count(),
        "files whose bytes match": sum(_matches(sha256) for sha256 in Blob.objects.values_list("sha256", flat=True)),
        "files that no row has (swept after a day)": len(_names(originals())) - Blob.objects.count(),
        "files left under way (swept after a day)": len(_names(incoming())),
        "receipts": Receipt.objects.count(),
        "verify_ledger": ledger or "clean",
    }
    return counts, [*faults, *([ledger] if ledger else [])]


def _check_ins(acknowledged: set[str], expected: int) -> list[str]:
    states = {str(pk): state for pk, state in CheckIn.objects.values_list("pk", "state")}
    lost = [f"check-in {pk} was acknowledged" for pk in acknowledged - set(states)]
    open_ = [f"check-in {pk} is {state}" for pk, state in states.items() if state != "complete"]
    short = [] if len(acknowledged) == expected else [f"{len(acknowledged)} of {expected} were acknowledged"]
    strange = [f"check-in {pk} is nobody's" for pk in set(states) - acknowledged]
    return _few(lost) + _few(open_) + short + _few(strange)


def _photos(acknowledged: dict[tuple[str, str], int]) -> list[str]:
    """Each has its row and its bytes; a digest is once a check-in by the database's own constraint."""
    stored = {
        (str(check_in), sha256): size
        for check_in, sha256, size in Photo.objects.values_list("check_in", "sha256", "blob__bytes")
    }
    lost = [f"photo {key} was acknowledged" for key, size in acknowledged.items() if stored.get(key) != size]
    broken = [f"file {sha256}" for _check_in, sha256 in acknowledged if not _matches(sha256)]
    flagged = Flag.objects.filter(code__in=["photos_missing", "photo_lost"]).count()
    return _few(lost) + _few(broken) + ([f"{flagged} flags of missing photos"] if flagged else [])


def _counted(check_ins: set[str]) -> list[str]:
    """Every check-in counts once, and was told of once."""
    performed = Counter(Performance.objects.filter(source_kind="check_in").values_list("source_id", flat=True))
    recorded = Counter(Event.objects.filter(kind="check_in.recorded").values_list("object_id", flat=True))
    faults = []
    for name, found in (("performances", performed), ("events", recorded)):
        odd = {pk: found[pk] for pk in check_ins | set(found) if found[pk] != 1}
        faults += [f"check-in {pk} has {count} {name}" for pk, count in odd.items()]
    return _few(faults)


def _left_over() -> list[str]:
    """Rows that nothing refers to."""
    used = Photo.objects.filter(blob__isnull=False).values("blob")
    return _few(
        [f"blob {pk} belongs to nothing" for pk in Blob.objects.exclude(pk__in=used).values_list("pk", flat=True)]
    )


def _ledger() -> str | None:
    """What is wrong with the sealed feed; None if nothing."""
    told = io.StringIO()
    try:
        tick(timezone.now())  # seals what is not sealed yet
        call_command("verify_ledger", stdout=told, stderr=told)
    except CommandError as fault:
        return f"verify_ledger: {told.getvalue()} {fault}"
    return None


def _matches(sha256: str) -> bool:
    try:
        with original(sha256).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == sha256
    except FileNotFoundError:
        return False


def _names(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def _few(faults: Iterable[str]) -> list[str]:
    listed = list(faults)
    return listed[:_SHOWN] + ([f"… and {len(listed) - _SHOWN} more"] if len(listed) > _SHOWN else [])
