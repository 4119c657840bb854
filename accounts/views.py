from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts import services
from accounts.forms import ProfileForm
from accounts.language import remember


@login_required
@require_http_methods(["GET", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    known = {"display_name": request.user.display_name, "language": request.user.language}
    form = ProfileForm(request.POST or None, initial=known)
    if request.method == "POST" and form.is_valid():
        return _save(request, form)
    return render(request, "accounts/profile.html", {"form": form})


def _save(request: HttpRequest, form: ProfileForm) -> HttpResponse:
    user = services.update_profile(by=request.user, **form.cleaned_data)
    with translation.override(user.language):
        messages.success(request, _("Saved."))
    response = redirect("accounts:profile")
    remember(response, user.language)
    return response
