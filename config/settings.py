"""Settings, all from the environment. The defaults are a working installation on one machine."""

from __future__ import annotations

import secrets
from pathlib import Path

import environ
from celery.schedules import crontab
from django.utils.translation import gettext_lazy as _

from config.content_security import DIRECTIVES
from config.places import BASE, kombu_url, runtime_folder, state_folder

env = environ.Env()

BASE_DIR = BASE
STATE = state_folder()
RUNTIME = runtime_folder(STATE)


def _secret_key() -> str:
    """`SECRET_KEY`, else one made once and kept in the state folder with mode 0600."""
    if given := env.str("SECRET_KEY", default=""):
        return str(given)
    kept = STATE / "secret-key"
    if not kept.exists():
        STATE.mkdir(parents=True, exist_ok=True)
        made = kept.with_name(f".secret-key-{secrets.token_hex(4)}")
        made.touch(mode=0o600)
        made.write_text(secrets.token_urlsafe(48))
        try:
            kept.hardlink_to(made)  # the first of several processes wins
        except FileExistsError:
            pass
        finally:
            made.unlink()
    return kept.read_text()


SECRET_KEY = _secret_key()
DEBUG = env.bool("DEBUG", default=False)
HTTPS = env.bool("HTTPS", default=False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
# Links in e-mails begin with this. A request's Host header never decides where a link leads.
SITE_ORIGIN = env.str("SITE_ORIGIN", default="").rstrip("/") or (
    f"https://{ALLOWED_HOSTS[0].lstrip('.')}" if HTTPS and ALLOWED_HOSTS else "http://localhost:8000"
)
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "courseware",
    "quizzes",
    "labs",
    "accounts",
    "authoring",
    "config.apps.ConfigConfig",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django_htmx",
    "csp",
    "allauth",
    "allauth.account",
    "allauth.usersessions",
]

MIDDLEWARE = [
    "config.doors.middleware.DoorMiddleware",
    "config.operations.health.ProbeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "accounts.guests.guest_cookie.LearnerMiddleware",
    "config.doors.writes.WritesMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
            ],
        },
    },
]

# Database. SQLite in WAL with immediate transactions took 200 writes/s from four processes without an error.
_SQLITE = {
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; "
    "PRAGMA mmap_size=134217728; PRAGMA cache_size=-20000;",
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
}
DATABASES = {"default": env.db("DATABASE_URL", default=f"sqlite:///{STATE / 'db.sqlite3'}")}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = _SQLITE
    DATABASES["default"]["TEST"] = {
        "NAME": str(STATE / "test.sqlite3")
    }  # a file, so that the threads of a test share the database as in production
DATABASES["default"]["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=60)
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Redis or Valkey: streams of runs, heartbeats, the cache. The Celery broker is another database of the same
# server unless CELERY_BROKER_URL says otherwise.
REDIS_URL = env.str("REDIS_URL", default=f"unix://{RUNTIME / 'valkey.sock'}?db=0")
CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default=kombu_url(f"unix://{RUNTIME / 'valkey.sock'}?db=1"))
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "socket_timeout": 3,
    "socket_connect_timeout": 3,
    "visibility_timeout": 120,
}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_ROUTES = {"labs.work": {"queue": "labs"}}
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0, "interval_max": 0.2}
CELERY_BEAT_SCHEDULE = {
    "sweep runs": {"task": "labs.sweep", "schedule": 5.0, "options": {"expires": 5}},
    "forget old traces": {
        "task": "labs.retain",
        "schedule": crontab(hour="3", minute="20"),
        "options": {"expires": 3600},
    },
    "forget guests who own nothing": {
        "task": "accounts.forget_guests",
        "schedule": crontab(hour="3", minute="40"),
        "options": {"expires": 3600},
    },
}
CELERY_BEAT_SCHEDULE_FILENAME = str(STATE / "beat-schedule")
CELERY_WORKER_HIJACK_ROOT_LOGGER = False

# "default" holds the counters of rate limits, which all processes share. "fragments" holds texts of the
# course. Its keys contain the version of the content, so each process has its own and no entry expires.
CACHES = {
    "default": env.cache_url("CACHE_URL", default="locmemcache://"),
    "fragments": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "fragments",
        "TIMEOUT": None,
        "OPTIONS": {"MAX_ENTRIES": 2000},
    },
}
if "CACHE_URL" not in env.ENVIRON:
    CACHES["default"] = {
        "BACKEND": "accounts.signing_in.throttling.SteadyCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "cache",
        "OPTIONS": {"socket_timeout": 1, "socket_connect_timeout": 1},
    }

