from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import services
from accounts.errors import GenderKept
from accounts.forms import ProfileForm
from accounts.language import remember
from common.login import login_required

PAGE_SIZE = 20


@login_required
@require_http_methods(["GET", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    user = request.user
    known = {"display_name": user.display_name, "language": user.language, "gender": user.gender}
    form = ProfileForm(request.POST or None, initial=known)
    if request.method == "POST" and form.is_valid():
        try:
            return _save(request, form)
        except GenderKept as error:
            form.add_error("gender", str(error))
            user.refresh_from_db()
    return render(request, "accounts/profile.html", {"form": form})


def _save(request: HttpRequest, form: ProfileForm) -> HttpResponse:
    user = services.update_profile(by=request.user, **form.cleaned_data)
    with translation.override(user.language):
        messages.success(request, _("Saved."))
    response = redirect("accounts:profile")
    remember(response, user.language)
    return response


@never_cache
@login_required
@require_safe
def blocks(request: HttpRequest) -> HttpResponse:
    mine = request.user.blocks.order_by("-created_at", "-pk")
    page = Paginator(mine, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "accounts/blocks.html", {"page": page})


@login_required
@require_POST
def unblock(request: HttpRequest, user_id: int) -> HttpResponse:
    """Takes back one's own block; a block of somebody else, or none, is not there."""
    get_object_or_404(request.user.blocks, blocked=user_id)
    services.unblock(by=request.user, other_id=user_id)
    messages.success(request, _("Unblocked. Each of you can find and book the other again."))
    return redirect("accounts:blocks")
