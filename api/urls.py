"""Every address of the API."""

from django.urls import URLPattern, URLResolver, include, path

from api import docs, health, well_known
from api.addenda.views import Addenda
from api.addresses import address, resource
from api.attachments.views import Attachments
from api.audit.looks import Looks
from api.audit.views import Audit, AuditTable
from api.auth import views as auth
from api.check_ins.proof import CheckInProof
from api.check_ins.views import CheckIns
from api.delegations.views import Delegations
from api.devices.views import Devices
from api.divisions.views import Divisions
from api.filings.views import Filings
from api.hazards.categories import HazardCategories
from api.hazards.photos import HazardPhotos, LostHazardPhotos
from api.hazards.steps import step_view
from api.hazards.summary import HazardSummary
from api.hazards.views import Hazards
from api.industries.views import Industries
from api.leaders.export import LeaderExport, MyExport
from api.leaders.record import Record
from api.leaders.views import Leaders
from api.linkages.bulk import BulkLinkages
from api.linkages.views import Linkages
from api.me.views import Me
from api.mergers.views import BodyMergers, DivisionMergers
from api.notifications.views import Notifications
from api.obligations.excuses import Excuses
from api.obligations.views import Obligations
from api.organisations.renaming import Renamings
from api.organisations.views import Organisations
from api.parsers import JSONParser
from api.periods.amendments import Amendments
from api.periods.bulletin import BulletinData, BulletinDocument
from api.periods.figures import Freezes, PeriodFigures
from api.periods.summary import PeriodSummary
from api.periods.views import Reconcile
from api.periods.work_ledger import LedgerBook, LedgerTable
from api.photos.lost import LostPhotos
from api.photos.views import Photos
from api.policies.views import Policies
from api.posts.views import Posts
from api.preferences.views import MyReminders
from api.problem_towns.views import ProblemTowns
from api.quotas.views import Quotas
from api.reminders.views import Told, ToldSummary
from api.reviews.cases import Case, CasePhoto, Cases
from api.sites.views import Sites
from api.standing_duties.views import StandingDuties
from api.structural_checks.views import StructuralChecks
from api.sync.views import Sync
from api.tasks.views import Tasks
from api.tenures.hand_over import HandOvers
from api.tenures.views import Tenures
from api.users.codes import ActivationCodes
from api.users.sessions import UserDevices, UserSessions
from api.users.views import Users
from api.workbook.views import Imports, Template, WorkbookCsv, WorkbookXlsx
from fieldwork.hazards.enums import Action

