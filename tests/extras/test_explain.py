"""Support staff ask for a bill: what was laid out stands under it by its reference, held against the ledger."""

import pytest
from django.core.management import CommandError, call_command

from extras import services
from extras.models import Extra
from payments.models import Refund
from tests.extras.asking import FEN, WHAT, asked, money_comes, opened, paid
from tests.orders import past_the_triggers

pytestmark = pytest.mark.django_db


@pytest.fixture
def said(capsys, visit):
    """What the command says of the visit's lines that have these words, each without its blanks."""

    def say(words: str) -> list[str]:
        call_command("explain_booking", visit.code)
        return [" ".join(line.split()) for line in capsys.readouterr().out.splitlines() if words in line]

    return say


def test_each_is_listed_by_its_reference_and_never_by_what_it_was(visit, said):
    one, other = paid(asked(visit)), asked(visit, amount_fen=4000)
    assert said(str(one.pk)) == [f"extra {one.pk} paid ¥23.50 ¥23.50"]
    assert said(str(other.pk)) == [f"extra {other.pk} asked ¥0 ¥0"]
    assert said(WHAT) == [] and said("The ledger says the same.")


def test_what_came_too_late_and_goes_back(visit, said):
    extra = asked(visit)
    payment = opened(extra)
    services.take_back(extra=extra, by=visit.companion)
    money_comes(payment)
    assert said(str(extra.pk)) == [f"extra {extra.pk} withdrawn ¥0 ¥0"]
    assert said("back of it") == ["back of it (requested) ¥23.50 ¥23.50"]


def test_what_the_ledger_says_otherwise_differs(visit, extra, capsys):
    with past_the_triggers():
        Extra.objects.filter(pk=extra.pk).update(state="paid", decided_ms=extra.asked_ms)
    with pytest.raises(CommandError):
        call_command("explain_booking", visit.code)
    assert f"extra {extra.pk} paid ¥23.50 ¥0 DIFFERS" in " ".join(capsys.readouterr().out.split())


def test_a_refund_that_is_not_in_the_ledger_differs(visit, capsys):
    extra = asked(visit)
    payment = opened(extra)
    services.take_back(extra=extra, by=visit.companion)
    money_comes(payment)
    Refund.objects.filter(ref=extra.pk).update(amount=FEN - 1)
    with pytest.raises(CommandError):
        call_command("explain_booking", visit.code)
    assert "back of it (requested) ¥23.49 ¥23.50 DIFFERS" in " ".join(capsys.readouterr().out.split())
