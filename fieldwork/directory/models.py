"""The directory's rows. Nothing with a history is overwritten or deleted: ending is a date.

Days (`starts_on`, `ends_on`) are inclusive, in the policy's zone; an open end is null. Positions are WGS-84 degrees.
"""

from typing import Any

from django.contrib.auth.models import AbstractUser, BaseUserManager
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from fieldwork.core.database import PathField
from fieldwork.directory.enums import DepartmentKind, Level, LinkageKind, Office, OrganisationKind


class Dated(models.Model):
    """Something that holds from a day to a day."""

    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("to"), null=True, blank=True)

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="%(class)s_ends_after_start",
            )
        ]


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
            models.CheckConstraint(
                condition=Q(latitude__isnull=True, longitude__isnull=True)
                | Q(latitude__range=(-90, 90), longitude__range=(-180, 180)),
                name="division_seat_on_earth",
            ),
        ]
        indexes = [
            models.Index(fields=["latitude", "longitude"], name="division_seat"),
            models.Index(fields=["code", "id"], name="division_code"),
            models.Index(fields=["name", "id"], name="division_name"),
        ]

    def __str__(self) -> str:
        return self.name


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

    class Meta:
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")
        constraints = [
            *Dated.Meta.constraints,
            models.CheckConstraint(
                condition=Q(kind=OrganisationKind.DEPARTMENT) | Q(department_kind=""),
                name="organisation_kind_of_department",
            ),
        ]
        indexes = [
            models.Index(fields=["name", "id"], name="organisation_name"),
            models.Index(fields=["starts_on", "id"], name="organisation_order"),
        ]

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
            models.CheckConstraint(
                condition=Q(latitude__isnull=True, longitude__isnull=True)
                | Q(latitude__range=(-90, 90), longitude__range=(-180, 180)),
                name="site_on_earth",
            ),
        ]
        indexes = [
            models.Index(fields=["latitude", "longitude"], name="site_place"),
            models.Index(fields=["name", "id"], name="site_order"),
        ]

    def __str__(self) -> str:
        return self.name


class ProblemTownMark(Dated):
    """A town named as one where work safety is a problem (安全生产问题突出镇), for a stated reason."""

    division = models.ForeignKey(Division, models.PROTECT, related_name="problem_marks", verbose_name=_("town"))
    reason = models.CharField(_("reason"), max_length=500)

    class Meta:
        verbose_name = _("mark of a problem town")
        verbose_name_plural = _("marks of problem towns")
        constraints = [*Dated.Meta.constraints]
        indexes = [
            models.Index(fields=["starts_on", "id"], name="problem_mark_order"),
        ]

    def __str__(self) -> str:
        return str(self.division)


class Users(BaseUserManager["User"]):
    """Makes users for tests and for `createsuperuser`; whoever works with people uses `actions.create_user`."""

    def create_user(self, username: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(username=self.model.normalize_username(username), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, username: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(
            username, password, office=Office.ADMINISTRATOR, is_staff=True, is_superuser=True, **fields
        )


class User(AbstractUser):  # type: ignore[django-manager-missing]  # of tokens, which knox leaves untyped
    """Somebody who signs in: a leader, an assistant, a unit's contact, or staff of the safety committee's office.

    `division` is the scope of `office`: it and all below; an administrator without one serves the whole installation.
    """

    first_name = last_name = email = None  # type: ignore[assignment]
    REQUIRED_FIELDS = []

    name = models.CharField(_("full name"), max_length=60, blank=True)
    leader = models.OneToOneField(
        Leader, models.PROTECT, null=True, blank=True, related_name="user", verbose_name=_("leader")
    )
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, verbose_name=_("organisation"),
        help_text=_("as its unit user"),
    )  # fmt: skip
    office = models.CharField(_("office held"), max_length=15, choices=Office, blank=True, default="")
    division = models.ForeignKey(Division, models.PROTECT, null=True, blank=True, verbose_name=_("scope of the office"))
    language = models.CharField(_("language"), max_length=10, default="zh-hans")

    objects = Users()  # type: ignore[assignment,misc]

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        constraints = [
            models.CheckConstraint(
                condition=Q(division__isnull=False) | ~Q(office__in=[Office.SUPERVISOR, Office.AUDITOR]),
                name="user_office_has_scope",
            )
        ]

    @property
    def actor_key(self) -> str:
        return f"user:{self.pk}"

    def get_full_name(self) -> str:
        return self.name or self.username

    def __str__(self) -> str:
        return self.get_full_name()


class ActivationCode(models.Model):
    """A code by which somebody sets the first password, or a new one (激活码): single use, kept only as a digest."""

    user = models.ForeignKey(User, models.CASCADE, related_name="activation_codes", verbose_name=_("account"))
    digest = models.CharField(max_length=64, unique=True)
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("made by"))
    made_at = models.DateTimeField(_("made at"))
    expires_at = models.DateTimeField(_("expires at"))
    used_at = models.DateTimeField(_("used at"), null=True, help_text=_("or taken back, when a newer one was made"))

    class Meta:
        verbose_name = _("activation code")
        verbose_name_plural = _("activation codes")


class Delegation(Dated):
    """An assistant may prepare, attach and upload for a leader, named as such (代为整理上传)."""

    assistant = models.ForeignKey(User, models.PROTECT, related_name="delegations", verbose_name=_("assistant"))
    leader = models.ForeignKey(Leader, models.PROTECT, related_name="delegations", verbose_name=_("leader"))

    class Meta:
        verbose_name = _("delegation")
        verbose_name_plural = _("delegations")
        constraints = [*Dated.Meta.constraints]
        indexes = [
            models.Index(fields=["starts_on", "id"], name="delegation_order"),
        ]

    def __str__(self) -> str:
        return f"{self.assistant} · {self.leader}"