version_1: list[URLPattern | URLResolver] = [
    # What phones ask all the time comes first.
    *resource("tasks", Tasks),
    *resource("check-ins", CheckIns, key="any_uuid:pk"),
    address("schema", docs.schema),
    address("docs", docs.docs),
    address("problems/<slug:code>", docs.problem),
    address("auth/login", auth.Login.as_view()),
    address("auth/activate", auth.Activate.as_view()),
    address("auth/logout", auth.Logout.as_view()),
    address("auth/logout-all", auth.LogoutAll.as_view()),
    address("auth/password", auth.Password.as_view()),
    address("me", Me.as_view()),
    address("me/reminders", MyReminders.as_view()),
    *resource("devices", Devices, key="device:key"),
    *resource("divisions", Divisions),
    *resource("industries", Industries),
    *resource("organisations", Organisations),
    *resource("posts", Posts),
    *resource("leaders", Leaders),
    address("leaders/<id:pk>/record", Record.as_view({"get": "list"})),
    *resource("tenures", Tenures),
    *resource("linkages", Linkages),
    *resource("users", Users),
    address("users/activation-codes", ActivationCodes.as_view()),
    address("users/<id:pk>/devices", UserDevices.as_view({"get": "list"})),
    address("users/<id:pk>/devices/<device:key>", UserDevices.as_view({"delete": "destroy"})),
    address("users/<id:pk>/sign-out", UserSessions.as_view({"post": "sign_out"})),
    address("users/<id:pk>/unlock", UserSessions.as_view({"post": "unlock"})),
    *resource("delegations", Delegations),
    *resource("sites", Sites),
    *resource("problem-towns", ProblemTowns),
    *resource("policies", Policies),
    *resource("standing-duties", StandingDuties),
    *resource("quotas", Quotas),
    *resource("structural-checks", StructuralChecks),
    *resource("obligations", Obligations),
    address("check-ins/<any_uuid:pk>/review", CheckIns.as_view({"post": "review"}, parser_classes=[JSONParser])),
    address("check-ins/<any_uuid:pk>/addenda", Addenda.as_view({"post": "add"})),
    address("check-ins/<any_uuid:pk>/proof", CheckInProof.as_view()),
    address("check-ins/<any_uuid:pk>/photos/<sha256:sha256>", Photos.as_view()),
    address("check-ins/<any_uuid:pk>/photos/<sha256:sha256>/lost", LostPhotos.as_view({"post": "lose"})),
    *resource("filings", Filings, key="any_uuid:pk"),
    address("filings/<any_uuid:pk>/review", Filings.as_view({"post": "review"}, parser_classes=[JSONParser])),
    address("filings/<any_uuid:pk>/attachments/<sha256:sha256>", Attachments.as_view()),
    *resource("hazards", Hazards, key="any_uuid:pk"),
    address("hazards/summary", HazardSummary.as_view()),
    *(address(f"hazards/<any_uuid:pk>/{action}", step_view(action)) for action in Action),
    address("hazards/<any_uuid:pk>/photos/<sha256:sha256>", HazardPhotos.as_view()),
    address("hazards/<any_uuid:pk>/photos/<sha256:sha256>/lost", LostHazardPhotos.as_view({"post": "lose"})),
    address("hazard-categories", HazardCategories.as_view()),
    address("reviews", Cases.as_view({"get": "list"})),
    address("reviews/<any_uuid:pk>", Case.as_view({"get": "retrieve"})),
    address("reviews/<any_uuid:pk>/photos/<sha256:sha256>", CasePhoto.as_view()),
    *resource("notifications", Notifications),
    address("notifications/<id:pk>/read", Notifications.as_view({"post": "read"})),
    address("sync", Sync.as_view()),
    address("periods/<period:period>/reconcile", Reconcile.as_view()),
    address("periods/<period:period>/reminders", Told.as_view({"get": "list"})),
    address("periods/<period:period>/reminders/summary", ToldSummary.as_view()),
    address("check-ins/<any_uuid:pk>/looks", Looks.as_view({"get": "list"})),
    address("leaders/<id:pk>/export", LeaderExport.as_view()),
    address("me/export", MyExport.as_view()),
    address("audit", Audit.as_view({"get": "list"})),
    address("audit.csv", AuditTable.as_view({"get": "take"})),
    address("tenures/<id:pk>/hand-over", HandOvers.as_view({"post": "hand_over"})),
    address("organisations/<id:pk>/rename", Renamings.as_view({"post": "rename"})),
    address("organisations/<id:pk>/merge", BodyMergers.as_view({"post": "merge"})),
    address("divisions/<id:pk>/merge", DivisionMergers.as_view({"post": "merge"})),
    address("linkages/bulk", BulkLinkages.as_view()),
    address("periods/<period:period>", PeriodFigures.as_view()),
    address("periods/<period:period>/amendments", Amendments.as_view({"get": "list"})),
    address("periods/<period:period>/freeze", Freezes.as_view()),
    address("periods/<period:period>/summary", PeriodSummary.as_view()),
    address("obligations/<id:pk>/excuse", Excuses.as_view({"post": "excuse", "delete": "take_back"})),
    address("imports", Imports.as_view()),
    address("workbook/template.xlsx", Template.as_view()),
    address("workbook.xlsx", WorkbookXlsx.as_view()),
    address("workbook.csv", WorkbookCsv.as_view()),
    address("periods/<period:period>/ledger.csv", LedgerTable.as_view()),
    address("periods/<period:period>/ledger.xlsx", LedgerBook.as_view()),
    address("periods/<period:period>/bulletin", BulletinData.as_view()),
    address("periods/<period:period>/bulletin.pdf", BulletinDocument.as_view()),
]
urlpatterns: list[URLPattern | URLResolver] = [
    address("", docs.root),
    address("healthz", health.healthz),
    address(".well-known/fieldwork-keys", well_known.keys),
    address("readyz", health.readyz),
    path("api/v1/", include(version_1)),
]
