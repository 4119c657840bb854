"""Bodies with brackets."""

from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stripe_sandbox.errors import StripeError
from stripe_sandbox.forms import decode

KEYS = st.text(st.characters(exclude_characters="[]", exclude_categories=("Cs",)), min_size=1, max_size=8)
TREES = st.recursive(
    st.text(st.characters(exclude_categories=("Cs",)), max_size=20),
    lambda inner: st.dictionaries(KEYS, inner, min_size=1, max_size=4),
    max_leaves=12,
)


def test_hashes_and_arrays():
    body = "amount=5&line_items[0][price_data][currency]=cny&line_items[1][quantity]=2&expand[]=a&expand[]=b"
    assert decode(body) == {
        "amount": "5",
        "line_items": {"0": {"price_data": {"currency": "cny"}}, "1": {"quantity": "2"}},
        "expand": {"0": "a", "1": "b"},
    }


# The first key that is drawn reads all of Unicode: on a busy machine that takes longer than Hypothesis likes.
@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(KEYS, TREES, max_size=5))
def test_what_was_encoded_comes_back(tree):
    assert decode(urlencode(list(flat(tree)))) == tree


def flat(tree, prefix=""):
    for key, value in tree.items():
        name = f"{prefix}[{key}]" if prefix else key
        if isinstance(value, dict):
            yield from flat(value, name)
        else:
            yield name, value


@given(st.binary(max_size=200))
def test_anything_else_is_refused_or_read_but_never_breaks(body):
    try:
        assert isinstance(decode(body), dict)
    except StripeError as error:
        assert error.status == 400


@pytest.mark.parametrize("body", ["a=1&a[b]=2", "a[b]=2&a=1", "a[b=1", "[a]=1", "a]=1", "a=%ff"])
def test_what_contradicts_itself_is_refused(body):
    with pytest.raises(StripeError):
        decode(body)
