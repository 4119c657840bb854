"""All settings, read from the environment; .env.example names every variable."""

import json
from pathlib import Path
from typing import Any

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
environ.Env.read_env(BASE_DIR / ".env")

DEBUG = env.bool("DEBUG", False)


def required(name: str, *, in_debug: str) -> str:
    """The variable's value; in DEBUG a missing one falls back, otherwise the start stops naming it."""
    value = env.str(name, in_debug if DEBUG else "")
    if not value:
        raise ImproperlyConfigured(f"Set {name} in the environment (see .env.example).")
    return value


SECRET_KEY = required("SECRET_KEY", in_debug="development-only-never-in-production-0123456789abcdef")
ALLOWED_HOSTS = [host.strip() for host in required("ALLOWED_HOSTS", in_debug="localhost,127.0.0.1,[::1]").split(",")]
SITE_URL = required("SITE_URL", in_debug="http://127.0.0.1:8000").rstrip("/")
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "accounts",
    "common",
    "payments",
    "moderation",
    "places",
    "vetting",
    "listings",
    "bookings",
    "chat",
    "visits",
    "meals",
    "extras",
    "parties",
    "safety",
    "notices",
    "anymail",
    "channels",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django_htmx",
    "rest_framework",
    "marketplace.apps.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "common.middleware.SecondStepMiddleware",
    "common.middleware.PageAboveMiddleware",
    "common.middleware.UserErrorMiddleware",
    "common.middleware.BusyMiddleware",
    "common.middleware.SameNotFoundMiddleware",
]

ROOT_URLCONF = "marketplace.urls"
ASGI_APPLICATION = "marketplace.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "marketplace.context.demonstration",
                "marketplace.context.meanwhile",
            ],
            "builtins": ["common.templatetags.wozai"],
        },
    }
]

# Data

# Nobody waits for ever for a process that hangs, and after a while its rows are free again. Migrations wait as long as
# it takes (common/patience.py). What the address itself says wins.
PATIENCE = "-c lock_timeout=5s -c idle_in_transaction_session_timeout=120s"


def database(address: dict[str, Any]) -> dict[str, Any]:
    options = address.get("OPTIONS", {})
    patience = f"{PATIENCE} {options.get('options', '')}".strip()
    # Under ASGI each request has a thread of its own: a connection kept for a thread would only pile up.
    return {**address, "OPTIONS": {**options, "options": patience}, "CONN_MAX_AGE": 0}


DATABASES = {
    "default": database(
        env.db_url_config(required("DATABASE_URL", in_debug="postgres://postgres@127.0.0.1:5432/wozai"))
    )
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = required("REDIS_URL", in_debug="redis://127.0.0.1:6379/0")
CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}

# People

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "start"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {"signup": "accounts.forms.SignupForm"}
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_UNIQUE_EMAIL = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_VERIFICATION = env.str("ACCOUNT_EMAIL_VERIFICATION", "optional" if DEBUG else "mandatory")
# Whoever decides or keeps the books shows a second one of these at sign-in: common/login.py.
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_ADAPTER = "accounts.adapter.MFAAdapter"
MFA_TOTP_ISSUER = "我在 Wozai"
# Where somebody may be signed in under an address that is not his, he could shut its owner out for good. Where nobody
# signs in before his address is confirmed, another one that still waits for that is no danger.
MFA_ALLOW_UNVERIFIED_EMAIL = ACCOUNT_EMAIL_VERIFICATION == "mandatory"
EMAIL_CONFIG = env.email_url("EMAIL_URL", default="consolemail://")
vars().update(EMAIL_CONFIG)
if EMAIL_CONFIG["EMAIL_BACKEND"] == "django.core.mail.backends.console.EmailBackend":
    EMAIL_BACKEND = "common.console.EmailBackend"
EMAIL_TIMEOUT = 10
# A provider's API instead of a mail server.
if ANYMAIL_BACKEND := env.str("ANYMAIL_BACKEND", ""):
    EMAIL_BACKEND = f"anymail.backends.{ANYMAIL_BACKEND}.EmailBackend"
try:
    ANYMAIL = {"REQUESTS_TIMEOUT": EMAIL_TIMEOUT, **json.loads(env.str("ANYMAIL", "") or "{}")}
except ValueError:
    raise ImproperlyConfigured("Set ANYMAIL to JSON in one line (see .env.example).") from None
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "我在 <hello@localhost>")

# Notices on people's devices, signed with a key of our own. Without one there are none, only e-mails.

VAPID_PRIVATE_KEY = env.str("VAPID_PRIVATE_KEY", "d296YWktZGV2ZWxvcG1lbnQtb25seS12YXBpZC1rZXk" if DEBUG else "")
VAPID_SUBJECT = env.str("VAPID_SUBJECT", "mailto:hello@localhost" if DEBUG else "")
if VAPID_PRIVATE_KEY:
    required("VAPID_SUBJECT", in_debug=VAPID_SUBJECT)
