"""The files that prove what is on record."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from fieldwork.duties.models import Performance
from fieldwork.filings.models import Attachment
from fieldwork.inspections.models import Photo

Source = tuple[str, str]  # kind and id


@dataclass(frozen=True, slots=True)
class Evidence:
    """A declared file; `received` while its bytes are here."""

    sha256: str
    received: bool


def evidence_of(performances: Iterable[Performance]) -> dict[Source, list[Evidence]]:
    """By the check-in or filing behind each performance, in the order of their digests. A query for each sort."""
    ids: dict[str, list[UUID]] = defaultdict(list)
    for performance in performances:
        ids[performance.source_kind].append(UUID(performance.source_id))
    enclosed: dict[str, tuple[str, QuerySet[Any]]] = {
        "check_in": ("check_in", Photo.objects.filter(check_in__in=ids["check_in"])),
        "filing": ("filing", Attachment.objects.filter(filing__in=ids["filing"])),
    }
    found: dict[Source, list[Evidence]] = defaultdict(list)
    for kind, (owner, files) in enclosed.items():
        if not ids[kind]:
            continue
        for pk, sha256, blob, removed in files.order_by("sha256").values_list(
            owner, "sha256", "blob", "blob__removed_at"
        ):
            found[kind, str(pk)].append(Evidence(sha256, blob is not None and removed is None))
    return found
