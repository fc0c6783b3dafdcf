"""Two grounds become one where a division was merged into another."""

from datetime import datetime

from fieldwork.directory.models import Boundary, BoundaryCell, Division


def unite(source: Division, into: Division, *, at: datetime) -> None:
    """Add the ground of `source` to that of `into`, where both have a boundary; in the caller's transaction.

    The boundary of `source` stays: on the days on which it stood it holds what it held (`grounds.holding`). Where only
    one of them has a boundary, that of `into` is to be loaded anew.
    """
    rows = {row.pk: row for row in Boundary.objects.filter(pk__in=[source.pk, into.pk])}
    if len(rows) < 2:  # noqa: PLR2004 - both
        return
    import shapely  # noqa: PLC0415  # heavy, and needed where boundaries are loaded

    shapes = [shapely.from_wkb(bytes(row.shape)) for row in rows.values()]
    parts = shapely.get_parts(shapely.union_all(shapes))
    row = rows[into.pk]
    row.shape, row.loaded_at = shapely.to_wkb(shapely.multipolygons(parts)), at
    row.save(update_fields=["shape", "loaded_at"])
    cells = BoundaryCell.objects.filter(boundary=source.pk).values_list("cell", flat=True)
    BoundaryCell.objects.bulk_create(
        [BoundaryCell(boundary=row, cell=cell) for cell in cells], ignore_conflicts=True
    )  # fmt: skip
