"""How the directory tells of its changes: one event a change, with what is needed to replay it."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db.models import Model

from fieldwork.core import events
from fieldwork.core.events import Actor, Told
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

_NOUNS: dict[type[Model], str] = {ProblemTownMark: "problem_mark"}
# A kind of row that is not here has no place, and who works for a place would never see what happens to it.
LIES_AT: dict[type[Model], str] = {
    Organisation: "division", Site: "division", ProblemTownMark: "division", Post: "organisation", Tenure: "post",
    Linkage: "tenure", Delegation: "leader",
}  # fmt: skip
_SECRET = {"password", "last_login", "is_superuser", "is_staff", "date_joined", "session_nonce"}


def record(verb: str, row: Model, /, *, by: Actor, at: datetime, since: date, **data: Any) -> None:
    """Append `<noun>.<verb>`; `since` is the first day whose facts changed. Days become ISO text."""
    record_all([told(verb, row, since=since, path=path_of(row), **data)], by=by, at=at)


def record_all(happened: Sequence[Told], *, by: Actor, at: datetime) -> None:
    """`record` for many rows at once, in their order."""
    events.append_all(happened, by=by, at=at)


def told(verb: str, row: Model, /, *, since: date, path: str, **data: Any) -> Told:
    """What `record` appends of a row that lies at `path`."""
    noun = noun_of(type(row))
    texts = {key: as_text(value) for key, value in data.items()}
    return Told(f"{noun}.{verb}", (noun, row.pk), path, {"since": since.isoformat(), **texts})


def noun_of(model: type[Model]) -> str:
    """What events call rows of this kind."""
    return _NOUNS.get(model, str(model._meta.model_name))


def facts(row: Model) -> dict[str, Any]:
    """Every column of the row, as an event stores it, but no password."""
    names = [field.attname for field in row._meta.concrete_fields if field.attname not in _SECRET]
    return {name: as_text(getattr(row, name)) for name in names}


def as_text(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def path_of(row: Model) -> str:
    """The path of the division in whose scope the row lies; "" for what has none yet."""
    match row:
        case Division():
            return str(row.path)
        case User():
            return _user_path(row)
        case Leader():
            return _leader_path(row)
    return path_of(getattr(row, LIES_AT[type(row)]))


def _user_path(user: User) -> str:
    if user.division:
        return str(user.division.path)
    if user.organisation:
        return path_of(user.organisation)
    return _leader_path(user.leader) if user.leader else ""


def _leader_path(leader: Leader) -> str:
    """That of the post taken up last; before the first, that of the office which entered them."""
    tenures = leader.tenures.select_related("post__organisation__division")
    tenure = tenures.order_by("-starts_on", "-pk").first()
    if tenure:
        return path_of(tenure)
    return str(leader.division.path) if leader.division else ""
