"""Where a companion keeps the lines she often needs. Works without script: each change is a form of its own."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from chat.forms import QuickReplyForm
from chat.models import MOST_QUICK_REPLIES, QuickReply
from chat.services import quick_replies as services
from common.login import login_required
from common.returning import is_ours


@login_required
@require_http_methods(["GET", "POST"])
def index(request: HttpRequest) -> HttpResponse:
    """Her lines, and a form for one more."""
    if not hasattr(request.user, "companion"):
        return redirect("listings:profile")
    form = QuickReplyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        services.add_quick_reply(by=request.user, text=form.cleaned_data["text"])
        return redirect(reverse("chat:quick_replies") + _tail(request))
    return render(request, "chat/quick_replies.html", {"form": form, **_list(request), **_onward(request)})


@login_required
@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, pk: int) -> HttpResponse:
    reply = _own(request, pk)
    form = QuickReplyForm(request.POST or None, initial={"text": reply.text})
    if request.method == "POST" and form.is_valid():
        services.change_quick_reply(reply=reply, text=form.cleaned_data["text"])
        messages.success(request, _("Saved."))
        return redirect(reverse("chat:quick_replies") + _tail(request))
    return render(request, "chat/quick_reply.html", {"form": form, "reply": reply, **_onward(request)})


@login_required
@require_POST
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    services.delete_quick_reply(reply=_own(request, pk), by=request.user)
    return redirect(reverse("chat:quick_replies") + _tail(request))


@login_required
@require_POST
def move(request: HttpRequest, pk: int) -> HttpResponse:
    services.move_quick_reply(reply=_own(request, pk), by=request.user, up=request.POST.get("up") == "1")
    return redirect(reverse("chat:quick_replies") + _tail(request))


@login_required
@require_POST
def starters(request: HttpRequest) -> HttpResponse:
    if hasattr(request.user, "companion"):
        services.take_starters(by=request.user)
    return redirect(reverse("chat:quick_replies") + _tail(request))


def _list(request: HttpRequest) -> dict[str, object]:
    replies = list(services.quick_replies(user=request.user))
    return {"replies": replies, "starters": services.STARTERS, "most": MOST_QUICK_REPLIES}


def _onward(request: HttpRequest) -> dict[str, str]:
    """The talk she came from, if she did, and what keeps it in the addresses of all forms until she goes back."""
    return {"onward": _next(request), "tail": _tail(request)}


def _next(request: HttpRequest) -> str:
    asked = request.GET.get("next", "")
    return asked if is_ours(request, asked) else ""


def _tail(request: HttpRequest) -> str:
    asked = _next(request)
    return f"?{urlencode({'next': asked})}" if asked else ""


def _own(request: HttpRequest, pk: int) -> QuickReply:
    return get_object_or_404(services.quick_replies(user=request.user), pk=pk)
