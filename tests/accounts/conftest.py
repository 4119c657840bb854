import pytest
from django.core.cache import cache


@pytest.fixture(autouse=True)
def nobody_knocked_before():
    """Sign-up and sign-in count attempts in the cache."""
    cache.clear()
