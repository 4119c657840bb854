"""The page of a dispute: the one finance page that acts. What is known is read, changed, and sent to the bank once."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from payments import services, words
from payments.admin.finance import shown
from payments.admin.works import OfAStory
from payments.errors import NothingToAnswer
from payments.forms import EvidenceForm
from payments.models import Dispute
from payments.services import reconciling

MAY_ANSWER = "payments.answer_dispute"


@admin.register(Dispute)
class DisputeAdmin(OfAStory):
    list_display = ["opened_at", "story", "amount", "reason", "status", "outcome", "due_at", "evidence_sent_at"]
    list_display_links = ["opened_at"]
    list_filter = ["outcome"]
    search_fields = ["=ref", "=stripe_id"]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        dispute = self.get_object(request, unquote(object_id))
        if not self.has_view_permission(request, dispute):
            raise PermissionDenied
        if dispute is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        return answered(request, dispute) if request.method == "POST" else page(request, dispute)


def page(request: HttpRequest, dispute: Dispute, form: EvidenceForm | None = None) -> HttpResponse:
    waits = services.takes_answer(dispute=dispute)
    if form is None and waits:
        form = EvidenceForm(initial=services.gathered(dispute=dispute), labels=words.EVIDENCE)
    given = {
        "dispute": dispute,
        "form": form if waits else None,
        "may_answer": request.user.has_perm(MAY_ANSWER),
        "story": reconciling.story_of(ref=dispute.ref),
        "sent": [(words.EVIDENCE.get(name, name), text) for name, text in dispute.evidence.items()],
    }
    return shown(request, "dispute", _("Disputed payment"), **given)


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
