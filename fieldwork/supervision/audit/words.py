"""The feed of events in words: what each kind says, and where the row is that it happened to."""

from typing import TYPE_CHECKING, Any

from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from fieldwork.core.models import Event
from fieldwork.directory.models import (
    Delegation,
    Division,
    Leader,
    Linkage,
    Organisation,
    Post,
    ProblemTownMark,
    Site,
    Tenure,
    User,
)
from fieldwork.duties.models import Policy
from fieldwork.filings.models import Filing
from fieldwork.hazards.models import Hazard
from fieldwork.inspections.models import CheckIn
from fieldwork.reminders.models import Workday

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

    Words = _StrOrPromise
else:
    Words = Any  # what gettext and gettext_lazy answer

ROWS: dict[str, type[Model]] = {
    "check_in": CheckIn,
    "delegation": Delegation,
    "division": Division,
    "filing": Filing,
    "hazard": Hazard,
    "leader": Leader,
    "linkage": Linkage,
    "organisation": Organisation,
    "policy": Policy,
    "post": Post,
    "problem_mark": ProblemTownMark,
    "site": Site,
    "tenure": Tenure,
    "user": User,
    "workday": Workday,
}
NOUNS: dict[str, Words] = {
    "activation_codes": _("activation codes"),
    "audit": _("audit"),
    "backup": _("backup"),
    "check_in": _("check-in"),
    "delegation": _("delegation"),
    "demo": _("demo"),
    "device": _("device"),
    "division": _("division"),
    "division_list": _("list of divisions"),
    "divisions": _("list of divisions"),
    "boundaries": _("boundaries"),
    "boundary_list": _("boundaries"),
    "channel": _("channel of notifications"),
    "filing": _("filing"),
    "hazard": _("hazard"),
    "import": _("import of a workbook"),
    "industries": _("list of industries"),
    "industry_list": _("list of industries"),
    "installation": _("installation"),
    "leader": _("leader"),
    "ledger": _("work ledger"),
    "linkage": _("linkage"),
    "linkages": _("linkages"),
    "moment": _("time of telling"),
    "notification": _("notification"),
    "notifications": _("notifications"),
    "obligation": _("obligation"),
    "organisation": _("organisation"),
    "password": _("password"),
    "period": _("period"),
    "photo": _("photo"),
    "photos": _("photos"),
    "policy": _("policy"),
    "post": _("post"),
    "preference": _("choice of reminders"),
    "problem_mark": _("mark of a problem town"),
    "push": _("push"),
    "retention": _("retention rule"),
    "review": _("review"),
    "rule": _("rule"),
    "session": _("sign-in"),
    "signing_key": _("signing key"),
    "site": _("site"),
    "tenure": _("tenure"),
    "user": _("account"),
    "workday": _("working day or holiday"),
    "workdays": _("working days and holidays"),
    "workbook": _("workbook"),
    "zone": _("functional zone"),
}
VERBS: dict[str, Words] = {
    "accepted": _("accepted after rectification"),
    "activated": _("activated"),
    "applied": _("applied"),
    "addendum_added": _("added to"),
    "assigned": _("assigned for rectification"),
    "attachments_received": _("attachments received"),
    "begun": _("begun"),
    "changed": _("changed"),
    "checked": _("photos checked"),
    "created": _("created"),
    "deactivated": _("deactivated"),
    "delivered": _("delivered"),
    "dismissed": _("dismissed"),
    "done": _("done"),
    "ended": _("ended"),
    "exported": _("exported"),
    "excused": _("excused"),
    "excuse_taken_back": _("excuse taken back"),
    "examined": _("examined"),
    "extension_decided": _("extension decided"),
    "extension_requested": _("extension requested"),
    "flagged": _("doubted"),
    "flags_changed": _("doubted anew"),
    "followed": _("carried over"),
    "frozen": _("published"),
    "amended": _("amended after publication"),
    "forgotten": _("forgotten"),
    "founded": _("founded"),
    "graded": _("graded"),
    "handed_over": _("handed over"),
    "issued": _("issued"),
    "kept": _("kept"),
    "listed": _("listed for supervision"),
    "loaded": _("loaded"),
    "looked_back": _("looked back at"),
    "merged": _("merged or dissolved"),
    "passed_on": _("passed on"),
    "photo_lost": _("photo lost"),
    "photos_received": _("photos received"),
    "photos_seen": _("photos seen"),
    "planned": _("planned"),
    "proof_exported": _("proof exported"),
    "read": _("read"),
    "receipt_issued": _("receipt issued"),
    "reconciled": _("reconciled"),
    "recorded": _("recorded"),
    "registered": _("registered"),
    "removed": _("removed"),
    "renamed": _("renamed"),
    "reopened": _("reopened"),
    "reported": _("reported"),
    "restored": _("restored"),
    "resumed": _("resumed"),
    "returned": _("returned"),
    "reviewed": _("reviewed"),
    "sent_back": _("sent back"),
    "set": _("set"),
    "stopped": _("stopped"),
    "submitted": _("submitted for acceptance"),
    "tracked": _("switched on"),
    "tried": _("tried out"),
    "unlocked": _("unlocked"),
    "untracked": _("switched off"),
    "withdrawn": _("withdrawn"),
}
APART: dict[str, Words] = {"hazard.planned": _("points of the plan settled")}  # whose verb means something else here


def words_of(kind: str) -> str:
    """`tenure.begun` as a person reads it; what no table knows stays as it is."""
    noun, _dot, verb = kind.partition(".")
    return f"{NOUNS.get(noun, noun)} · {APART.get(kind) or VERBS.get(verb, verb)}"


def happened(event: Event) -> str:
    """The event's kind in words. A last day that was taken back is told as an end without a day."""
    if event.kind.endswith(".ended") and event.data.get("ends_on", "") is None:
        return f"{words_of(event.kind).partition(' · ')[0]} · {_('end taken back')}"
    return words_of(event.kind)


def noun_of(row: Model) -> str:
    """What events call rows of this kind."""
    names = {model: noun for noun, model in ROWS.items()}
    return names.get(type(row), str(row._meta.model_name))