# Where browsers have their notices sent to. A leading dot stands for all names below; nothing is sent elsewhere.
PUSH_SERVICES = env.list(
    "PUSH_SERVICES",
    default=["fcm.googleapis.com", ".push.services.mozilla.com", ".notify.windows.com", ".push.apple.com"],
)

# Who somebody is. Private documents are sealed with the first key and opened with any of them.

DOCUMENT_KEYS = required("DOCUMENT_KEYS", in_debug="ZGV2ZWxvcG1lbnQtb25seS1ub3QtYS1zZWNyZXQta2U=").split(",")
# What people write to each other: sealed with the first key, opened with the one that sealed it.
MESSAGE_KEYS = required("MESSAGE_KEYS", in_debug="bWVzc2FnZXMtaW4tZGV2ZWxvcG1lbnQtb25seS0zMmI=").split(",")
IDENTITY_VERIFIER = "vetting.verifiers.review_by_admin"
# As much as nginx lets through: photos of papers stay in memory while they are sealed and touch no disk in clear.
FILE_UPLOAD_MAX_MEMORY_SIZE = 20 * 2**20

# How fast a page may speak: so many frames at once, so many a second in the long run.
CHAT_BURST = env.int("CHAT_BURST", 20)
CHAT_RATE_PER_S = env.int("CHAT_RATE_PER_S", 10)

# Words and time

LANGUAGE_CODE = "zh-hans"
# Each in its own words: whoever cannot read the page must find his language.
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LANGUAGE_COOKIE_AGE = 31_536_000
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SECURE = not DEBUG
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True

# Files

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = env.path("STATIC_ROOT", default=BASE_DIR / ".data" / "static")()

# Work in the background. A tick carries nothing and a lost task changes nothing: rows are the queue of record.

CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_TRANSPORT = "marketplace.broker:Transport"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 600,
    "unacked_restore_interval": 10,
    "unacked_restore_throttle": 1,
}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TIMEZONE = "UTC"
# Connections are kept and looked at by marketplace/celery.py; Celery itself leaves them alone for so many tasks.
CELERY_DB_REUSE_MAX = 1_000_000
# What waits for somebody outside (Stripe, a mail server, a push service, a verifier) has workers of its own, never
# those that stop the clocks.
CELERY_TASK_ROUTES = {f"{app}.tasks.*": {"queue": "outside"} for app in ("payments", "accounts", "vetting", "notices")}
# No message carries `expires`: that is a moment of beat's clock, and a worker whose own is ahead by it throws all away.
# A round that finds nothing to do is cheap instead: 600 sweeps that piled up are drained within two seconds.
CELERY_BEAT_SCHEDULE = {
    "sweep": {"task": "bookings.tasks.sweep", "schedule": 1.0},
    "show-reviews": {"task": "bookings.tasks.show_reviews", "schedule": 60.0},
    "catch-up": {"task": "payments.tasks.catch_up", "schedule": 5.0},
    "ask-stripe": {"task": "payments.tasks.ask_stripe", "schedule": 60.0},
    "release-payouts": {"task": "payments.tasks.release_payouts", "schedule": 300.0},
    "reconcile": {"task": "payments.tasks.reconcile", "schedule": 3600.0},
    "tell-watchers": {"task": "bookings.tasks.tell_watchers", "schedule": 10.0},
    "clear-watches": {"task": "listings.tasks.clear_watches", "schedule": 3600.0},
    "measure": {"task": "bookings.tasks.measure", "schedule": 120.0},
    "send-letters": {"task": "accounts.tasks.send_letters", "schedule": 60.0},
    "forget-words": {"task": "accounts.tasks.forget_words", "schedule": 3600.0},
    "vetting": {"task": "vetting.tasks.catch_up", "schedule": 600.0},
    "erase-visits": {"task": "visits.tasks.erase_due", "schedule": 600.0},
    "lapse-extras": {"task": "extras.tasks.lapse", "schedule": 60.0},
    "forget-pictures": {"task": "chat.tasks.forget_unsent", "schedule": 3600.0},
    "erase-receipts": {"task": "extras.tasks.erase_due", "schedule": 600.0},
    "sweep-shelf": {"task": "listings.tasks.sweep_shelf", "schedule": 2.0},
    "watch-over-meetings": {"task": "safety.tasks.look", "schedule": 15.0},
    "tell-who-is-away": {"task": "notices.tasks.look", "schedule": 5.0},
    "forget-notices": {"task": "notices.tasks.forget", "schedule": 3600.0},
    "forget-meetings": {"task": "safety.tasks.forget", "schedule": 3600.0},
    "heartbeat": {"task": "marketplace.tasks.heartbeat", "schedule": 5.0},
}

# Money

