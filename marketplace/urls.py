from django.contrib import admin
from django.urls import include, path
from django.views.generic import TemplateView

from marketplace import views

TEXT_PAGES = ("terms", "privacy", "safety")

urlpatterns = [
    path("", views.home, name="home"),
    path("start/", views.start, name="start"),
    path("here/", views.here, name="here"),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    *(path(f"{name}/", TemplateView.as_view(template_name=f"pages/{name}.html"), name=name) for name in TEXT_PAGES),
    path("i18n/", include("django.conf.urls.i18n")),
    path("accounts/logout/", views.SignOut.as_view(), name="account_logout"),
    path("accounts/", include("allauth.urls")),
    path("me/", include("accounts.urls")),
    path("", include("vetting.urls")),
    path("", include("listings.urls")),
    path("bookings/", include("bookings.urls")),
    path("chat/", include("chat.urls")),
    path("visits/", include("visits.urls")),
    path("meals/", include("meals.urls")),
    path("parties/", include("parties.urls")),
    path("extras/", include("extras.urls")),
    path("safe/", include("safety.urls")),
    path("", include("notices.urls")),
    path("", include("payments.urls")),
    path("moderation/", include("moderation.urls")),
    path("admin/", admin.site.urls),
]
