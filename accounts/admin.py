from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm
from django.utils.translation import gettext_lazy as _

from accounts.models import User


class NewUserForm(AdminUserCreationForm):
    class Meta:
        model = User
        fields = ("email", "display_name", "birth_date")


@admin.register(User)
class PersonAdmin(UserAdmin):
    ordering = ("-pk",)
    list_display = ("email", "display_name", "joined_on", "is_staff", "is_active")
    list_filter = ("is_staff", "is_active", "groups", "language")
    search_fields = ("email", "display_name", "phone")
    readonly_fields = ("joined_on", "last_login")
    fieldsets = (
        (None, {"fields": ("email", "phone", "password")}),
        (_("Person"), {"fields": ("display_name", "birth_date", "language", "joined_on", "last_login")}),
        (_("Permissions"), {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")}),
    )
    add_form = NewUserForm
    add_fieldsets = (
        (None, {"fields": ("email", "display_name", "birth_date", "usable_password", "password1", "password2")}),
    )