# The adapter of payments/gateway/port.py.
PAYMENT_PROVIDER = "payments.gateway.by_stripe.StripeProvider"
STRIPE_SECRET_KEY = env.str("STRIPE_SECRET_KEY", "")
STRIPE_API_BASE = env.str("STRIPE_API_BASE", "")
STRIPE_WEBHOOK_SECRET = env.str("STRIPE_WEBHOOK_SECRET", "whsec_development" if DEBUG else "")
STRIPE_CONNECT_WEBHOOK_SECRET = env.str("STRIPE_CONNECT_WEBHOOK_SECRET", "whsec_connect" if DEBUG else "")
if not DEBUG:
    for name in ("STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET", "STRIPE_CONNECT_WEBHOOK_SECRET"):
        required(name, in_debug="")
    if STRIPE_API_BASE:
        raise ImproperlyConfigured("STRIPE_API_BASE is the stand-in's address: unset it in production.")
PLATFORM_FEE_BASIS_POINTS = env.int("PLATFORM_FEE_BASIS_POINTS", 1500)
# What a companion has earned is sent to her account at the first PAYOUT_HOUR o'clock (Shanghai) so long after it was
# settled, or later; her account lies in this country.
PAYOUT_DELAY_MS = 48 * 60 * 60_000
PAYOUT_HOUR = 10
PAYOUT_COUNTRY = env.str("PAYOUT_COUNTRY", "SG")
# Percent that goes back to the client; copied into the terms of each booking when it is made. `before_live` is an
# order for now, and in older terms all that they do not name; an appointment is cancelled late within the last
# `late_cancel_ms` before it. What is read of it: bookings/services/cancelling.py.
REFUND_POLICY = {
    "before_acceptance": 100,
    "before_live": 100,
    "scheduled_early_cancel": 100,
    "scheduled_late_cancel": 80,
    "companion_cancel": 100,
    "client_no_show": 50,
    "companion_no_show": 100,
    "late_cancel_ms": 24 * 60 * 60_000,
}

# Time that is billed, all in milliseconds

PAYMENT_WINDOW_MS = 30 * 60_000
FIRST_MESSAGE_WINDOW_MS = 3 * 60_000
# Who has not come to an appointment by then is a no-show.
LATE_LIMIT_MS = 15 * 60_000
# The same as bookings_early_ms() in bookings/sql/clock.sql, held together by a test.
CHAT_EARLY_MS = 10 * 60_000
# So long before an appointment in person the two can say that they are there, and start its clock.
MEET_EARLY_MS = 60 * 60_000
# Another start that one of the two proposes waits so long for an answer.
MOVE_OPEN_MS = 12 * 60 * 60_000
# What is over sooner, because cancelling soon costs something, is not proposed to several.
MOVE_LEAST_MS = 15 * 60_000
# After five wrong codes a new one is shown, and nobody may try for so long.
CODE_REST_MS = 60_000
# A code that was typed without a network counts from then, but from no longer ago; in person the ledger lies so far
# behind the clock. The same as bookings_late_code_ms() in bookings/sql/clock.sql, held together by a test.
CODE_LATE_LIMIT_MS = 120 * 60_000
PAUSE_LIMIT_MS = 10 * 60_000
CLIENT_PAUSE_LIMIT_MS = 30 * 60_000
# How long somebody may be gone: the companion's clock stands from the second she went, the client's after this.
COMPANION_GRACE_MS = 30_000
CLIENT_GRACE_MS = 3 * 60_000
POSTING_LAG_MS = env.int("POSTING_LAG_MS", 45_000)
# Asked for who is here again and again for so long without an answer, Redis is not waited for any more: minutes are
# posted and orders settled.
PRESENCE_SILENT_MS = env.int("PRESENCE_SILENT_MS", 60_000)
# So many minutes of a running clock are posted together. The bill is the same; a very large fleet writes less.
POSTING_QUANTUM_MIN = env.int("POSTING_QUANTUM_MIN", 1)

# How often the counts on the browse page are made anew: after a rest of so many times what making them took.

SHELF_COUNTS_REST = env.int("SHELF_COUNTS_REST", 50)

# Safety of the page

X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = not DEBUG
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 0 if DEBUG else 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = not DEBUG
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
# Chromium applies form-action to the redirect that follows a form, so the payment page must be in it.
CHECKOUT_ORIGIN = env.str("CHECKOUT_ORIGIN", STRIPE_API_BASE or "https://checkout.stripe.com")
CONNECT_ORIGIN = env.str("CONNECT_ORIGIN", STRIPE_API_BASE or "https://connect.stripe.com")
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "media-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF, CHECKOUT_ORIGIN, CONNECT_ORIGIN],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "common.logs.DiscreetFormatter",
            "format": "{asctime} {levelname} {name} {message}",
            "style": "{",
        },
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", "INFO")},
    # The SDK tells of every request at INFO.
    "loggers": {"stripe": {"level": "WARNING"}, "httpx": {"level": "WARNING"}},
}
