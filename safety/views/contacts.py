from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from common.errors import UserError
from common.login import login_required
from safety import services
from safety.forms import ContactForm
from safety.models import MOST_CONTACTS, TrustedContact


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def contacts(request: HttpRequest) -> HttpResponse:
    """Those one trusts, and a form for one more."""
    form = ContactForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.add_contact(by=request.user, **form.cleaned_data)
            return redirect("safety:contacts")
        except UserError as error:
            form.add_error(None, str(error))
    people = TrustedContact.objects.filter(user=request.user)
    return render(request, "safety/contacts.html", {"form": form, "contacts": people, "most": MOST_CONTACTS})


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def contact(request: HttpRequest, pk: int) -> HttpResponse:
    mine = get_object_or_404(request.user.trusted_contacts, pk=pk)
    form = ContactForm(request.POST or None, instance=mine)
    if request.method == "POST" and form.is_valid():
        try:
            services.change_contact(contact=mine, **form.cleaned_data)
            return redirect("safety:contacts")
        except UserError as error:
            form.add_error(None, str(error))
    return render(request, "safety/contact.html", {"form": form, "contact": mine})


@login_required
@require_POST
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    mine = get_object_or_404(request.user.trusted_contacts, pk=pk)
    services.remove_contact(contact=mine)
    messages.success(request, _("Removed."))
    return redirect("safety:contacts")
