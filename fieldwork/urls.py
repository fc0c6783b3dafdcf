"""Where a request goes: phones to the API, the office (安委办) to its pages."""

from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView

from fieldwork.supervision.admin.registry import site

urlpatterns: list[URLPattern | URLResolver] = [
    path("admin/", site.urls),
    path("admin", RedirectView.as_view(url="/admin/")),
    path("", include("api.urls")),
]
