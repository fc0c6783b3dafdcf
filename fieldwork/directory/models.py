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

    authority = models.CharField(max_length=40, help_text="whose code: mca (民政部), stats (统计局), local")
    code = models.CharField(max_length=12)
    edition = models.CharField(max_length=20, help_text="the list in which this row first stood")
    name = models.CharField(max_length=100)
    level = models.CharField(max_length=10, choices=Level)
    street = models.BooleanField(default=False, help_text="街道, not 乡镇 (QY 2)")
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    number = models.PositiveIntegerField(unique=True, editable=False)
    path = PathField(unique=True, editable=False)
    latitude = models.FloatField(null=True, blank=True, help_text="of the seat")
    longitude = models.FloatField(null=True, blank=True, help_text="of the seat")
    seat_source = models.CharField(max_length=60, blank=True)
    radius_m = models.PositiveIntegerField(null=True, blank=True, help_text="round the seat; empty: the setting's")

    class Meta:
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
        indexes = [models.Index(fields=["latitude", "longitude"], name="division_seat")]

    def __str__(self) -> str:
        return self.name


class Industry(models.Model):
    """An industry of the code list (GB/T 4754-2017): sections A-T and their two-digit divisions."""

    code = models.CharField(max_length=10, unique=True)
    name = models.CharField(max_length=100)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")

    class Meta:
        verbose_name_plural = "industries"

    def __str__(self) -> str:
        return self.name


class Organisation(Dated):
    """A body (单位) at one division. A zone committee (管委会) or street office (街道办) is a government too."""

    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=20, choices=OrganisationKind)
    department_kind = models.CharField(max_length=10, choices=DepartmentKind, blank=True, default="")
    division = models.ForeignKey(Division, models.PROTECT, related_name="organisations")
    industry = models.ForeignKey(Industry, models.PROTECT, null=True, blank=True, help_text="its own industry (QY 15)")

    class Meta:
        constraints = [
            *Dated.Meta.constraints,
            models.CheckConstraint(
                condition=Q(kind=OrganisationKind.DEPARTMENT) | Q(department_kind=""),
                name="organisation_kind_of_department",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Post(Dated):
    """A seat (职务) in an organisation, with a role of the policy; the code of `role` is checked against the packs."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="posts")
    title = models.CharField(max_length=100)
    role = models.CharField(max_length=60, blank=True)
    safety_portfolio = models.BooleanField(default=False, help_text="分管安全生产")

    class Meta:
        constraints = [*Dated.Meta.constraints]
        indexes = [models.Index(fields=["role"], name="post_role")]

    def __str__(self) -> str:
        return self.title


class Leader(models.Model):
    """A person who holds posts over time (领导干部). `division` is whose office entered them."""

    name = models.CharField(max_length=60)
    division = models.ForeignKey(Division, models.PROTECT, null=True, blank=True, related_name="+")

    def __str__(self) -> str:
        return self.name


class Tenure(Dated):
    """A leader in a post (任职), substantive or acting. Several of one leader, or of one post, may overlap."""

    leader = models.ForeignKey(Leader, models.PROTECT, related_name="tenures")
    post = models.ForeignKey(Post, models.PROTECT, related_name="tenures")
    acting = models.BooleanField(default=False, help_text="主持工作、代理")

    class Meta:
        constraints = [
            *Dated.Meta.constraints,
            models.UniqueConstraint(fields=["leader", "post", "starts_on"], name="tenure_begins_once"),
        ]


class Linkage(Dated):
    """A tenure's link (挂点联系) to a county, a town, an industry or a department.

    「1个行业及部门」 is a pair: the department's row names the industry's in `paired_with`.
    """

    tenure = models.ForeignKey(Tenure, models.PROTECT, related_name="linkages")
    kind = models.CharField(max_length=12, choices=LinkageKind)
    division = models.ForeignKey(Division, models.PROTECT, null=True, blank=True)
    industry = models.ForeignKey(Industry, models.PROTECT, null=True, blank=True)
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True)
    paired_with = models.OneToOneField("self", models.PROTECT, null=True, blank=True)

    class Meta:
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

    @property
    def target(self) -> Division | Industry | Organisation:
        target = self.division or self.industry or self.organisation
        assert target is not None, "the database holds exactly one"
        return target


class Site(Dated):
    """An enterprise or place (场所) that may be inspected. `uscc` is the 统一社会信用代码 (GB 32100-2015), checked."""

    name = models.CharField(max_length=200)
    uscc = models.CharField(max_length=18, blank=True)
    division = models.ForeignKey(Division, models.PROTECT, related_name="sites")
    industry = models.ForeignKey(Industry, models.PROTECT, null=True, blank=True)
    regulator = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True)
    address = models.CharField(max_length=300, blank=True)
    latitude = models.FloatField(null=True, blank=True)
    longitude = models.FloatField(null=True, blank=True)

    class Meta:
        constraints = [
            *Dated.Meta.constraints,
            models.CheckConstraint(
                condition=Q(latitude__isnull=True, longitude__isnull=True)
                | Q(latitude__range=(-90, 90), longitude__range=(-180, 180)),
                name="site_on_earth",
            ),
        ]
        indexes = [models.Index(fields=["latitude", "longitude"], name="site_place")]

    def __str__(self) -> str:
        return self.name


class ProblemTownMark(Dated):
    """A town named as one where work safety is a problem (安全生产问题突出镇), for a stated reason."""

    division = models.ForeignKey(Division, models.PROTECT, related_name="problem_marks")
    reason = models.CharField(max_length=500)

    class Meta:
        constraints = [*Dated.Meta.constraints]


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

    name = models.CharField(max_length=60, blank=True)
    leader = models.OneToOneField(Leader, models.PROTECT, null=True, blank=True, related_name="user")
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, help_text="as its unit user")
    office = models.CharField(max_length=15, choices=Office, blank=True, default="")
    division = models.ForeignKey(Division, models.PROTECT, null=True, blank=True)
    language = models.CharField(max_length=10, default="zh-hans")

    objects = Users()  # type: ignore[assignment,misc]

    class Meta:
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

    user = models.ForeignKey(User, models.CASCADE, related_name="activation_codes")
    digest = models.CharField(max_length=64, unique=True)
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, help_text="or taken back, when a newer one was made")


class Delegation(Dated):
    """An assistant may prepare, attach and upload for a leader, named as such (代为整理上传)."""

    assistant = models.ForeignKey(User, models.PROTECT, related_name="delegations")
    leader = models.ForeignKey(Leader, models.PROTECT, related_name="delegations")

    class Meta:
        constraints = [*Dated.Meta.constraints]
