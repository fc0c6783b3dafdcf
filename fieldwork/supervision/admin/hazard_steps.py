"""The steps with a hazard that an office takes on its page: each asks, then takes the domain's step."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from fieldwork.core.errors import Code, DomainError
from fieldwork.directory.models import User
from fieldwork.hazards.enums import Action
from fieldwork.hazards.rules import allowed_actions, why_not
from fieldwork.hazards.steps import take_step
from fieldwork.supervision.admin.clock import MANAGERS
from fieldwork.supervision.admin.hazard_forms import FORMS
from fieldwork.supervision.admin.showing import Words
from fieldwork.supervision.admin.steps import Step

_IDS = ("check_in", "duplicate_of")  # which the domain takes as ids

WORDS: dict[Action, tuple[Words, Words]] = {
    Action.GRADE: (_("Grade it"), _("Confirm what was declared, or change it for a reason.")),
    Action.ASSIGN: (_("Assign it"), _("Who rectifies it, how, and until when.")),
    Action.PLAN: (
        _("Settle points of the plan"),
        _("Of a listed hazard all five are to stand; the fifth is the deadline."),
    ),
    Action.LIST: (
        _("List it for supervision"),
        _("A major hazard is listed in a batch of a year, until it is closed."),
    ),
    Action.ACCEPT: (_("Accept and close it"), _("It was looked at on site and is rectified. A listing ends with it.")),
    Action.RETURN: (_("Send it back"), _("It is not rectified yet. The deadline stands.")),
    Action.DECIDE_EXTENSION: (
        _("Decide on the extension"),
        _("Granted, the later deadline stands; refused, the old one."),
    ),
    Action.REOPEN: (_("Open it again"), _("It was found again. It is to be assigned anew, with a new deadline.")),
    Action.LOOK_BACK: (
        _("Record a look back"),
        _("It was looked at again. Of a closed one this says: still in order."),
    ),
    Action.DISMISS: (_("Dismiss it"), _("It is no hazard, or it was reported already. This is not taken back.")),
}


@dataclass(frozen=True, slots=True)
class Taking:
    """One action as a step of these pages."""

    action: Action

    def allowed(self, user: User, row: Any) -> bool:
        return user.office in MANAGERS and self.action in allowed_actions(row, row.desk.standpoint.parties(row))

    def may_try(self, user: User, row: Any) -> bool:
        """Only the state is in the way."""
        refusal = why_not(self.action, row, row.desk.standpoint.parties(row))
        return user.office in MANAGERS and (refusal is None or refusal.code != Code.NOT_ALLOWED)

    def act(self, row: Any, given: dict[str, Any], by: User, at: datetime) -> None:
        said = {name: value for name, value in given.items() if name not in ("key", "seen")}
        said |= {name: said[name] and said[name].pk for name in _IDS if name in said}
        try:
            take_step(row.pk, action=self.action, key=given["key"], seen=given["seen"], given=said, by=by, at=at)
        except DomainError as error:
            if error.code != Code.WRONG_STATE:
                raise
            raise DomainError(error.code, error.detail) from None  # its field is the state, and no form has that


def _step(action: Action) -> Step:
    taking = Taking(action)
    words, asks = WORDS[action]
    return Step(
        name=action.value, words=words, asks=asks, told=_("The step has been recorded."), allowed=taking.allowed,
        may_try=taking.may_try, act=taking.act, form=FORMS[action],
    )  # fmt: skip


STEPS = tuple(map(_step, FORMS))