# Labs
WARDEN_SOCKET = Path(env.str("WARDEN_SOCKET", default=str(RUNTIME / "warden.sock")))
LABS_GUEST_RUNS = env.bool("LABS_GUEST_RUNS", default=False)
LABS_ENABLED = env.bool("LABS_ENABLED", default=True)
LABS_LIVE_RUNS_PER_LEARNER = env.int("LABS_LIVE_RUNS_PER_LEARNER", default=2)
LABS_RUNS_PER_HOUR_PER_LEARNER = env.int("LABS_RUNS_PER_HOUR_PER_LEARNER", default=120)
LABS_RUNS_PER_HOUR_PER_ADDRESS = env.int("LABS_RUNS_PER_HOUR_PER_ADDRESS", default=600)
LABS_QUEUE_LIMIT = env.int("LABS_QUEUE_LIMIT", default=200)
LABS_RUNNER_SLOTS = env.int("LABS_RUNNER_SLOTS", default=12)
LABS_TRACE_DAYS = env.int("LABS_TRACE_DAYS", default=90)
LABS_AUDIT_DAYS = env.int("LABS_AUDIT_DAYS", default=90)
CONTENT = Path(env.str("BACKBURNER_CONTENT", default=str(BASE / "content")))
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")

# Accounts
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_ADAPTER = "accounts.signing_in.adapter.AccountAdapter"
_FORMS = "accounts.signing_in.password_changes."
ACCOUNT_FORMS = {"signup": "accounts.signing_in.forms.SignupForm"}
ACCOUNT_FORMS |= {"change_password": f"{_FORMS}ChangePasswordForm"}
ACCOUNT_FORMS |= {"set_password": f"{_FORMS}SetPasswordForm"}
ACCOUNT_FORMS |= {"reset_password": f"{_FORMS}ResetPasswordForm"}
ACCOUNT_FORMS |= {"reset_password_from_key": f"{_FORMS}ResetPasswordKeyForm"}
EMAIL_CONFIG = env.email("EMAIL_URL", default="consolemail://")
vars().update(EMAIL_CONFIG)
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Backburner <noreply@localhost>")
# Without a mail server the confirmation is in the log, so it is optional, and a sign-up has to say that an
# address is taken. With a mail server an address must be confirmed first, and a sign-up does not reveal
# which addresses have accounts.
ACCOUNT_EMAIL_VERIFICATION = env.str(
    "EMAIL_VERIFICATION", default="mandatory" if "smtp" in EMAIL_CONFIG["EMAIL_BACKEND"] else "optional"
)
ACCOUNT_EMAIL_SUBJECT_PREFIX = "Backburner: "
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True  # only in the session that signed up
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_RATE_LIMITS = {
    "login_failed": "30/5m/ip,5/5m/key",
    "signup": "60/h/ip",
    "reset_password": "20/h/ip,5/h/key",
}
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"
LOGIN_URL = "account_login"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
_VALIDATORS = ("UserAttributeSimilarity", "MinimumLength", "CommonPassword", "NumericPassword")
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}Validator"} for name in _VALIDATORS
]
SESSION_ENGINE = "accounts.signing_in.sessions"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 60
GUEST_COOKIE_AGE = 60 * 60 * 24 * 365
# With this prefix a browser takes the cookie only from this very host: no other site of the domain can plant
# one. It demands HTTPS.
_PREFIX = "__Host-" if HTTPS else ""
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = f"{_PREFIX}sessionid", f"{_PREFIX}csrftoken"
GUEST_COOKIE_NAME = f"{_PREFIX}guest"
# What one learner, and all people of one network address, may send: forms in a minute, MiB in a day.
WRITES_PER_MINUTE_PER_LEARNER = env.int("WRITES_PER_MINUTE_PER_LEARNER", default=120)
WRITES_PER_MINUTE_PER_ADDRESS = env.int("WRITES_PER_MINUTE_PER_ADDRESS", default=1200)
WRITTEN_MB_PER_DAY_PER_LEARNER = env.int("WRITTEN_MB_PER_DAY_PER_LEARNER", default=64)
WRITTEN_MB_PER_DAY_PER_ADDRESS = env.int("WRITTEN_MB_PER_DAY_PER_ADDRESS", default=512)
NOTES_PER_DAY_PER_LEARNER = env.int("NOTES_PER_DAY_PER_LEARNER", default=20)
NOTES_PER_DAY_PER_ADDRESS = env.int("NOTES_PER_DAY_PER_ADDRESS", default=200)

# Language and time
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English"))]
LOCALE_PATHS = [BASE / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True

# Static files
STATIC_URL = "static/"
STATICFILES_DIRS = [BASE / "static"]
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(STATE / "static")))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "config.static_storage.StaticStorage"
        if env.bool("STATIC_MANIFEST", default=not DEBUG)
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True

# Security
CONTENT_SECURITY_POLICY = {"DIRECTIVES": DIRECTIVES}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31536000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
if env.bool("BEHIND_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    ALLAUTH_TRUSTED_PROXY_COUNT = 1
DATA_UPLOAD_MAX_MEMORY_SIZE = 12 << 20
# A quiz may ask hundreds of questions at once. A load refuses a quiz whose form would have more fields.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 4000
SILENCED_SYSTEM_CHECKS = [] if HTTPS else ["security.W004", "security.W008", "security.W012", "security.W016"]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {"django.server": {"level": "WARNING"}},
}
