"""What every page has in common: language, templates, the strict policy, the mark of a simulation."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from stripe_sandbox.currencies import written
from stripe_sandbox.pages.words import WORDS

TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent.parent / "templates"), autoescape=True, undefined=StrictUndefined
)
TEMPLATES.filters["money"] = written


def language(request: Request, locale: str | None = None) -> str:
    """The session's locale if it names one, else the browser's first choice of the two, else Chinese."""
    wished = [locale or "auto"] if (locale or "auto") != "auto" else by_preference(request)
    for tag in wished:
        if tag.lower().startswith(("zh", "en")):
            return tag[:2].lower()
    return "en" if wished and locale not in (None, "auto") else "zh"


def by_preference(request: Request) -> list[str]:
    """Accept-Language, best first."""
    tags = []
    for part in request.headers.get("accept-language", "").split(","):
        tag, _, quality = part.strip().partition(";q=")
        tags.append((-as_float(quality or "1"), tag))
    return [tag for _, tag in sorted(tags, key=lambda pair: pair[0])]


def as_float(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def render(
    template: str, lang: str, *, status: int = 200, leads_to: tuple[str | None, ...] = (), **context: Any
) -> Response:
    """`leads_to` are the addresses a form may be redirected to: browsers hold redirects to form-action too."""
    body = TEMPLATES.get_template(template).render(t=WORDS[lang], lang=lang, **context)
    targets = " ".join(["'self'", *sorted({origin(url) for url in leads_to if url})])
    policy = (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; base-uri 'none'; "
        f"frame-ancestors 'none'; form-action {targets}"
    )
    headers = {
        "Content-Security-Policy": policy,
        "Content-Language": "zh-Hans" if lang == "zh" else "en",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }
    return HTMLResponse(body, status, headers)


def origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def not_found(request: Request) -> Response:
    return render("closed.html", language(request), status=404, why="unknown", onward=None, session=None)
