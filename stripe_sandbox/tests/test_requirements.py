"""What an account may do follows from what is known of it."""

import pytest

from stripe_sandbox.connect.requirements import BANK, NEEDED, Known, state

BANK_GIVEN = {"status": "new"}
NOW = 1_000


def complete(**more):
    return Known(given=list(NEEDED), submitted=True, **more)


def stand(known, bank=BANK_GIVEN):
    found = state(known, bank, ["transfers"], NOW)
    return found["capabilities"]["transfers"], found["payouts_enabled"], found["requirements"]["disabled_reason"]


@pytest.mark.parametrize(
    ("known", "bank", "expected"),
    [
        (Known(), None, ("inactive", False, "requirements.past_due")),
        (Known(given=list(NEEDED)), BANK_GIVEN, ("inactive", False, "requirements.past_due")),
        (complete(checking=True), BANK_GIVEN, ("pending", False, "requirements.pending_verification")),
        (complete(), BANK_GIVEN, ("active", True, None)),
        (complete(), None, ("active", False, None)),
        (complete(), {"status": "errored"}, ("active", False, None)),
        (complete(asked=["individual.email"]), BANK_GIVEN, ("inactive", False, "requirements.past_due")),
        (complete(asked=["individual.email"], deadline=NOW + 1), BANK_GIVEN, ("active", True, None)),
        (complete(asked=["individual.email"], deadline=NOW), BANK_GIVEN, ("inactive", False, "requirements.past_due")),
        (complete(reason="under_review"), BANK_GIVEN, ("inactive", False, "under_review")),
        (complete(rejected=True), BANK_GIVEN, ("inactive", False, "rejected.other")),
    ],
)
def test_what_follows(known, bank, expected):
    assert stand(known, bank) == expected


def test_nothing_is_enabled_that_was_not_requested():
    found = state(complete(), BANK_GIVEN, [], NOW)
    assert (found["capabilities"], found["charges_enabled"], found["payouts_enabled"]) == ({}, False, False)


def test_asking_again_takes_the_answer_away_and_giving_it_ends_its_error():
    known = complete()
    known.ask(["individual.last_name", BANK])
    assert known.due(BANK_GIVEN) == [BANK, "individual.last_name"]
    known.errors = [{"code": "x", "reason": "x", "requirement": "individual.last_name"}]
    known.give(["individual.last_name", BANK])
    assert (known.due(BANK_GIVEN), known.errors) == ([], [])
