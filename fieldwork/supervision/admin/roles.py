"""The roles that policies know, as choices and in words."""

from typing import Any, ClassVar

from django.contrib.admin import SimpleListFilter
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from fieldwork.directory.models import Post, Tenure
from fieldwork.duties.models import Role


def known_roles() -> list[tuple[str, str]]:
    """Code and name of each, in the version loaded last; a few dozen."""
    names = dict(Role.objects.order_by("version", "pk").values_list("code", "name"))
    return list(names.items())


def name_of_role(code: str) -> Subquery:
    """The name of the role whose code stands in column `code`."""
    return Subquery(Role.objects.filter(code=OuterRef(code)).order_by("-version", "-pk").values("name")[:1])


class RoleFilter(SimpleListFilter):
    title = _("role in the policy")
    parameter_name = "role"
    paths: ClassVar[dict[type[Any], str]] = {Post: "role", Tenure: "post__role"}

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return known_roles()

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(**{self.paths[queryset.model]: self.value()}) if self.value() else queryset
