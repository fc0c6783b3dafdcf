"""Bodies with their posts, who holds them, what these are linked to; and the places that may be inspected."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from fieldwork.core.database import on_earth
from fieldwork.directory.enums import DepartmentKind, LinkageKind, OrganisationKind
from fieldwork.directory.models.dated import Dated
from fieldwork.directory.models.places import Division, Industry


class Organisation(Dated):
    """A body (单位) at one division. A zone committee (管委会) or street office (街道办) is a government too."""

    name = models.CharField(_("name"), max_length=200)
    kind = models.CharField(_("kind of organisation"), max_length=20, choices=OrganisationKind)
    department_kind = models.CharField(
        _("kind of department"), max_length=10, choices=DepartmentKind, blank=True, default=""
    )
    division = models.ForeignKey(Division, models.PROTECT, related_name="organisations", verbose_name=_("division"))
    industry = models.ForeignKey(
        Industry, models.PROTECT, null=True, blank=True, verbose_name=_("industry"),
        help_text=_("the industry that it answers for itself"),
    )  # fmt: skip
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="merged", editable=False,
        verbose_name=_("merged into"), help_text=_("the body that took it in when it ended"),
    )  # fmt: skip

    class Meta:
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")
        constraints = [
            *Dated.Meta.constraints,
            models.CheckConstraint(
                condition=Q(kind=OrganisationKind.DEPARTMENT) | Q(department_kind=""),
                name="organisation_kind_of_department",
            ),
            models.CheckConstraint(
                condition=Q(merged_into__isnull=True) | Q(ends_on__isnull=False), name="organisation_merged_has_ended"
            ),
        ]
        indexes = [
            models.Index(fields=["name", "id"], name="organisation_name"),
            models.Index(fields=["starts_on", "id"], name="organisation_order"),
        ]

    def __str__(self) -> str:
        return self.name


class FormerName(models.Model):
    """What a body was called, to the last day of that name: a body that is renamed (更名) stays the same body."""

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="former_names", verbose_name=_("organisation")
    )
    name = models.CharField(_("name"), max_length=200)
    ends_on = models.DateField(_("to"))

    class Meta:
        verbose_name = _("former name")
        verbose_name_plural = _("former names")
        ordering = ("ends_on",)
        constraints = [models.UniqueConstraint(fields=["organisation", "ends_on"], name="former_name_ends_once")]

    def __str__(self) -> str:
        return self.name


class Post(Dated):
    """A seat (职务) in an organisation, with a role of the policy; the code of `role` is checked against the packs."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="posts", verbose_name=_("organisation"))
    title = models.CharField(_("title of the post"), max_length=100)
    role = models.CharField(_("role in the policy"), max_length=60, blank=True)
    safety_portfolio = models.BooleanField(_("in charge of work safety"), default=False)

    class Meta:
        verbose_name = _("post")
        verbose_name_plural = _("posts")
        constraints = [*Dated.Meta.constraints]
        indexes = [
            models.Index(fields=["title", "id"], name="post_title"),
            models.Index(fields=["role", "id"], name="post_role"),
            models.Index(fields=["starts_on", "id"], name="post_order"),
        ]

    def __str__(self) -> str:
        return self.title


class Leader(models.Model):
    """A person who holds posts over time (领导干部). `division` is whose office entered them."""

    name = models.CharField(_("full name"), max_length=60)
    division = models.ForeignKey(
        Division, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("entered by the office of")
    )

    class Meta:
        verbose_name = _("leader")
        verbose_name_plural = _("leaders")
        indexes = [
            models.Index(fields=["name", "id"], name="leader_order"),
        ]

    def __str__(self) -> str:
        return self.name


class Tenure(Dated):
    """A leader in a post (任职), substantive or acting. Several of one leader, or of one post, may overlap."""

    leader = models.ForeignKey(Leader, models.PROTECT, related_name="tenures", verbose_name=_("leader"))
    post = models.ForeignKey(Post, models.PROTECT, related_name="tenures", verbose_name=_("post"))
    acting = models.BooleanField(_("acting"), default=False)

    class Meta:
        verbose_name = _("tenure")
        verbose_name_plural = _("tenures")
        constraints = [
            *Dated.Meta.constraints,
            models.UniqueConstraint(fields=["leader", "post", "starts_on"], name="tenure_begins_once"),
        ]
        indexes = [
            models.Index(fields=["starts_on", "id"], name="tenure_order"),
        ]

    def __str__(self) -> str:
        return f"{self.leader} · {self.post}"


class Linkage(Dated):
    """A tenure's link (挂点联系) to a county, a town, an industry or a department.

    「1个行业及部门」 is a pair: the department's row names the industry's in `paired_with`.
    """

    tenure = models.ForeignKey(Tenure, models.PROTECT, related_name="linkages", verbose_name=_("tenure"))
    kind = models.CharField(_("kind of linkage"), max_length=12, choices=LinkageKind)
    division = models.ForeignKey(Division, models.PROTECT, null=True, blank=True, verbose_name=_("county or town"))
    industry = models.ForeignKey(Industry, models.PROTECT, null=True, blank=True, verbose_name=_("industry"))
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, verbose_name=_("department"))
    paired_with = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, verbose_name=_("paired with the industry")
    )

    class Meta:
        verbose_name = _("linkage")
        verbose_name_plural = _("linkages")
        constraints = [
            *Dated.Meta.constraints,
            models.CheckConstraint(
                condition=Q(
                    kind__in=[LinkageKind.COUNTY, LinkageKind.TOWN],
                    division__isnull=False, industry__isnull=True, organisation__isnull=True,
                )
                | Q(kind=LinkageKind.INDUSTRY, division__isnull=True, industry__isnull=False, organisation__isnull=True)
                | Q(
                    kind=LinkageKind.DEPARTMENT,
                    division__isnull=True, industry__isnull=True, organisation__isnull=False,
                ),
                name="linkage_target_is_of_its_kind",
            ),
            models.CheckConstraint(
                condition=Q(paired_with__isnull=True) | Q(kind=LinkageKind.DEPARTMENT),
                name="linkage_of_a_department_is_paired",
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["starts_on", "id"], name="linkage_order"),
        ]

    def __str__(self) -> str:
        return f"{self.tenure.leader} · {self.target}"

    @property
    def target(self) -> Division | Industry | Organisation:
        target = self.division or self.industry or self.organisation
        assert target is not None, "the database holds exactly one"
        return target


class Site(Dated):
    """An enterprise or place (场所) that may be inspected. `uscc` is the 统一社会信用代码 (GB 32100-2015), checked."""

    name = models.CharField(_("name"), max_length=200)
    uscc = models.CharField(_("unified social credit code"), max_length=18, blank=True)
    division = models.ForeignKey(Division, models.PROTECT, related_name="sites", verbose_name=_("division"))
    industry = models.ForeignKey(Industry, models.PROTECT, null=True, blank=True, verbose_name=_("industry"))
    regulator = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, verbose_name=_("regulating department")
    )
    address = models.CharField(_("address"), max_length=300, blank=True)
    latitude = models.FloatField(_("latitude"), null=True, blank=True)
    longitude = models.FloatField(_("longitude"), null=True, blank=True)

    class Meta:
        verbose_name = _("site")
        verbose_name_plural = _("sites")
        constraints = [
            *Dated.Meta.constraints,
            models.CheckConstraint(condition=on_earth(), name="site_on_earth"),
        ]
        indexes = [
            models.Index(fields=["latitude", "longitude"], name="site_place"),
            models.Index(fields=["name", "id"], name="site_order"),
        ]

    def __str__(self) -> str:
        return self.name
