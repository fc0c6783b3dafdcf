"""All settings, read top to bottom. Every value comes from the environment or stands here; nothing else decides."""

import os
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from django.core.management.utils import get_random_secret_key

from fieldwork import env

BASE_DIR = Path(__file__).resolve().parent.parent

# What kind of place this is
DEBUG = env.read("DEBUG", env.yes_no, "no", "yes or no")
DATA_DIR = env.read("DATA_DIR", env.folder, str(BASE_DIR / "media"), "an absolute folder for uploads and SQLite")
ALLOWED_HOSTS = env.read("ALLOWED_HOSTS", env.words, "localhost,127.0.0.1,[::1]", "host names, comma-separated")
CSRF_TRUSTED_ORIGINS = env.read("TRUSTED_ORIGINS", env.words, "", "https://… origins, comma-separated")
BEHIND_TLS = env.read("BEHIND_TLS", env.yes_no, "no", "yes when a proxy in front speaks HTTPS")
TRUSTED_PROXIES = env.read("TRUSTED_PROXIES", int, "0", "how many proxies in front set X-Forwarded-For")


SECRET_KEY_LENGTH = 50


def _secret(raw: str) -> str:
    if raw:
        if len(raw) < SECRET_KEY_LENGTH:
            raise ValueError(f"shorter than {SECRET_KEY_LENGTH} characters")
        return raw
    if BEHIND_TLS:
        raise ValueError("missing, and this is a real installation")
    return _kept_secret(DATA_DIR / ".secret-key")


