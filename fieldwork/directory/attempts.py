"""How many wrong passwords an account may bring before a pause, and how many wrong codes an address.

axes pauses one address that fails for one account. Whoever has many addresses would still have many tries, so wrong
passwords are also counted by account: after ACCOUNT_ATTEMPTS within an hour it takes no more of them until that hour
is over. Alone, that would let any stranger keep a leader out. Therefore it holds for strangers only: a device on which
the account has signed in, by the id that the device made for itself, and an address from which it did so within the
last weeks, have a count of their own. A stranger cannot touch that one, unless behind the same address, where axes
pauses them first: 8 tries a quarter of an hour are fewer than the 50 an hour that use it up. A leader with a new phone
in a new place during an attack waits for the hour to end, is unlocked by a supervisor, or gets an activation code,
which no count of passwords stops.

Wrong activation codes are counted by address, and after ACTIVATION_ATTEMPTS within an hour answered with a pause: that
tells whoever types to ask for help, and whoever guesses to stop. It holds for wrong codes only. A whole town may share
one address, and nobody there shall keep another's right code out; what nobody guesses needs no lock: of 59 bits.

Names of no account are counted alike: what is answered tells nothing of who exists. Counts live in the shared cache;
two failures at once follow one another, so that none is lost. Addresses and names are kept as digests.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.core.cache import cache

from fieldwork.core import counts
from fieldwork.directory.models import User

REMEMBERED = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class SignIn:
    """Who says to be whom, and from where; `device` is the id that a phone made, "" for a browser."""

    username: str
    device: str
    address: str | None

    @property
    def count(self) -> str:
        """The name of the count that a failure adds to."""
        return _name("known" if self._is_known() else "anywhere", self.username)

    @property
    def place(self) -> str:
        return _name("address", self.username, self.address or "")

    def _is_known(self) -> bool:
        if self.address and cache.get(self.place):
            return True
        return User.objects.filter(username=self.username, devices__key=self.device).exists()


def pause(sign_in: SignIn, *, at: datetime) -> int:
    """Seconds for which the account takes no more tries from there; mostly 0."""
    return counts.pause(sign_in.count, settings.ACCOUNT_ATTEMPTS, at)


def failed(sign_in: SignIn, *, at: datetime) -> None:
    counts.add(sign_in.count, at)


def succeeded(user: User, address: str | None) -> None:
    """Remember the address as one of this account's."""
    if address:
        cache.set(_name("address", user.username, address), True, REMEMBERED.total_seconds())


def forgive(username: str) -> bool:
    """Forget what was counted for the account; whether there was anything."""
    names = [_name("known", username), _name("anywhere", username)]
    counted = bool(cache.get_many(names))
    cache.delete_many(names)
    return counted


def pause_of_codes(address: str | None, *, at: datetime) -> int:
    """Seconds for which an address with too many wrong activation codes is told to pause; mostly 0."""
    return counts.pause(_name("codes", address or ""), settings.ACTIVATION_ATTEMPTS, at)


def code_failed(address: str | None, *, at: datetime) -> None:
    counts.add(_name("codes", address or ""), at)


def _name(*parts: str) -> str:
    return "attempts:" + hashlib.sha256("\0".join(parts).encode()).hexdigest()
