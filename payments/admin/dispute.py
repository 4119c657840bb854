"""The page of a dispute: the one finance page that acts. What is known is read, changed, and sent to the bank once; or
somebody gives in, once."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from payments import services, words
from payments.admin.finance import shown
from payments.admin.ordered import OfAStory
from payments.admin.sums import said_at
from payments.errors import NothingToAnswer
from payments.forms import EvidenceForm
from payments.models import Dispute, Earning
from payments.services import reconciling
from payments.services.naming import number_of

MAY_ANSWER = "payments.answer_dispute"


@admin.register(Dispute)
class DisputeAdmin(OfAStory):
    codes = {"reason": "disputed"}
    list_display = ["story", "amount", "standing", "until", "reason", "opened_at"]
    list_display_links = ["opened_at"]
    list_filter = ["outcome"]
    search_fields = ["=stripe_id"]

    @admin.display(description=_lazy("State"), ordering="outcome")
    def standing(self, dispute: Dispute) -> str:
        return words.standing(dispute)

    @admin.display(description=_lazy("To be answered until"), ordering="due_at")
    def until(self, dispute: Dispute) -> str:
        """Nothing for one that takes no answer, or has it."""
        return said_at(dispute.due_at if services.takes_answer(dispute=dispute) else None)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        dispute = self.get_object(request, unquote(object_id))
        if not self.has_view_permission(request, dispute):
            raise PermissionDenied
        if dispute is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        return answered(request, dispute) if request.method == "POST" else page(request, dispute)

    def get_urls(self) -> list[URLPattern]:
        accept = path("<int:pk>/accept/", self.admin_site.admin_view(accepting), name="payments_dispute_accept")
        return [accept, *super().get_urls()]


def page(request: HttpRequest, dispute: Dispute, form: EvidenceForm | None = None) -> HttpResponse:
    waits = services.takes_answer(dispute=dispute)
    if form is None and waits:
        # What was refused is there to be mended.
        said = {**services.gathered(dispute=dispute), **dispute.evidence}
        form = EvidenceForm(initial=said, labels=words.EVIDENCE)
    given = {
        "dispute": dispute,
        "waits": waits,
        "form": form if waits else None,
        "may_answer": request.user.has_perm(MAY_ANSWER),
        "story": reconciling.story_of(ref=dispute.ref),
        "may_accept": services.can_be_accepted(dispute=dispute),
        "sent": _labelled(dispute.evidence) if dispute.evidence_asked_at else [],
        "sent_before": _labelled(dispute.inquiry_evidence),
    }
    return shown(request, "dispute", _("Disputed payment"), **given)


def _labelled(evidence: dict[str, str]) -> list[tuple[Any, str]]:
    return [(words.EVIDENCE.get(name, name), text) for name, text in evidence.items()]


def answered(request: HttpRequest, dispute: Dispute) -> HttpResponse:
    if not request.user.has_perm(MAY_ANSWER):
        raise PermissionDenied
    form = EvidenceForm(request.POST, labels=words.EVIDENCE)
    if not form.is_valid():
        return page(request, dispute, form)
    try:
        services.ask_to_send(dispute=dispute, evidence=form.evidence, by=request.user)
    except NothingToAnswer as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("It is on its way to the bank."))
    return redirect("admin:payments_dispute_change", dispute.pk)


def accepting(request: HttpRequest, pk: int) -> HttpResponse:
    """Asked once more, because nothing undoes it; then a worker tells the provider."""
    if not request.user.has_perm(MAY_ANSWER):
        raise PermissionDenied
    dispute = get_object_or_404(Dispute, pk=pk)
    if request.method == "POST":
        return accepted(request, dispute)
    if not services.can_be_accepted(dispute=dispute):
        return redirect("admin:payments_dispute_change", pk)
    given = {
        "dispute": dispute,
        "number": number_of(dispute.ref),
        "earning": Earning.objects.filter(ref=dispute.ref).select_related("companion").first(),
        "loss": services.loss_now(dispute=dispute),
        "fee": services.dispute_fee(dispute=dispute),
    }
    return shown(request, "accept", _("Accept the dispute"), **given)


def accepted(request: HttpRequest, dispute: Dispute) -> HttpResponse:
    try:
        services.ask_to_accept(dispute=dispute, by=request.user)
    except NothingToAnswer as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("Accepted. The loss is booked as soon as the payment provider has confirmed it."))
    return redirect("admin:payments_dispute_change", dispute.pk)
