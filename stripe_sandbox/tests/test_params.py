"""Schemas: what is read, and with which words the rest is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stripe_sandbox.errors import StripeError
from stripe_sandbox.params import (
    Amount,
    Choice,
    Flag,
    Hash,
    Integer,
    ListOf,
    Metadata,
    Range,
    Text,
    Url,
    merged_metadata,
)

SCHEMA = Hash(
    {
        "amount": Integer(1, 100, required=True),
        "live": Flag(),
        "items": ListOf(Hash({"name": Text(5, required=True)}), longest=2),
        "mode": Choice("payment", "setup"),
        "metadata": Metadata(clearable=True),
    }
)


def refusal(raw) -> tuple[str | None, str | None]:
    with pytest.raises(StripeError) as refused:
        SCHEMA.read(raw, "")
    return refused.value.code, refused.value.param


def test_values_are_read_with_their_types():
    raw = {"amount": "5", "live": "false", "items": {"1": {"name": "b"}, "0": {"name": "a"}}, "mode": "setup"}
    read = {"amount": 5, "live": False, "items": [{"name": "a"}, {"name": "b"}], "mode": "setup"}
    assert SCHEMA.read(raw, "") == read


def test_only_what_was_sent_is_there_and_cleared_is_none():
    assert SCHEMA.read({"amount": "5"}, "") == {"amount": 5}
    assert SCHEMA.read({"amount": "5", "metadata": ""}, "") == {"amount": 5, "metadata": None}


@pytest.mark.parametrize(
    ("raw", "code", "param"),
    [
        ({}, "parameter_missing", "amount"),
        ({"amount": ""}, "parameter_invalid_empty", "amount"),
        ({"amount": "0"}, "parameter_invalid_integer", "amount"),
        ({"amount": "101"}, "parameter_invalid_integer", "amount"),
        ({"amount": "5", "x": "1", "y": "2"}, "parameter_unknown", "x"),
        ({"amount": "5", "live": "yes"}, None, "live"),
        ({"amount": "5", "mode": "subscription"}, None, "mode"),
        ({"amount": "5", "items": "a"}, None, "items"),
        ({"amount": "5", "items": {"first": {"name": "a"}}}, None, "items"),
        ({"amount": "5", "items": {"0": "a"}}, None, "items[0]"),
        ({"amount": "5", "items": {"0": {}}}, "parameter_missing", "items[0][name]"),
        ({"amount": "5", "items": {"0": {"name": "a", "x": "1"}}}, "parameter_unknown", "items[0][x]"),
        ({"amount": "5", "items": {"0": {"name": "abcdef"}}}, None, "items[0][name]"),
        ({"amount": "5", "items": {str(n): {"name": "a"} for n in range(3)}}, None, "items"),
        ({"amount": "5", "metadata": {"k" * 41: "v"}}, None, f"metadata[{'k' * 41}]"),
        ({"amount": "5", "metadata": {"k": "v" * 501}}, None, "metadata[k]"),
        ({"amount": "5", "metadata": {str(n): "v" for n in range(51)}}, None, "metadata"),
    ],
)
def test_refusals_name_the_parameter(raw, code, param):
    assert refusal(raw) == (code, param)


@given(st.integers(-(2**53), 2**53))
def test_integers_come_through(number):
    assert Integer().read(str(number), "n") == number


@given(st.text(min_size=1).filter(lambda text: not (text.isascii() and text.lstrip("-").isdigit())))
def test_nothing_else_is_an_integer(text):
    with pytest.raises(StripeError):
        Integer().read(text, "n")


def test_ranges_are_bounds():
    assert Range().read("5", "created") == {"gte": 5, "lte": 5}
    assert Range().read({"gt": "5"}, "created") == {"gt": 5}


@pytest.mark.parametrize("raw", ["12.5", "-1", "NaN", "Infinity", "1e400", "x", {"a": "1"}])
def test_decimals_must_be_whole_minor_units(raw):
    assert Amount().read("12.0", "unit_amount_decimal") == 12
    with pytest.raises(StripeError):
        Amount().read(raw, "unit_amount_decimal")


@pytest.mark.parametrize("url", ["javascript:alert(1)", "//host", "http://", "shop.test/ok", "ftp://shop.test"])
def test_only_web_addresses_are_addresses(url):
    with pytest.raises(StripeError):
        Url().read(url, "success_url")


def test_metadata_merges_key_by_key():
    assert merged_metadata({"a": "1", "b": "2"}, {"a": "", "c": "3"}) == {"b": "2", "c": "3"}
    assert merged_metadata({"a": "1"}, None) == {}
