"""Who signs in, and who prepares for whom."""

from collections.abc import Iterator
from typing import Any

from django.contrib.auth.models import AbstractUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from fieldwork.directory.enums import Office
from fieldwork.directory.models.bodies import Leader, Organisation
from fieldwork.directory.models.dated import Dated
from fieldwork.directory.models.places import Division


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
    session_nonce = models.PositiveIntegerField(default=0, editable=False, help_text="another one ends all sessions")

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

    def get_session_auth_hash(self) -> str:
        return f"{super().get_session_auth_hash()}:{self.session_nonce}"

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        """As sessions have it that began under a key replaced since."""
        for of_key in super().get_session_auth_fallback_hash():
            yield f"{of_key}:{self.session_nonce}"

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
