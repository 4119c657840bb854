from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from payments import gateway, services
from payments.errors import SignatureRefused


@csrf_exempt
@require_POST
def stripe_webhook(request: HttpRequest) -> HttpResponse:
    """200 once the event is stored, 400 when Stripe did not sign it."""
    try:
        event = gateway.read_event(request.body, request.headers.get("Stripe-Signature", ""))
    except SignatureRefused:
        return HttpResponse("signature refused", status=400, content_type="text/plain")
    services.store_event(event=event)
    return HttpResponse("ok", content_type="text/plain")
