"""What people were told, through which channels and how each way went: to be looked at only."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any, ClassVar

from django.contrib.admin import SimpleListFilter
from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from fieldwork.directory.models import User
from fieldwork.directory.queries import users_visible_to
from fieldwork.reminders.enums import DeliveryState, NotificationKind
from fieldwork.reminders.models import Delivery, Device, Notification
from fieldwork.supervision.admin.base import ShownAdmin
from fieldwork.supervision.admin.filters import choosing
from fieldwork.supervision.admin.showing import NOTHING, Words, column, instant, lines, table

CHANNELS: dict[str, Words] = {
    "inbox": _("inbox of the app"),
    "console": _("console"),
    "fcm": _("push by FCM"),
    "wecom": _("WeCom"),
    "mail": _("mail"),
    "robots": _("group robot"),
}
HEADS = (
    _("channel"), _("address"), _("attempts"), _("how it went"), _("why not"), _("number at the provider"),
    _("to be sent from"), _("ended"),
)  # fmt: skip


def notifications_overseen_by(user: User, on: date) -> QuerySet[Notification]:
    """What has reached people in the scope of the user's office."""
    return Notification.objects.filter(user__in=users_visible_to(user, on), delivered_at__isnull=False)


class DeliveryFilter(SimpleListFilter):
    """By a delivery; channel and state, asked for together, are those of the same one."""

    choice_list: ClassVar[dict[str, Words]]

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Words]]:
        return list(self.choice_list.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() is None:
            return queryset
        if self.value() not in self.choice_list:
            raise IncorrectLookupParameters
        asked = {one.parameter_name: request.GET.get(one.parameter_name) for one in (ChannelFilter, StateFilter)}
        wanted = {name: value for name, value in asked.items() if value}
        return queryset.filter(Exists(Delivery.objects.filter(notification=OuterRef("pk"), **wanted)))


class ChannelFilter(DeliveryFilter):
    title = _("channel")
    parameter_name = "channel"
    choice_list = CHANNELS


class StateFilter(DeliveryFilter):
    title = _("how it went")
    parameter_name = "state"
    choice_list = dict(DeliveryState.choices)


class OpenedFilter(SimpleListFilter):
    title = _("opened")
    parameter_name = "opened"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Words]]:
        return [("no", _("not opened")), ("yes", _("opened"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        match self.value():
            case None:
                return queryset
            case "no" | "yes":
                return queryset.filter(read_at__isnull=self.value() == "no")
        raise IncorrectLookupParameters


def _ways(row: Notification) -> Any:
    """A line a delivery; two queries."""
    deliveries = list(row.deliveries.order_by("pk"))
    ids = [int(one.address) for one in deliveries if one.address.isascii() and one.address.isdecimal()]
    devices = {str(device.pk): device for device in Device.objects.filter(pk__in=ids, user=row.user_id)}
    return table(HEADS, (_way(one, devices.get(one.address)) for one in deliveries))


def _way(one: Delivery, device: Device | None) -> Iterator[object]:
    """Never more of an address than was kept as a proof of which it was."""
    yield CHANNELS.get(one.channel, one.channel)
    yield lines(_given(device.get_platform_display() if device else "", one.sent_to))
    yield one.attempts
    yield one.get_state_display()
    yield lines(_given(one.get_reason_display() if one.reason else "", one.error))
    yield one.provider_id or NOTHING
    yield instant(one.not_before)
    yield instant(one.ended_at)


def _given(*words: object) -> Iterable[object]:
    return (word for word in words if word)


class NotificationAdmin(ShownAdmin[Notification]):
    """Who was told what, how it went, and when it was read."""

    visible = notifications_overseen_by
    related = ("user", "division")
    list_display = (
        column(_("to whom"), lambda row: row.user, order="user__name"),
        column(_("kind of notification"), lambda row: row.get_kind_display(), order="kind"),
        column(_("title"), lambda row: row.title),
        column(_("delivered at"), lambda row: instant(row.delivered_at), order="delivered_at"),
        column(_("read at"), lambda row: instant(row.read_at), order="read_at"),
    )
    list_display_links = (list_display[2],)
    list_filter = (
        choosing(_("kind of notification"), "kind", NotificationKind.choices),
        ChannelFilter,
        StateFilter,
        OpenedFilter,
    )
    search_fields = ("user__name", "user__username", "title")
    ordering = ("-at", "-pk")
    fields = (
        *list_display,
        column(_("text"), lambda row: lines(row.body.splitlines())),
        column(_("channels"), _ways),
    )

    def label(self, row: Notification) -> str:
        return row.title
