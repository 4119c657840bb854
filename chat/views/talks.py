"""All talks of a person, and searching in them. Works without script."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from chat.pages.talks import cursor, search_page, talks_page
from chat.services.searching import Place
from common.login import login_required
from common.words import tidy

LONGEST_SEARCH = 100


@never_cache
@require_GET
def talks(request: HttpRequest) -> HttpResponse:
    """His talks, the newest first; with ?q= what was found in them."""
    # Where one goes on to after signing in stands in an address, and so in a log.
    if request.GET and not request.user.is_authenticated:
        return redirect("chat:talks")
    return _own(request)


@never_cache
@require_GET
def running(request: HttpRequest) -> HttpResponse:
    """What runs meanwhile, for a page that stays open; `but` is the order that page is of. Signed out, nothing does."""
    return render(request, "chat/_running.html", {"but": request.GET.get("but", "")})


@login_required
def _own(request: HttpRequest) -> HttpResponse:
    if words := tidy(request.GET.get("q", ""))[:LONGEST_SEARCH]:
        return _found(request, words)
    part = talks_page(request.user, cursor(request.GET.get("after", ""), 2))
    return render(request, "chat/_talks.html" if request.htmx else "chat/talks.html", part)


def _found(request: HttpRequest, words: str) -> HttpResponse:
    before = cursor(request.GET.get("before", ""), 3)
    page = search_page(request.user, words, Place(*before) if before else None)
    answer = render(request, "chat/found.html", page)
    # What was looked for stands in this address, which no other request may carry on.
    answer["Referrer-Policy"] = "strict-origin"
    return answer
