from io import BytesIO
from urllib.parse import urlencode

import segno
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailConfirmation
from allauth.account.utils import get_next_redirect_url
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import HttpRequest, HttpResponse

from accounts.language import remember
from accounts.models import User
from common.sealing import seal, unseal


class MFAAdapter(DefaultMFAAdapter):
    """Second steps: their secrets are sealed, and whoever may do more than others does not give his up."""

    def encrypt(self, text: str) -> str:
        return seal(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Raises cryptography.fernet.InvalidToken when no key fits."""
        return unseal(encrypted_text.encode()).decode()

    def build_totp_svg(self, url: str) -> str:
        # Whole, not to be put into a page: it is shown from a data address.
        drawn = BytesIO()
        segno.make(url).save(drawn, kind="svg", xmldecl=False, border=2, scale=5)
        return drawn.getvalue().decode()

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        user = authenticator.user
        return not (user.is_staff or user.get_all_permissions())


class AccountAdapter(DefaultAccountAdapter):
    """Puts what our sign-up asks beyond e-mail and password onto the user before the row is written."""

    def save_user(self, request: HttpRequest, user: User, form, commit: bool = True) -> User:
        user.display_name = form.cleaned_data["display_name"]
        user.birth_date = form.cleaned_data["birth_date"]
        user.language = form.language()
        user.language_chosen = settings.LANGUAGE_COOKIE_NAME in request.COOKIES
        return super().save_user(request, user, form, commit=commit)

    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation: EmailConfirmation) -> str:
        """Who signs up on the way to a page of ours goes on to it, in whichever browser he opens his mail."""
        address = super().get_email_confirmation_url(request, emailconfirmation)
        onward = get_next_redirect_url(request)
        return f"{address}?{urlencode({REDIRECT_FIELD_NAME: onward})}" if onward else address

    def post_login(self, request: HttpRequest, user: User, **kwargs) -> HttpResponse:
        """The language a person chose comes along to a device that has not chosen one."""
        response = super().post_login(request, user, **kwargs)
        if user.language_chosen and settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
            remember(response, user.language)
        return response