def _kept_secret(path: Path) -> str:
    """A key of this machine's own, so that a trial needs no configuration and sessions survive a restart."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            draft.touch(mode=0o600)
            draft.write_text(get_random_secret_key())
            with suppress(FileExistsError):
                os.link(draft, path)  # whole or not at all: another process may be starting too
            draft.unlink()
        return path.read_text()
    except OSError as error:
        raise ImproperlyConfigured(f"{path} cannot be written: {error}. Set FIELDWORK_DATA_DIR.") from None


SECRET_KEY = env.read("SECRET_KEY", _secret, "", f"at least {SECRET_KEY_LENGTH} random characters")

# Rooms
INSTALLED_APPS = [
    "fieldwork.core",
    "fieldwork.directory",
    "fieldwork.duties",
    "fieldwork.inspections",
    "fieldwork.filings",
    "fieldwork.hazards",
    "fieldwork.reminders",
    "fieldwork.supervision",
    "api",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "knox",
    "axes",
    "django_tasks",
    "django_tasks_db",  # whichever queue there is, so that the tables are the same
]
MIDDLEWARE = [
    "api.health.answered_first",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "api.compression.compressed",
    "api.middleware.problems",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "fieldwork.urls"
WSGI_APPLICATION = "fieldwork.wsgi.application"
APPEND_SLASH = False
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

# Database, cache
DATABASES = {"default": env.database(f"sqlite:///{DATA_DIR / 'fieldwork.sqlite3'}")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "core_cache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}

# What wakes workers. It may lose everything it holds: what is to be done stands in the tables.
QUEUE = env.read("QUEUE", env.queue, "database", "database, or redis://:password@host:port/number")
TASKS = {
    "default": {
        "BACKEND": "django_tasks_db.DatabaseBackend" if QUEUE == "database" else "django_tasks_rq.RQBackend",
    },
    # Run where it is put, at once; whatever it raises is logged, and ends nothing else.
    "here": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"},
}
if QUEUE != "database":
    INSTALLED_APPS += ["django_tasks_rq", "django_rq"]
    RQ_QUEUES = {"default": env.redis(QUEUE)}
    RQ_SHOW_ADMIN_LINK = False  # its pages would let whoever sees them run and remove what waits

# Languages and the clock. The zone of duties is the policy's own; this one is for logs.
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "fieldwork" / "locale"]
USE_I18N = True
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True

# Files
STATIC_URL = "/static/"
MEDIA_ROOT = DATA_DIR / "uploads"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True  # straight from the packages: nothing to collect, nothing to forget
WHITENOISE_AUTOREFRESH = DEBUG

# People
AUTH_USER_MODEL = "directory.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ["username", "name"]},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_REDIRECT_URL = "/admin/"  # where a sign-in leads that named no page of ours
AXES_FAILURE_LIMIT = env.read("LOGIN_ATTEMPTS", env.positive, "8", "wrong passwords before a pause")
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_HTTP_RESPONSE_CODE = 429
AXES_VERBOSE = False
AXES_ENABLE_ADMIN = False
AXES_DISABLE_ACCESS_LOG = True  # the feed of events tells who signed in
AXES_CLIENT_IP_CALLABLE = "api.auth.addresses.client_address"
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # or whoever shares an address could lock it for ever
ACCOUNT_ATTEMPTS = env.read("ACCOUNT_ATTEMPTS", env.positive, "50", "wrong passwords an hour, of one account anywhere")
ACTIVATION_ATTEMPTS = env.read("ACTIVATION_ATTEMPTS", env.positive, "30", "wrong codes an hour, from one address")
ACTIVATION_DAYS = env.read("ACTIVATION_DAYS", env.positive, "14", "days for which an activation code is good")

# The API
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["api.auth.tokens.BearerAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["api.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["api.parsers.JSONParser"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "api.renderers.FirstRenderer",
    "DEFAULT_METADATA_CLASS": None,
    "URL_FORMAT_OVERRIDE": None,
    "DEFAULT_FILTER_BACKENDS": ["api.filtering.StrictFilterBackend", "api.filtering.StrictOrderingFilter"],
    "DEFAULT_PAGINATION_CLASS": "api.pagination.CursorPages",
    "DEFAULT_SCHEMA_CLASS": "api.schema.Schema",
    "DEFAULT_THROTTLE_RATES": {"login": "300/min", "activate": "120/min", "password": "10/hour"},
    "EXCEPTION_HANDLER": "api.errors.to_problem",
    "DATETIME_FORMAT": "iso-8601",
    "UNICODE_JSON": True,
    "NUM_PROXIES": TRUSTED_PROXIES,
}
REST_KNOX = {
    "AUTH_HEADER_PREFIX": "Bearer",
    "TOKEN_MODEL": "api.DeviceToken",
    "TOKEN_TTL": timedelta(days=90),
    "AUTO_REFRESH": True,
    "MIN_REFRESH_INTERVAL": 24 * 3600,
}
KNOX_TOKEN_MODEL = "api.DeviceToken"
MIGRATION_MODULES = {
    "knox": None,  # its migrations make a table for the token model that ours replaces
    "django_rq": None,  # it has no table: another queue is no reason to migrate
}
SPECTACULAR_SETTINGS = {
    "TITLE": "fieldwork",
    "DESCRIPTION": "安全生产挂点联系与现场履职 · Linked leaders, monthly inspections and their proof.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "DEFAULT_GENERATOR_CLASS": "api.schema.Generator",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "COMPONENT_SPLIT_PATCH": False,  # a PATCH here says itself what it needs
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "ENUM_NAME_OVERRIDES": {
        "PhotoInContentTypeEnum": "fieldwork.core.media_types.IMAGES",
    }
    | {
        name: f"fieldwork.{app}.{name}"
        for app, names in {
            "core.enums": ["DeclaredState"],
            "core.geo": ["Datum"],
            "core.periods": ["Cadence"],
            "directory.enums": ["Level", "OrganisationKind", "DepartmentKind", "LinkageKind", "Office"],
            "duties.enums": [
                "SubjectKind",
                "Activity",
                "ExcuseKind",
                "PackStatus",
                "Standing",
                "Status",
                "TaskStatus",
                "TargetKind",
                "Verdict",
            ],
            "inspections.enums": ["FlagCode", "CaseState"],
            "hazards.enums": ["Action", "Category", "Grade", "HazardState", "Point"],
            "supervision.enums": ["Why"],
            "reminders.enums": ["NotificationKind", "Platform", "PushKind"],
        }.items()
        for name in names
    },
    "PATH_CONVERTER_OVERRIDES": {
        "id": {"type": "string"},
        "device": {"type": "string", "pattern": "^[A-Za-z0-9._:-]{1,100}$"},
        "any_uuid": {"type": "string", "format": "uuid"},
        "sha256": {"type": "string", "pattern": "^[0-9a-fA-F]{64}$"},
        "period": {"type": "string", "pattern": "^[0-9]{4}(?:-(?:[0-9]{2}|Q[1-4]|H[12]))?$"},
    },
    "POSTPROCESSING_HOOKS": ["drf_spectacular.hooks.postprocess_schema_enums", "api.schema.finish"],
}

# Limits the phone is told in `GET me`; bytes
PHOTO_BYTES = env.read("PHOTO_BYTES", env.positive, str(30 << 20), "bytes a photo may have")
PHOTOS_PER_CHECK_IN = env.read("PHOTOS_PER_CHECK_IN", env.positive, "20", "photos a check-in may have")
ATTACHMENT_BYTES = env.read("ATTACHMENT_BYTES", env.positive, str(30 << 20), "bytes an attachment may have")
ATTACHMENTS_PER_FILING = env.read("ATTACHMENTS_PER_FILING", env.positive, "20", "attachments a filing may have")
BODY_BYTES = env.read("BODY_BYTES", env.positive, str(100 << 20), "bytes a multipart request may have")
JSON_BYTES = 1 << 20
DATA_UPLOAD_MAX_MEMORY_SIZE = JSON_BYTES
# The check-in or filing itself may come as a file too.
DATA_UPLOAD_MAX_NUMBER_FILES = max(PHOTOS_PER_CHECK_IN, ATTACHMENTS_PER_FILING) + 1

# What clerks bring in and take out
WORKBOOK_BYTES = env.read("WORKBOOK_BYTES", env.positive, str(20 << 20), "bytes a workbook may have")
WORKBOOK_ROWS = env.read("WORKBOOK_ROWS", env.positive, "100000", "rows a workbook may have, all sheets together")
EXPORTS_PER_HOUR = env.read("EXPORTS_PER_HOUR", env.positive, "30", "exports an hour that one person may take")

# Duties
DEFAULT_RADIUS_M = env.read("RADIUS_M", env.positive, "8000", "metres round a town's seat that count as inside it")
LOW_ACCURACY_M = env.read("LOW_ACCURACY_M", env.positive, "200", "metres beyond which a position is called inaccurate")
UPLOADED_LATE_HOURS = env.read(
    "UPLOADED_LATE_HOURS", env.positive, "24", "hours from capture to arrival that pass as prompt"
)
CLOCK_SKEW_MINUTES = env.read("CLOCK_SKEW_MINUTES", env.positive, "10", "minutes a phone's clock may be off")
STALE_FIX_S = env.read("STALE_FIX_S", env.positive, "300", "seconds beyond which a position is called old")
IMPOSSIBLE_KMH = env.read("IMPOSSIBLE_KMH", env.positive, "360", "km/h between two check-ins that nobody travels at")
PHOTO_ELSEWHERE_M = env.read(
    "PHOTO_ELSEWHERE_M", env.positive, "1000", "metres a photo's own position may be off the phone's"
)
PHOTO_TAKEN_EARLIER_HOURS = env.read(
    "PHOTO_TAKEN_EARLIER_HOURS", env.positive, "12", "hours by which a photo may be older than its check-in"
)
SIMILAR_PHOTO_BITS = env.read(
    "SIMILAR_PHOTO_BITS", env.up_to(7), "7", "features of 128 in which similar photos differ, at most 7"
)
OPEN_AHEAD_DAYS = env.read("OPEN_AHEAD_DAYS", env.positive, "7", "days before a period begins at which it is opened")
RECONCILE_BATCH = env.read("RECONCILE_BATCH", env.positive, "20000", "leaders reconciled in one transaction")

# Evidence
KEYS_DIR = env.read("KEYS_DIR", env.folder, str(DATA_DIR / "keys"), "an absolute folder for private signing keys")
SEAL_MINUTES = env.read("SEAL_MINUTES", env.natural, "10", "minutes between two seals of new events; 0 for every tick")
PHOTO_YEARS = env.read("PHOTO_YEARS", env.natural, "0", "years after which photos are removed; 0 keeps them for ever")
# Personal data is kept no longer than its purpose needs (个人信息保护法 第十九条); what proves performance is kept.
DEVICE_DAYS = env.read("DEVICE_DAYS", env.natural, "400", "days after which a phone nobody uses is forgotten; 0: never")
DELIVERY_DAYS = env.read(
    "DELIVERY_DAYS", env.natural, "180", "days for which it is kept to which address a notification went; 0: for ever"
)
NOTIFICATION_YEARS = env.read(
    "NOTIFICATION_YEARS", env.natural, "3", "years after which the words of a notification go; 0 keeps them for ever"
)
LEDGER_MAIL = env.read("LEDGER_MAIL", env.words, "", "addresses that are mailed the last seal daily, comma-separated")
PICTURES_SECONDS = env.read("PICTURES_SECONDS", env.positive, "2", "seconds between two looks for new photos")
ACCEL_PREFIX = env.read(
    "ACCEL_PREFIX", env.text, "", "path at which nginx keeps the uploads, as /kept/; empty: no nginx in front"
)

# Reminders
REMINDERS = env.read(
    "REMINDERS", env.folder, str(BASE_DIR / "fieldwork/policies/reminders.yaml"), "an absolute path of the timetable"
)
CHANNELS = env.read("CHANNELS", env.words, "inbox", "inbox, fcm, wecom, mail, robots, console; comma-separated")
TICK_SECONDS = env.read("TICK_SECONDS", env.positive, "60", "seconds between two ticks of the worker")
WECOM = env.read("WECOM", env.application, "", "wechat://corpid:secret@agentid, without recipients")
WECOM_URL = env.read("WECOM_URL", env.base, "https://qyapi.weixin.qq.com", "where WeCom's API is, https://…")
WECOM_NAMES = env.read("WECOM_NAMES", env.yes_no, "no", "yes when WeCom's messages may name people and places")
ROBOTS = env.read(
    "ROBOTS", env.robots, "", "<division code>=wecombot://…, dingtalk://…, feishu://… or jsons://…, comma-separated"
)
ROBOTS_NAMES = env.read("ROBOTS_NAMES", env.yes_no, "no", "yes when group robots may name people and places")
DINGTALK_URL = env.read("DINGTALK_URL", env.base, "https://oapi.dingtalk.com", "where DingTalk's robots are, https://…")
FEISHU_URL = env.read("FEISHU_URL", env.base, "https://open.feishu.cn", "where Feishu's robots are, https://…")
MAIL_NAMES = env.read("MAIL_NAMES", env.yes_no, "no", "yes when mail may name people and places")

FCM_CREDENTIALS = env.read("FCM_CREDENTIALS", env.text, "", "path of Firebase's service account file; empty: no FCM")
FCM_URL = env.read("FCM_URL", env.base, "https://fcm.googleapis.com", "https://… of FCM, or of a relay to it")
FCM_NAMES = env.read("FCM_NAMES", env.yes_no, "no", "yes when pushes may name people and places")
FCM_IN_FLIGHT = env.read("FCM_IN_FLIGHT", env.positive, "64", "messages a process may have under way to FCM")

# Mail
_mail = env.read("EMAIL_URL", env.mail, "smtp://localhost:25", "smtp+tls://user:password@host:587, or smtp+ssl://…:465")
EMAIL_BACKEND = _mail["EMAIL_BACKEND"]
EMAIL_HOST, EMAIL_PORT = _mail["EMAIL_HOST"], _mail["EMAIL_PORT"]
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _mail["EMAIL_HOST_USER"], _mail["EMAIL_HOST_PASSWORD"]
EMAIL_USE_TLS, EMAIL_USE_SSL = "EMAIL_USE_TLS" in _mail, "EMAIL_USE_SSL" in _mail
DEFAULT_FROM_EMAIL = env.read("EMAIL_FROM", env.text, "fieldwork@localhost", "the address that mail comes from")
EMAIL_TIMEOUT = 10  # seconds

# Figures for Prometheus
METRICS = env.read("METRICS", env.yes_no, "no", "yes or no")
METRICS_FROM = env.read(
    "METRICS_FROM", env.networks, "127.0.0.1,::1", "addresses or networks that may read /metrics, comma-separated"
)

# Behind TLS, cookies and redirects are strict
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = BEHIND_TLS
SESSION_COOKIE_AGE = 12 * 3600  # seconds; only the office's pages have sessions, phones have tokens
SECURE_SSL_REDIRECT = False
SILENCED_SYSTEM_CHECKS = ["axes.W002"]  # the API answers a lock by itself, as a problem
if BEHIND_TLS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SILENCED_SYSTEM_CHECKS += ["security.W008"]  # the proxy in front redirects

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    # Their lines hold addresses with keys in them.
    "loggers": {
        "apprise": {"handlers": [], "level": "CRITICAL", "propagate": False},
        "httpx": {"level": "WARNING"},
        "httpcore": {"level": "WARNING"},
        # Each names every task as it begins and ends: only what fails is told.
        **{name: {"level": "WARNING"} for name in ("django_tasks", "rq.job", "rq.worker")},
    },
    "root": {
        "handlers": ["console"],
        "level": env.read("LOG_LEVEL", env.text, "INFO", "DEBUG, INFO, WARNING or ERROR"),
    },
}
