"""Fees, amounts in words, card numbers, signatures, waits: the small sums."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stripe_sandbox.cards import INSTRUMENTS, passes_luhn
from stripe_sandbox.charging import fee_on
from stripe_sandbox.currencies import written
from stripe_sandbox.pages.checkout import digits, expiry_of, grouped
from stripe_sandbox.webhooks import LONGEST_WAIT, sign, wait_before


@pytest.mark.parametrize(("amount", "fee"), [(400, 249), (1000, 269), (3000, 337), (10_000, 575), (10_015, 576)])
def test_the_fee_is_a_share_and_a_fixed_part(amount, fee):
    assert fee_on(amount, "cny") == fee


@given(st.integers(1, 99_999_999))
def test_the_fee_is_never_more_than_the_amount(amount):
    assert 0 < fee_on(amount, "cny") <= amount


@pytest.mark.parametrize(
    ("amount", "currency", "words"),
    [(3000, "cny", "¥30.00"), (5, "cny", "¥0.05"), (-1234567, "cny", "−¥12,345.67"), (500, "jpy", "JP¥500")],
)
def test_amounts_are_written_out(amount, currency, words):
    assert written(amount, currency) == words


def test_each_test_card_has_a_valid_number():
    cards = [instrument.key for instrument in INSTRUMENTS if instrument.type == "card"]
    assert all(passes_luhn(number) for number in cards)
    assert not passes_luhn("4242424242424243")


@pytest.mark.parametrize(("text", "read"), [("12/34", (12, 2034)), ("1/2034", (1, 2034)), ("0930", (9, 2030))])
def test_expiry_dates_are_read_as_people_write_them(text, read):
    assert expiry_of(text) == read


@pytest.mark.parametrize("text", ["", "13/34", "0/34", "12/1934", "12/3", "ab/cd", "12/34/56"])
def test_what_is_no_expiry_date_is_none(text):
    assert expiry_of(text) is None


def test_numbers_are_grouped_and_ungrouped():
    assert digits(grouped("4242424242424242")) == "4242424242424242"
    assert digits("4242 letters") == ""


def test_a_signature_is_an_hmac_over_time_and_body():
    """The value is openssl's: printf '1700000000.{"a":1}' | openssl dgst -sha256 -hmac whsec_test"""
    mac = "38877139021993b830af32feea6e18a8da83eb2f6e49ee50bd9e4cf4ca4d3789"
    assert sign('{"a":1}', "whsec_test", 1_700_000_000) == f"t=1700000000,v1={mac}"


def test_waits_double_up_to_an_hour():
    assert [wait_before(attempt) for attempt in range(2, 7)] == [1, 2, 4, 8, 16]
    assert wait_before(100) == LONGEST_WAIT
