from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from payments import services
from payments.errors import SignatureRefused
from payments.gateway import provider


@csrf_exempt
@require_POST
def stripe_webhook(request: HttpRequest) -> HttpResponse:
    """200 once the event is stored, 400 when Stripe did not sign it."""
    return _stored(request, of_companions=False)


@csrf_exempt
@require_POST
def connect_webhook(request: HttpRequest) -> HttpResponse:
    """The same for what happens on companions' accounts, which is signed with a secret of its own."""
    return _stored(request, of_companions=True)


def _stored(request: HttpRequest, *, of_companions: bool) -> HttpResponse:
    signature = request.headers.get("Stripe-Signature", "")
    try:
        happening = provider().open_happening(request.body, signature, of_companions=of_companions)
    except SignatureRefused:
        return HttpResponse("signature refused", status=400, content_type="text/plain")
    services.store_event(happening=happening)
    return HttpResponse("ok", content_type="text/plain")
