from urllib.parse import urlsplit

from django.http import HttpRequest, QueryDict
from django.urls import is_valid_path, reverse
from django.utils.http import url_has_allowed_host_and_scheme


def came_from(request: HttpRequest, **chosen: object) -> str:
    """The page of ours a form was sent from, or the home page; `chosen` joins its query, for the form to show again."""
    referer = request.headers.get("Referer", "")
    page = urlsplit(referer if is_ours(request, referer) and request.method == "POST" else reverse("home"))
    query = QueryDict(page.query, mutable=True)
    for name, value in chosen.items():
        query[name] = str(value)
    return page._replace(query=query.urlencode()).geturl()


def is_ours(request: HttpRequest, address: str) -> bool:
    """Somebody may be sent on to it: it leads nowhere but to a page of this site."""
    return url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=request.is_secure())


def page_above(path: str) -> str:
    """The nearest address above this one that leads anywhere: /listings/7/ for /listings/7/hide/."""
    while path.count("/") > 1:
        path = path[: path.rstrip("/").rindex("/") + 1]
        if is_valid_path(path):
            return path
    return reverse("home")
