"""Divisions, industries, and the towns that are marked."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from fieldwork.core.database import PathField, on_earth
from fieldwork.directory.enums import Level
from fieldwork.directory.models.dated import Dated


class Division(Dated):
    """An administrative division (行政区划), as an authority's list of some edition has it.

    A code means something only together with its authority. `path` is the parent's path and six base-36 digits of
    `number`: a subtree is the range of paths that begin with its root's.
    """

    authority = models.CharField(
        _("authority"), max_length=40, help_text=_("whose code: mca (民政部), stats (统计局), local")
    )
    code = models.CharField(_("code"), max_length=12)
    edition = models.CharField(_("edition"), max_length=20, help_text=_("the list in which this row first stood"))
    name = models.CharField(_("name"), max_length=100)
    level = models.CharField(_("level"), max_length=10, choices=Level)
    street = models.BooleanField(_("street office"), default=False, help_text=_("街道, not 乡镇 (QY 2)"))
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("division above")
    )
    number = models.PositiveIntegerField(unique=True, editable=False)
    path = PathField(unique=True, editable=False)
    latitude = models.FloatField(_("latitude"), null=True, blank=True, help_text=_("of the seat"))
    longitude = models.FloatField(_("longitude"), null=True, blank=True, help_text=_("of the seat"))
    seat_source = models.CharField(_("source of the seat"), max_length=60, blank=True)
    radius_m = models.PositiveIntegerField(
        _("radius in metres"), null=True, blank=True, help_text=_("round the seat; empty: the setting's")
    )
    former_code = models.CharField(
        _("former code"),
        max_length=12,
        blank=True,
        default="",
        db_default="",
        help_text=_("of the row that ended when this one began in its place"),
    )
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="merged", editable=False,
        verbose_name=_("merged into"), help_text=_("the division that took it in when it ended"),
    )  # fmt: skip

    class Meta:
        verbose_name = _("division")
        verbose_name_plural = _("divisions")
        constraints = [
            *Dated.Meta.constraints,
            models.UniqueConstraint(
                fields=["authority", "code"],
                condition=Q(ends_on__isnull=True),
                name="division_code_stands_once",
            ),
            models.CheckConstraint(condition=on_earth(), name="division_seat_on_earth"),
            models.CheckConstraint(
                condition=Q(merged_into__isnull=True) | Q(ends_on__isnull=False), name="division_merged_has_ended"
            ),
        ]
        indexes = [
            models.Index(fields=["latitude", "longitude"], name="division_seat"),
            models.Index(fields=["code", "id"], name="division_code"),
            models.Index(fields=["name", "id"], name="division_name"),
            models.Index(fields=["radius_m"], condition=Q(radius_m__isnull=False), name="division_own_radius"),
        ]

    def __str__(self) -> str:
        return self.name


class Boundary(models.Model):
    """The ground of a division (行政区划界线), WGS-84: a MultiPolygon with holes as well-known binary (WKB).

    `cells` is the index: a few squares of a quadtree over the degrees, at the depth where the whole ground fits into
    them.
    """

    division = models.OneToOneField(
        Division, models.CASCADE, primary_key=True, related_name="boundary", verbose_name=_("division")
    )
    shape = models.BinaryField()
    source = models.CharField(_("source"), max_length=200)
    loaded_at = models.DateTimeField()

    class Meta:
        verbose_name = _("boundary")
        verbose_name_plural = _("boundaries")


class BoundaryCell(models.Model):
    """A square of the quadtree that a boundary lies in: `cell` is "depth/column/row"."""

    boundary = models.ForeignKey(Boundary, models.CASCADE, related_name="cells")
    cell = models.CharField(max_length=24)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["cell", "boundary"], name="boundary_cell_once")]


class Industry(models.Model):
    """An industry of the code list (GB/T 4754-2017): sections A-T and their two-digit divisions."""

    code = models.CharField(_("code"), max_length=10, unique=True)
    name = models.CharField(_("name"), max_length=100)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("section")
    )

    class Meta:
        verbose_name = _("industry")
        verbose_name_plural = _("industries")

    def __str__(self) -> str:
        return self.name


class ProblemTownMark(Dated):
    """A town named as one where work safety is a problem (安全生产问题突出镇), for a stated reason."""

    division = models.ForeignKey(Division, models.PROTECT, related_name="problem_marks", verbose_name=_("town"))
    reason = models.CharField(_("reason"), max_length=500)

    class Meta:
        verbose_name = _("mark of a problem town")
        verbose_name_plural = _("marks of problem towns")
        constraints = [
            *Dated.Meta.constraints,
            models.CheckConstraint(condition=~Q(reason=""), name="problem_mark_has_a_reason"),
        ]
        indexes = [
            models.Index(fields=["starts_on", "id"], name="problem_mark_order"),
        ]

    def __str__(self) -> str:
        return str(self.division)
