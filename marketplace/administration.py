from typing import Any

from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from common.login import has_second_step, second_step


class Administration(AdminSite):
    """Of those on the staff who have shown a second step in this session. It has no sign-in of its own, which would ask
    for a password alone."""

    site_header = site_title = _("Wozai · administration")

    def has_permission(self, request: HttpRequest) -> bool:
        return super().has_permission(request) and has_second_step(request)

    @method_decorator(never_cache)
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if self.has_permission(request):
            return redirect("admin:index")
        return second_step(request, allowed=super().has_permission(request))
