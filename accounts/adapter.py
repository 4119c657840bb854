from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from accounts.language import remember
from accounts.models import User


class AccountAdapter(DefaultAccountAdapter):
    """Puts what our sign-up asks beyond e-mail and password onto the user before the row is written."""

    def save_user(self, request: HttpRequest, user: User, form, commit: bool = True) -> User:
        user.display_name = form.cleaned_data["display_name"]
        user.birth_date = form.cleaned_data["birth_date"]
        user.language = form.language()
        user.language_chosen = settings.LANGUAGE_COOKIE_NAME in request.COOKIES
        return super().save_user(request, user, form, commit=commit)

    def post_login(self, request: HttpRequest, user: User, **kwargs) -> HttpResponse:
        """The language a person chose comes along to a device that has not chosen one."""
        response = super().post_login(request, user, **kwargs)
        if user.language_chosen and settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
            remember(response, user.language)
        return response
