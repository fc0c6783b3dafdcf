"""Every address of the API."""

from django.urls import URLPattern, URLResolver, include, path

from api import docs, health
from api.addresses import address, resource
from api.auth import views as auth
from api.check_ins.views import CheckIns
from api.devices.views import Devices
from api.divisions.views import Divisions
from api.industries.views import Industries
from api.leaders.views import Leaders
from api.linkages.views import Linkages
from api.me.views import Me
from api.notifications.views import Notifications
from api.obligations.views import Obligations
from api.organisations.views import Organisations
from api.periods.views import Reconcile
from api.photos.views import Photos
from api.policies.views import Policies
from api.posts.views import Posts
from api.sites.views import Sites
from api.tasks.views import Tasks
from api.tenures.views import Tenures

version_1: list[URLPattern | URLResolver] = [
    address("schema", docs.schema),
    address("docs", docs.docs),
    address("problems/<slug:code>", docs.problem),
    address("auth/login", auth.Login.as_view()),
    address("auth/logout", auth.Logout.as_view()),
    address("auth/logout-all", auth.LogoutAll.as_view()),
    address("auth/password", auth.Password.as_view()),
    address("me", Me.as_view()),
    *resource("devices", Devices, key="device:key"),
    *resource("divisions", Divisions),
    *resource("industries", Industries),
    *resource("organisations", Organisations),
    *resource("posts", Posts),
    *resource("leaders", Leaders),
    *resource("tenures", Tenures),
    *resource("linkages", Linkages),
    *resource("sites", Sites),
    *resource("policies", Policies),
    *resource("obligations", Obligations),
    *resource("tasks", Tasks),
    *resource("check-ins", CheckIns, key="any_uuid:pk"),
    address("check-ins/<any_uuid:pk>/photos/<sha256:sha256>", Photos.as_view()),
    *resource("notifications", Notifications),
    address("notifications/<id:pk>/read", Notifications.as_view({"post": "read"})),
    address("periods/<str:period>/reconcile", Reconcile.as_view()),
]
urlpatterns: list[URLPattern | URLResolver] = [
    address("", docs.root),
    address("healthz", health.healthz),
    address("readyz", health.readyz),
    path("api/v1/", include(version_1)),
]
