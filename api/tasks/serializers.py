"""Tasks on the wire."""

from typing import Any

from rest_framework import serializers

from api.fields import Id, Instant
from api.tasks.rows import reason_of
from fieldwork.directory.places import radius_m, seat_of
from fieldwork.duties.enums import Activity, TargetKind, TaskStatus
from fieldwork.duties.models import Task


class SeatOut(serializers.Serializer[Any]):
    """WGS-84 degrees."""

    latitude = serializers.FloatField()
    longitude = serializers.FloatField()


class TargetOut(serializers.Serializer[Any]):
    """Where the work is to be done; `seat` and `radius_m` where the target has a place."""

    kind = serializers.ChoiceField(TargetKind.choices)
    id = Id()
    name = serializers.CharField()
    division = Id(allow_null=True)
    seat = SeatOut(allow_null=True)
    radius_m = serializers.IntegerField(allow_null=True)


class TaskOut(serializers.Serializer[Task]):
    """A piece of work under an obligation (任务)."""

    id = Id()
    obligation = Id(source="obligation_id")
    period = serializers.CharField(source="obligation.period")
    activity = serializers.ChoiceField(Activity.choices, source="obligation.activity")
    duty = serializers.CharField(source="obligation.duty")
    target = serializers.SerializerMethodField()
    status = serializers.ChoiceField(TaskStatus.choices)
    reason = serializers.SerializerMethodField()
    due_at = Instant()
    done_at = Instant(allow_null=True, help_text="when the first visit that served it was captured")
    last_check_in = serializers.SerializerMethodField()

    def get_target(self, task: Task) -> TargetOut(allow_null=True):  # type: ignore[valid-type]
        return TargetOut(target_of(task)).data if task.target_kind else None

    def get_reason(self, task: Task) -> str:
        """Why it is not asked for any more; empty if it is."""
        excuse = self.context["excuses"].get(task.obligation_id)
        return reason_of(task.reason, excuse)

    def get_last_check_in(self, task: Task) -> Instant(allow_null=True):  # type: ignore[valid-type]
        """When its leader was last there, in any month."""
        at = self.context["last_visits"][task.pk]
        return Instant().to_representation(at) if at else None


class TaskDetailOut(TaskOut):
    """The same, with what was found there and waits: so the next inspection looks back at it."""

    open_hazards = serializers.SerializerMethodField(help_text="how many; `GET hazards?task={id}&open=true` has them")

    def get_open_hazards(self, task: Task) -> int:
        number: int = self.context["open_hazards"]
        return number


def target_of(task: Task) -> dict[str, Any]:
    target = task.division or task.industry or task.organisation
    assert target is not None, "a task with a kind has its target"
    division = task.division or (task.organisation.division if task.organisation else None)
    seat = seat_of(task.division) if task.division else None
    return {
        "kind": task.target_kind,
        "id": target.pk,
        "name": target.name,
        "division": division.pk if division else None,
        "seat": seat,
        "radius_m": radius_m(task.division) if seat and task.division and task.target_kind == TargetKind.TOWN else None,
    }
