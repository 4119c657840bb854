from django.http import HttpRequest
from django.urls import is_valid_path, reverse
from django.utils.http import url_has_allowed_host_and_scheme


def came_from(request: HttpRequest) -> str:
    """The page of ours a form was sent from, or the home page."""
    referer = request.headers.get("Referer", "")
    own = url_has_allowed_host_and_scheme(referer, {request.get_host()}, require_https=request.is_secure())
    return referer if own and request.method == "POST" else reverse("home")


def page_above(path: str) -> str:
    """The nearest address above this one that leads anywhere: /listings/7/ for /listings/7/hide/."""
    while path.count("/") > 1:
        path = path[: path.rstrip("/").rindex("/") + 1]
        if is_valid_path(path):
            return path
    return reverse("home")
