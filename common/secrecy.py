"""Pages whose address is the key to them: whoever has it reads them, and nobody else learns of it."""

from collections.abc import Callable
from functools import wraps

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

View = Callable[..., HttpResponse]

# Neither a search engine, nor a page one goes on to, nor a cache on the way learns the address. The origin alone goes
# along: without it a browser names none for a form of the page, such as the choice of language, which is refused then.
HEADERS = {
    "X-Robots-Tag": "noindex, nofollow",
    "Referrer-Policy": "strict-origin",
    "Cache-Control": "no-store, private",
}


def secret_address(view: View) -> View:
    """An address that was guessed, or is over, is answered by a plain 404 with the same headers."""

    @wraps(view)
    def kept(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        try:
            response = view(request, *args, **kwargs)
        except Http404:
            response = render(request, "404.html", status=404)
        for name, value in HEADERS.items():
            response[name] = value
        return response

    return kept
