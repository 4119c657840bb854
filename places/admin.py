from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.postgres.forms import SimpleArrayField
from django.utils.translation import gettext_lazy as _

from places import services
from places.departments import Department
from places.models import ALIAS_LENGTH, Hospital
from places.names import plain_city


class HospitalForm(forms.ModelForm):
    aliases = SimpleArrayField(
        forms.CharField(max_length=ALIAS_LENGTH),
        label=_("Other names"),
        help_text=_("What people type instead of the official name, divided by commas."),
        required=False,
    )
    departments = forms.MultipleChoiceField(
        label=_("Departments"), choices=Department.choices, widget=forms.CheckboxSelectMultiple
    )

    def clean_city(self) -> str:
        return plain_city(self.cleaned_data["city"])

    def clean(self) -> dict[str, Any]:
        hospital = Hospital(
            pk=self.instance.pk, **{name: self.cleaned_data.get(name) or "" for name in ("city", "name")}
        )
        hospital.aliases = self.cleaned_data.get("aliases") or []
        for name, owner in services.names_taken(hospital).items():
            self.add_error(None, _("“%(name)s” is a name of %(owner)s already.") % {"name": name, "owner": owner})
        return self.cleaned_data


@admin.register(Hospital)
class HospitalAdmin(admin.ModelAdmin):
    """Hospitals are public knowledge: who may change them may do it here, or with a file (`import_hospitals`)."""

    form = HospitalForm
    list_display = ("name", "city", "district", "level")
    list_filter = ("city", "level")
    search_fields = ("name", "aliases", "district")
    list_per_page = 50
