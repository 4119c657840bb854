"""`make code`: what the demo's authenticators show."""

import pytest

from devstack.code import SECRET, code
from listings.management.commands import seed_demo

RFC_KEY = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"


@pytest.mark.parametrize(
    ("now_s", "shown"), [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")]
)
def test_the_codes_of_the_standard(now_s, shown):
    """RFC 6238, appendix B, the last six of its eight digits."""
    assert code(RFC_KEY, now_s) == shown


def test_it_is_the_key_that_the_demo_has():
    assert SECRET == seed_demo.SECRET
