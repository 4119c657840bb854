"""What we say in place of libraries is what they say still."""

import ast
from importlib.util import find_spec
from pathlib import Path

import pytest
from django import forms
from django.utils.translation import override

from common import borrowed

SITE = Path(find_spec("django").origin).parent.parent
SOURCES = [
    *(SITE / "django/forms" / name for name in ("fields.py", "models.py")),
    SITE / "django/core/validators.py",
    SITE / "django/utils/timesince.py",
    SITE / "django/contrib/auth/password_validation.py",
    *(SITE / "allauth/account" / name for name in ("adapter.py", "forms.py")),
    *(SITE / "allauth/mfa" / name for name in ("adapter.py", "base/forms.py", "totp/forms.py")),
]


def said_by_libraries() -> set[str]:
    trees = [ast.parse(source.read_text(encoding="utf-8")) for source in SOURCES]
    return {node.value for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant)}


def test_the_libraries_still_say_it():
    counted = {str(text._kw["singular"]) for text in borrowed.COUNTED}
    assert {*borrowed.TEXTS, *counted} - said_by_libraries() == set()


@pytest.mark.parametrize(
    ("language", "said"), [("zh-hans", "最多 3 个字，现在是 4 个。"), ("en", "at most 3 characters")]
)
def test_a_form_speaks_our_words(language, said):
    with override(language):
        with pytest.raises(forms.ValidationError) as error:
            forms.CharField(max_length=3).clean("abcd")
        assert said in error.value.messages[0]
