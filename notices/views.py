import json
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from common.login import login_required
from notices import services
from notices.cookies import device_cookie, new_device_cookie, set_device_cookie
from notices.forms import DeviceForm, PreferenceForm


@require_safe
@cache_control(no_cache=True)
def service_worker(request: HttpRequest) -> HttpResponse:
    """At the root, so that the whole site is its own: a browser asks it where a notice leads."""
    return render(request, "notices/sw.js", content_type="text/javascript; charset=utf-8")


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def preferences(request: HttpRequest) -> HttpResponse:
    """By which way and at which hours one is told, and the devices that show it."""
    form = PreferenceForm(request.POST or None, instance=services.preference_of(request.user))
    if request.method == "POST" and form.is_valid():
        services.prefer(by=request.user, **form.wishes())
        messages.success(request, _("Saved."))
        return redirect("notices:preferences")
    return render(
        request, "notices/preferences.html", {"form": form, "key": services.public_key(), **_devices(request)}
    )


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def add(request: HttpRequest) -> HttpResponse:
    """What a browser subscribes and posts with, as JSON {key, token}. Posted is JSON of PushSubscription.toJSON(), with
    the endpoint that it takes the place of, if any, as `replaces`; answers 201, or 400 with {code, message}."""
    if request.method == "GET":
        return JsonResponse({"key": services.public_key(), "token": get_token(request)})
    form = DeviceForm(_sent(request))
    if not services.is_on() or not form.is_valid():
        return JsonResponse({"code": "invalid"}, status=400)
    told, cookie = form.cleaned_data, device_cookie(request) or new_device_cookie()
    services.add_device(
        by=request.user,
        replaces=told.pop("replaces"),
        address=services.Address(**told),
        label=services.label_of(request.headers.get("User-Agent", "")) or _("A browser"),
        session_key=request.session.session_key,
        cookie=cookie,
    )
    response = HttpResponse(status=201)
    set_device_cookie(response, cookie)
    return response


@login_required
@require_POST
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    services.remove_device(device=get_object_or_404(request.user.devices, pk=pk))
    messages.success(request, _("Removed."))
    return redirect("notices:preferences")


def _devices(request: HttpRequest) -> dict[str, Any]:
    """Each with the fingerprint of its endpoint, by which the page knows whether it is this one."""
    devices = request.user.devices.order_by("-signed_in_at", "-pk")
    return {"devices": [(device, services.fingerprint(device.endpoint)) for device in devices]}


def _sent(request: HttpRequest) -> dict[str, Any]:
    try:
        sent = json.loads(request.body)
        return {"endpoint": sent["endpoint"], "replaces": sent.get("replaces", ""), **sent["keys"]}
    except (ValueError, KeyError, TypeError):
        return {}
