from django.contrib import admin
from django.urls import include, path

from marketplace import views

urlpatterns = [
    path("", views.home, name="home"),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("i18n/", include("django.conf.urls.i18n")),
    path("accounts/", include("allauth.urls")),
    path("me/", include("accounts.urls")),
    path("", include("listings.urls")),
    path("bookings/", include("bookings.urls")),
    path("chat/", include("chat.urls")),
    path("stripe/", include("payments.urls")),
    path("moderation/", include("moderation.urls")),
    path("admin/", admin.site.urls),
]
