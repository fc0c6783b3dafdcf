"""The steps on a body's and a division's page that call it otherwise, or merge it into another."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime
from typing import Any

from django import forms
from django.contrib.admin.widgets import AdminDateWidget
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from fieldwork.core.errors import Code, DomainError, FieldError
from fieldwork.directory.division_mergers import bodies_beyond
from fieldwork.directory.mergers import Merger
from fieldwork.directory.models import Division, Organisation, User
from fieldwork.directory.queries import divisions_visible_to, organisations_visible_to
from fieldwork.directory.renaming import rename
from fieldwork.directory.rules import can_manage_division, can_merge_divisions
from fieldwork.supervision.admin.sought import Sought
from fieldwork.supervision.admin.steps import Step
from fieldwork.supervision.merging import Followed, merge_body, merge_division


class RenameForm(forms.Form):
    name = forms.CharField(label=_("new name"), max_length=200)
    on = forms.DateField(label=_("first day of the name"), widget=AdminDateWidget)
    reason = forms.CharField(label=_("reason or document"), max_length=500)

    def __init__(self, data: Any, row: Any) -> None:
        super().__init__(data, initial={"name": row.name, "on": row.seat.on})


class MergerForm(forms.Form):
    on = forms.DateField(label=_("first day without it"), widget=AdminDateWidget)
    reason = forms.CharField(label=_("reason or document"), max_length=500)

    def __init__(self, data: Any, row: Any) -> None:
        super().__init__(data, initial={"on": row.seat.on})
        self.order_fields(["into", "on", "reason", "dissolved"])
        self.fields["into"].offer(row.seat)  # type: ignore[attr-defined]  # each of the two below has it


class BodyMergerForm(MergerForm):
    into = Sought(
        Organisation, "merged_into", organisations_visible_to, label=_("into"), required=False,
        help_text=_("A body of the same kind. Empty: it is dissolved."),
    )  # fmt: skip


class DivisionMergerForm(MergerForm):
    """A field for each of its bodies: into which it goes."""

    into = Sought(
        Division, "merged_into", divisions_visible_to, label=_("into"), help_text=_("A division of the same level.")
    )  # fmt: skip
    dissolved = forms.ModelMultipleChoiceField(
        Organisation.objects.none(),
        label=_("bodies that are dissolved"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, data: Any, row: Any) -> None:
        super().__init__(data, row)
        self.bodies = bodies_beyond(row, Merger(self._day(row), ""))
        dissolved: Any = self.fields["dissolved"]
        dissolved.queryset = Organisation.objects.filter(pk__in=[body.pk for body in self.bodies]).order_by("pk")
        for body in self.bodies:
            field = Sought(
                Organisation, "merged_into", organisations_visible_to, label=body.name, required=False,
                help_text=_("Empty: the one that is called alike there, or the one of its kind."),
            )  # fmt: skip
            field.offer(row.seat)
            self.fields[f"body_{body.pk}"] = field

    def _day(self, row: Any) -> date:
        """As sent, for a merger may be dated back; else today."""
        day: date = row.seat.on
        with suppress(forms.ValidationError):  # it is told on its field
            day = self.fields["on"].clean(self.data.get("on")) or day
        return day

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        chosen = {body: given.pop(f"body_{body.pk}", None) for body in self.bodies}
        fates: dict[Organisation, Organisation | None] = {body: into for body, into in chosen.items() if into}
        return given | {"fates": fates | dict.fromkeys(given.pop("dissolved", ()))}


def _rename(row: Any, given: dict[str, Any], by: User, at: datetime) -> None:
    rename(row, **given, by=by, at=at)


def _merge_body(row: Any, given: dict[str, Any], by: User, at: datetime, *, dry_run: bool = False) -> Followed:
    into, this = given["into"], Merger(given["on"], given["reason"])
    if into is not None and not can_manage_division(by, into.division):
        raise DomainError(Code.NOT_ALLOWED)
    return merge_body(row, into, this, dry_run=dry_run, by=by, at=at)


def _merge_division(row: Any, given: dict[str, Any], by: User, at: datetime, *, dry_run: bool = False) -> Followed:
    into, this, fates = given["into"], Merger(given["on"], given["reason"]), given["fates"]
    managed = all(can_manage_division(by, each.division) for each in fates.values() if each is not None)
    if not managed or not can_merge_divisions(by, row, into):
        raise DomainError(Code.NOT_ALLOWED)
    try:
        return merge_division(row, into, fates, this, dry_run=dry_run, by=by, at=at)
    except DomainError as error:
        # What of its bodies is open stands above the form: each has a field of its own there.
        faults = (FieldError("" if one.field == "bodies" else one.field, one.code, one.detail) for one in error.errors)
        raise DomainError(error.code, error.detail, tuple(faults)) from None


def _told(done: Followed) -> Iterator[str]:
    """What it would do, a line each."""
    merged = done.merged
    for body, into in merged.bodies.items():
        yield str(_("%(body)s goes into %(into)s.") if into else _("%(body)s is dissolved.")) % {
            "body": body, "into": into,
        }  # fmt: skip
    for tenure in merged.tenures:
        yield str(_("%(leader)s is %(post)s no longer.")) % {"leader": tenure.leader, "post": tenure.post}
    on, gone = [one for one in merged.linkages if one.target], [one for one in merged.linkages if not one.target]
    yield str(_("Links that go on: %(names)s")) % {"names": _names(on)}
    yield str(_("Links that end: %(names)s")) % {"names": _names(gone)}
    accounts = "、".join(user.username for user in merged.accounts) or "—"
    yield str(_("Accounts that go along: %(names)s")) % {"names": accounts}
    yield ngettext("%(count)d site goes along.", "%(count)d sites go along.", merged.sites) % {"count": merged.sites}
    yield ngettext("%(count)d open hazard goes along.", "%(count)d open hazards go along.", done.hazards) % {
        "count": done.hazards
    }
    for words, count in (
        (_("Open hazards that are in nobody's hands then: %(count)d"), done.hazards_of_nobody),
        (_("Marks of a problem town that go along: %(count)d"), len(merged.marks)),
        (_("Rules that were tracked for it alone and end: %(count)d"), done.untracked),
    ):
        if count:
            yield str(words) % {"count": count}


def _names(links: list[Any]) -> str:
    return "、".join(dict.fromkeys(str(one.leader) for one in links)) or "—"


def _preview(act: Any) -> Any:
    return lambda row, given, by, at: list(_told(act(row, given, by, at, dry_run=True)))


RENAME = Step(
    name="rename", words=_("Rename"), told=_("It has been renamed."),
    asks=_("Posts, tenures, links and what it owes go on; what it was called before is kept."),
    allowed=lambda user, row: row.ends_on is None and can_manage_division(user, row.division), act=_rename,
    form=RenameForm,
)  # fmt: skip
MERGE_BODY = Step(
    name="merge", words=_("Merge into another"), told=_("It has been merged."),
    asks=_("It ends on the day before, with its posts and tenures; links, sites and accounts go on at the other."),
    allowed=lambda user, row: row.ends_on is None and can_manage_division(user, row.division),
    act=_merge_body, form=BodyMergerForm, preview=_preview(_merge_body),
)  # fmt: skip
MERGE_DIVISION = Step(
    name="merge", words=_("Merge into another"), told=_("It has been merged."),
    asks=_("It ends on the day before, with its bodies; its past stays told of it. The rest goes on at the other."),
    allowed=lambda user, row: row.ends_on is None and can_merge_divisions(user, row, row),
    act=_merge_division, form=DivisionMergerForm, preview=_preview(_merge_division),
)  # fmt: skip
