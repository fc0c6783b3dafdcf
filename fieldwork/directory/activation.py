"""Activation codes (激活码): how somebody sets the first password, or a new one when it is forgotten.

A code is twelve characters without look-alikes in three groups, `K7QM-4XHT-9RWD`: 59 bits that nobody guesses. It is
handed over on paper and kept only as a digest, keyed with the installation's secret.
"""

import secrets
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import count

from django.conf import settings
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from fieldwork.core import events
from fieldwork.core.errors import Code, DomainError
from fieldwork.directory.accounts import check_password, end_sessions, tell
from fieldwork.directory.models import ActivationCode, Division, Leader, Tenure, User
from fieldwork.directory.paths import within

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
LENGTH, GROUP = 12, 4


@dataclass(frozen=True, slots=True)
class Issued:
    """A code in clear, this once; `tenure` is the leader's post taken up last, for the printed slip."""

    user: User
    code: str
    expires_at: datetime
    tenure: Tenure | None


@transaction.atomic
def issue_codes(*, users: Sequence[User] = (), leaders: Sequence[Leader] = (), by: User, at: datetime) -> list[Issued]:
    """A fresh code for each account, which takes back the one before; a leader without an account gets one.

    The user name of such a leader is `ld` and the leader's number in five digits or more, `ld00042`: a clerk can
    print it and a leader type it on any keyboard, and no two names of people meet. The accounts' passwords stay valid
    until a code is used. `wrong_state` when one is deactivated. Tells one `activation_codes.issued`.
    """
    accounts, created = _accounts_of(users, leaders, at)
    if not accounts:
        return []
    ActivationCode.objects.filter(user__in=accounts, used_at__isnull=True).update(used_at=at)
    expires_at = at + timedelta(days=settings.ACTIVATION_DAYS)
    codes = {account.pk: _fresh_code() for account in accounts}
    rows = ActivationCode.objects.bulk_create(
        ActivationCode(user=account, digest=digest_of(codes[account.pk]), made_by=by, made_at=at, expires_at=expires_at)
        for account in accounts
    )
    events.append(
        "activation_codes.issued", by=by, at=at, about=("activation_codes", rows[0].pk),
        division_path=by.division.path if by.division else "", users=[account.pk for account in accounts],
        created=[{"id": one.pk, "username": one.username, "leader_id": one.leader_id} for one in created],
        expires_at=expires_at.isoformat(),
    )  # fmt: skip
    tenures = _last_tenures(account.leader_id for account in accounts if account.leader_id)
    return [
        Issued(account, codes[account.pk], expires_at, tenures.get(account.leader_id or 0))
        for account in User.objects.filter(pk__in=codes).select_related("organisation").order_by("pk")
    ]


@transaction.atomic
def activate(*, code: str, password: str, at: datetime) -> User:
    """Set the password of the account that the code was made for; all its devices are signed out.

    `invalid_credentials` for a code that is none, used, taken back or expired, and where the account is deactivated;
    `invalid` on `password`, which leaves the code as it was. Tells `user.activated`.
    """
    digest = digest_of(code)
    of_code = ActivationCode.objects.filter(digest=digest).values("user")
    # The account first, as whoever makes codes does; of two that come at once the second then finds the code used.
    user = User.objects.select_for_update(no_key=True).filter(pk__in=of_code, is_active=True).first()
    codes = ActivationCode.objects.filter(user=user, used_at__isnull=True)
    if user is None or not codes.filter(digest=digest, expires_at__gt=at).exists():
        raise DomainError(Code.INVALID_CREDENTIALS, _("This code is wrong, used or expired."))
    check_password("password", password, user)
    user.set_password(password)
    user.save(update_fields=["password"])
    codes.update(used_at=at)
    end_sessions(user)
    tell("user.activated", user, by=user, at=at)
    return user


def digest_of(code: str) -> str:
    """However it was typed: small letters, full width, other dashes or none."""
    typed = unicodedata.normalize("NFKC", code).upper()
    plain = "".join(character for character in typed if character.isalnum())
    return salted_hmac("fieldwork.directory.activation", plain, algorithm="sha256").hexdigest()


def never_activated(prefix: str = "") -> Q:
    """Users who have never set a password; `prefix` spans a relation: "user__"."""
    return Q(**{prefix + "password": ""}) | Q(**{prefix + "password__startswith": UNUSABLE_PASSWORD_PREFIX})


def leaders_to_activate(division: Division, on: date) -> QuerySet[Leader]:
    """Leaders with a post in the division or below, now or later, who have no account or have never activated it."""
    there = Tenure.objects.filter(
        within(division.path, "post__organisation__division__path"), Q(ends_on__isnull=True) | Q(ends_on__gte=on)
    )
    waiting = Q(user__isnull=True) | Q(never_activated("user__"), user__is_active=True)
    return Leader.objects.filter(waiting, pk__in=there.values("leader"))


def _ids(rows: Sequence[User] | Sequence[Leader]) -> list[int]:
    return [row.pk for row in rows]


def _fresh_code() -> str:
    drawn = "".join(secrets.choice(ALPHABET) for _each in range(LENGTH))
    return "-".join(drawn[start : start + GROUP] for start in range(0, LENGTH, GROUP))


def _accounts_of(users: Sequence[User], leaders: Sequence[Leader], at: datetime) -> tuple[list[User], list[User]]:
    """The accounts that are to get a code, held, and those among them that were made for it just now."""
    # Leaders before accounts, each in order, as whoever changes an account does.
    held = list(Leader.objects.select_for_update(no_key=True).filter(pk__in=_ids(leaders)).order_by("pk"))
    created = _make_accounts(held, at)
    wanted = User.objects.filter(Q(pk__in=_ids(users)) | Q(leader__in=held))
    accounts = list(wanted.select_for_update(no_key=True).order_by("pk"))
    if not all(account.is_active for account in accounts):
        raise DomainError(Code.WRONG_STATE, _("A deactivated account gets no activation code."))
    return accounts, created


def _make_accounts(leaders: Sequence[Leader], at: datetime) -> list[User]:
    """Accounts for those who have none; the leaders are held."""
    served = set(User.objects.filter(leader__in=leaders).values_list("leader", flat=True))
    names = {leader: f"ld{leader.pk:05d}" for leader in leaders if leader.pk not in served}
    taken = set(User.objects.filter(username__in=names.values()).values_list("username", flat=True))
    made = [
        User(username=_free(name) if name in taken else name, name=leader.name, leader=leader, date_joined=at)
        for leader, name in names.items()
    ]
    for user in made:
        user.set_unusable_password()
    return User.objects.bulk_create(made)


def _free(name: str) -> str:
    """`ld00042-2` and so on, where an account that was taken from its leader has the name."""
    numbered = (f"{name}-{number}" for number in count(2))
    return next(each for each in numbered if not User.objects.filter(username=each).exists())


def _last_tenures(leaders: Iterable[int]) -> dict[int, Tenure]:
    tenures = Tenure.objects.filter(leader__in=set(leaders)).select_related("post__organisation")
    return {tenure.leader_id: tenure for tenure in tenures.order_by("starts_on", "pk")}
