"""For each trigger on the tables of bookings and money, what it refuses or writes. See every_rule.py."""

from tests.bookings.every_rule import (
    A_LINE,
    ANOTHER_BOOKING,
    APPOINTED,
    DONE_BY_HAND,
    NEW,
    NOT_DECIDED,
    OPEN_ONE,
    REQUESTED,
    SETTLED,
    THE_OPEN_DISPUTE,
    UNPAID,
    WENT_OUTSIDE,
    Statement,
    again,
    booking,
    change,
    one,
)

BLOCK = "INSERT INTO accounts_block (blocker_id, blocked_id, known_as, created_at) "
BLOCKED = BLOCK + "SELECT client_id, companion_id, '', now() FROM bookings_booking WHERE " + UNPAID
STRANGE = {"booking_id": "'{live}'", "shown_at": "NULL", "answered_at": "NULL", "answer": "''"}

AGREED = change("bookings_move", "state = 'agreed', decided_ms = 1", OPEN_ONE)
A_GUEST_PAYS = [
    "ALTER TABLE bookings_share DISABLE TRIGGER bookings_share_bounded",
    again("bookings_share", OPEN_ONE, booking_id="'{appointed}'", payer_id="{somebody}", state="'paid'"),
]
UNMOVED = "ALTER TABLE bookings_move DISABLE TRIGGER bookings_agreed_is_moved"
NOBODY_AGREES = [
    "ALTER TABLE bookings_moveagreement DISABLE TRIGGER bookings_move_agreement_kept",
    "DELETE FROM bookings_moveagreement",
]
A_MOVE = {"request_key": "gen_random_uuid()", "state": "'open'", "decided_ms": "NULL"}

NEWEST = "(SELECT id FROM bookings_booking WHERE code = 'ZZZZ-ZZZZ')"
GRANTED = "state = 'granted', decided_ms = 1"


def paid_without_a_clock(of: str) -> list[Statement]:
    """Time on top of what does not run, in whichever order it is written."""
    paid = {"booking_id": f"'{{{of}}}'", "request_key": "gen_random_uuid()"}
    return [
        "ALTER TABLE bookings_extension DISABLE TRIGGER USER",
        again("bookings_extension", "state = 'granted'", **paid),
        booking("granted_ms = granted_ms + 60000 * 30", f"id = '{{{of}}}'"),
    ]


def added_to(of: str) -> Statement:
    return again("bookings_segment", booking_id=f"'{{{of}}}'", start_ms="1", end_ms="2")


ANOTHER_SHARE = {"payment_seq": "9", "payer_id": "{somebody}", "amount_fen": "9999"}

OF_UNPAID = "(SELECT id FROM payments_payment WHERE ref = '{unpaid}')"
SENT_ONCE_MORE = {"seq": "9", "amount": "100000", "status": "'requested'"}

FINAL: dict[str, tuple[str, list[Statement]]] = {
    "bookings_bill_final": ("its bill is final", [booking("billed_min = billed_min - 1", SETTLED)]),
    "bookings_granted_final": ("its time is final", paid_without_a_clock("ended")),
    "bookings_extension_final": ("is final", [change("bookings_extension", "decided_ms = 1", "state = 'granted'")]),
    "bookings_extension_kept": ("extensions are kept", ["DELETE FROM bookings_extension"]),
    "bookings_step_final": ("steps are final", ["DELETE FROM bookings_step"]),
    "bookings_ordered_is_granted": (
        "minutes paid",
        [ANOTHER_BOOKING, again("bookings_terms", booking_id=NEWEST, ordered_min="31", price_unit="'hour'")],
    ),
    "bookings_paid_is_granted": ("minutes paid", [change("bookings_extension", GRANTED, "state = 'open'")]),
    "bookings_segment_of_what_runs": ("gets no segment", [added_to("settled")]),
    "bookings_check_transition": ("may not become", [booking("state = 'declined', due_ms = NULL", UNPAID)]),
    "bookings_granted_is_paid": ("minutes paid", [booking("granted_ms = granted_ms + 60000")]),
    "bookings_refuse_blocked": ("blocked", [BLOCKED, ANOTHER_BOOKING]),
    "bookings_refuse_blocked_step": ("blocked", [BLOCKED, booking("state = 'requested'", UNPAID)]),
    "bookings_move_begins": (
        "no such start",
        [
            change("bookings_move", "state = 'declined', decided_ms = 1", OPEN_ONE),
            again("bookings_move", "state = 'declined'", **A_MOVE, from_ms="from_ms - 1", expires_ms="proposed_ms + 1"),
        ],
    ),
    "bookings_move_final": ("is final", [change("bookings_move", "to_ms = to_ms + 1", OPEN_ONE)]),
    "bookings_move_kept": (
        "moves are kept",
        [
            change("bookings_move", "state = 'declined', decided_ms = 1", OPEN_ONE),
            again("bookings_move", "state = 'declined'", **A_MOVE),
            # No step tells of it.
            "DELETE FROM bookings_move WHERE state = 'open'",
        ],
    ),
    "bookings_move_agreed_by_all": ("not all have agreed", [*A_GUEST_PAYS, UNMOVED, AGREED]),
    "bookings_move_declined_by_asked": (
        "is not asked",
        [change("bookings_move", "state = 'declined', decided_ms = 1, declined_by_id = {somebody}", OPEN_ONE)],
    ),
    "bookings_move_agreement_begins": ("is not asked", [again("bookings_moveagreement", by_id="{somebody}")]),
    "bookings_move_agreement_kept": ("moves are kept", ["DELETE FROM bookings_moveagreement"]),
    "bookings_start_agreed": ("not what was agreed", [booking("starts_ms = starts_ms + 1", APPOINTED)]),
    "bookings_agreed_is_moved": ("its booking is not moved", [AGREED]),
    "bookings_entry_kept": ("code entries are kept", ["DELETE FROM bookings_codeentry"]),
    "bookings_meets_client": (
        "does not meet its client",
        [change("listings_companion", "meets = 'male'"), again("bookings_booking", UNPAID, **NEW, online="false")],
    ),
    "bookings_gender_kept": (
        "the gender stays",
        [
            booking("online = false", UNPAID),
            change("accounts_user", "gender = 'male'", f"id = (SELECT client_id FROM bookings_booking WHERE {UNPAID})"),
        ],
    ),
    "bookings_review_may_be_written": ("settled order", [again("bookings_review", **STRANGE)]),
    "bookings_review_stays": ("never changes", [change("bookings_review", "stars = 1")]),
    "bookings_review_kept": (
        "reviews are kept",
        ["DELETE FROM bookings_review WHERE id NOT IN (SELECT review_id FROM bookings_reviewreport)"],
    ),
    "bookings_report_kept": ("reviews are kept", ["DELETE FROM bookings_reviewreport"]),
    "bookings_share_bounded": ("more than it costs", [again("bookings_share", OPEN_ONE, **ANOTHER_SHARE)]),
    "bookings_share_final": ("shares are kept", [change("bookings_share", "amount_fen = 1", OPEN_ONE)]),
    "bookings_share_kept": ("shares are kept", ["DELETE FROM bookings_share"]),
    "bookings_shares_complete": ("not all shares are paid", [booking("state = 'requested'", "id = '{shared}'")]),
    "parties_payer_sits": (
        "pays for no seat",
        [
            "INSERT INTO parties_party (booking_id, size) VALUES ('{shared}', 3)",
            "ALTER TABLE bookings_share DISABLE TRIGGER bookings_share_bounded",
            again("bookings_share", OPEN_ONE, payment_seq="9", payer_id="{somebody}"),
        ],
    ),
    "bookings_segment_final": ("final", ["DELETE FROM bookings_segment"]),
    "bookings_segment_kept": ("is final", [change("bookings_segment", "start_ms = start_ms - 1")]),
    "bookings_terms_final": ("terms are final", ["DELETE FROM bookings_terms"]),
    "payments_account_kept": ("accounts are kept", ["DELETE FROM payments_account WHERE kind = 'platform_fee'"]),
    "payments_book_entry_final": ("are final", [A_LINE.format(net=9), "DELETE FROM payments_bookentry"]),
    "payments_by_hand_final": ("is final", [DONE_BY_HAND, "DELETE FROM payments_byhand"]),
    "payments_outside_final": ("is final", [WENT_OUTSIDE, "DELETE FROM payments_outside"]),
    "payments_transfer_final": ("transfers are final", [change("payments_transfer", "amount = amount + 1")]),
    "payments_payout_within": ("fen leave for", [again("payments_payout", "status = 'failed'", **SENT_ONCE_MORE)]),
    "payments_payout_final": ("is final", ["DELETE FROM payments_payout WHERE status = 'failed'"]),
    "payments_payout_of_payment": (
        "is of another reference",
        [again("payments_payout", "status = 'failed'", seq="9", payment_id=OF_UNPAID)],
    ),
    "payments_earning_final": (
        "is final",
        ["DELETE FROM payments_earning WHERE ref NOT IN (SELECT earning_id FROM payments_payout)"],
    ),
    "payments_dispute_of_payment": (
        "is of another reference",
        [again("payments_dispute", NOT_DECIDED, stripe_id="'dp_x'", seq="9", payment_id=OF_UNPAID)],
    ),
    "payments_dispute_final": (
        "is final",
        [change("payments_dispute", "outcome = 'open', closed_at = NULL", "outcome = 'won'")],
    ),
    "payments_reversal_within": (
        "are fetched back of payout",
        [again("payments_reversal", REQUESTED, amount="101", dispute_id=THE_OPEN_DISPUTE)],
    ),
    "payments_reversal_final": ("is final", ["DELETE FROM payments_reversal"]),
}
"""Triggers that refuse: in which words."""

EACH: dict[str, list[list[Statement]]] = {
    "bookings_bill_final": [
        [booking("closed_ms = closed_ms - 1", SETTLED)],
        [booking("ended_ms = ended_ms - 1", SETTLED)],
        [booking("kept_fen = NULL", "id = '{cancelled}'")],
    ],
    "bookings_granted_final": [paid_without_a_clock("settled"), paid_without_a_clock("unpaid")],
    "bookings_extension_final": [
        *(
            [change("bookings_extension", f"{column} = {column} + 1", OPEN_ONE)]
            for column in ("id", "minutes", "amount_fen")
        ),
        *(
            [change("bookings_extension", f"{column} = {other}", OPEN_ONE)]
            for column, other in {
                "booking_id": "'{unpaid}'",
                "request_key": "gen_random_uuid()",
                "asked_by_id": "{somebody}",
                "payment_seq": "9",
            }.items()
        ),
        [change("bookings_extension", "decided_ms = 1", "state = 'dropped'")],
        [change("bookings_extension", "state = 'dropped'", "state = 'missed'")],
    ],
    "bookings_move_begins": [
        [
            change("bookings_move", "state = 'declined', decided_ms = 1", OPEN_ONE),
            again("bookings_move", "state = 'declined'", **{**A_MOVE, **other}),
        ]
        for other in (
            {"booking_id": "'{live}'"},
            {"proposed_by_id": "{somebody}"},
            {"state": "'lapsed'", "decided_ms": "1"},
        )
    ],
    "bookings_move_final": [
        *(
            [change("bookings_move", f"{column} = {column} - 1", OPEN_ONE)]
            for column in ("from_ms", "proposed_ms", "expires_ms")
        ),
        [
            change("bookings_move", "state = 'declined', decided_ms = 1", OPEN_ONE),
            again("bookings_move", "state = 'declined'", **A_MOVE),
            change("bookings_move", "id = -id", OPEN_ONE),
        ],
        [change("bookings_move", "booking_id = '{unpaid}'", OPEN_ONE)],
        [change("bookings_move", "request_key = gen_random_uuid()", OPEN_ONE)],
        [change("bookings_move", "proposed_by_id = {somebody}", OPEN_ONE)],
        [change("bookings_move", "late_start_ms = 1", OPEN_ONE)],
        [change("bookings_move", "decided_ms = 1", "state = 'dropped'")],
    ],
    "bookings_move_agreement_begins": [
        [again("bookings_moveagreement", by_id=f"(SELECT client_id FROM bookings_booking WHERE {APPOINTED})")],
        [
            *NOBODY_AGREES,
            change("bookings_move", "state = 'declined', decided_ms = 1", OPEN_ONE),
            "INSERT INTO bookings_moveagreement (move_id, by_id, at_ms) SELECT m.id, b.companion_id, 1 "
            "FROM bookings_move m JOIN bookings_booking b ON b.id = m.booking_id WHERE m.state = 'declined'",
        ],
    ],
    "bookings_move_agreement_kept": [[change("bookings_moveagreement", "at_ms = 2")]],
    "bookings_entry_kept": [
        [change("bookings_codeentry", what)] for what in ("age_ms = 2", "came_ms = 3", "refusal = 'wrong_code'")
    ],
    "bookings_start_agreed": [[booking("late_start_ms = 1", APPOINTED)]],
    "bookings_step_final": [
        *(
            [change("bookings_step", f"{column} = {column} + 1", one("bookings_step"))]
            for column in ("at_ms", "minutes")
        ),
        [change("bookings_step", "id = -id")],
        [change("bookings_step", "booking_id = '{unpaid}'")],
        [change("bookings_step", "state = 'ended'")],
        [change("bookings_step", "pause_reason = 'client'")],
    ],
    "bookings_share_final": [
        *(
            [change("bookings_share", f"{column} = {other}", OPEN_ONE)]
            for column, other in {"payer_id": "{somebody}", "payment_seq": "9"}.items()
        ),
        [
            "ALTER TABLE bookings_share DISABLE TRIGGER bookings_share_bounded",
            change("bookings_share", "booking_id = '{unpaid}'", OPEN_ONE),
        ],
        [change("bookings_share", "state = 'open', payer_id = payer_id", "state = 'paid'")],
        [change("bookings_share", "state = 'paid'", "state = 'dropped'")],
    ],
    "bookings_segment_of_what_runs": [[added_to("unpaid")], [added_to("cancelled")]],
    "payment_refund_bounded": [[change("payments_payment", "charged_back = amount + 1", "status = 'succeeded'")]],
    "payment_refund_needs_success": [[change("payments_payment", "charged_back = 1", "status = 'open'")]],
    "payments_payout_within": [
        [
            "ALTER TABLE payments_payout DISABLE TRIGGER payments_payout_final",
            change("payments_payout", "amount = 100000", REQUESTED),
        ],
    ],
    "payments_payout_final": [
        *(
            [change("payments_payout", f"{column} = {column} + 1", "status = 'failed'")]
            for column in ("payment_id", "amount")
        ),
        [change("payments_payout", "seq = 9", "status = 'failed'")],
        [change("payments_payout", "account_id = 'acct_x'", "status = 'failed'")],
        [change("payments_payout", "earning_id = '{cancelled}'", REQUESTED)],
        [
            "ALTER TABLE payments_payout DISABLE TRIGGER payments_payout_within",
            change("payments_payout", "status = 'requested'", "status = 'failed'"),
        ],
    ],
    "payments_earning_final": [
        [change("payments_earning", "amount = amount + 1")],
        [change("payments_earning", "companion_id = {somebody}")],
        [change("payments_earning", "settled_at = settled_at - interval '1 second'")],
        [change("payments_earning", "ref = gen_random_uuid()", "ref = '{cancelled}'")],
        [change("payments_earning", "kept = kept - 1", "kept > 0")],
    ],
    "payments_dispute_final": [
        *(
            [change("payments_dispute", what, NOT_DECIDED)]
            for what in (
                "payment_id = payment_id + 1",
                "ref = gen_random_uuid()",
                "seq = 9",
                "stripe_id = 'dp_x'",
                "amount = amount + 1",
                "opened_at = now()",
            )
        ),
        [change("payments_dispute", "closed_at = now()", "outcome = 'won'")],
        [change("payments_dispute", "booked_at = NULL", "outcome = 'lost'")],
        *(
            [change("payments_dispute", what, "outcome = 'won'")]
            for what in (
                "evidence = '{}'",
                "evidence_sent_at = NULL",
                "evidence_asked_at = now()",
                "evidence_by_id = (SELECT min(client_id) FROM bookings_booking)",
            )
        ),
        *(
            [change("payments_dispute", what, "accepted_at IS NOT NULL")]
            for what in (
                "accepted_at = NULL",
                "accept_asked_at = now()",
                "accept_by_id = (SELECT min(client_id) FROM bookings_booking)",
            )
        ),
        ["DELETE FROM payments_dispute WHERE outcome = 'open'"],
    ],
    "payments_reversal_within": [
        [
            "ALTER TABLE payments_reversal DISABLE TRIGGER payments_reversal_final",
            change("payments_reversal", "amount = 100000", REQUESTED),
        ],
    ],
    "payments_reversal_final": [
        *(
            [change("payments_reversal", what, REQUESTED)]
            for what in (
                f"dispute_id = {THE_OPEN_DISPUTE}",
                "amount = amount - 1",
            )
        ),
        [
            "ALTER TABLE payments_reversal DISABLE TRIGGER payments_reversal_within",
            change("payments_reversal", "payout_id = payout_id + 1", REQUESTED),
        ],
        [change("payments_reversal", "status = 'requested', stripe_id = NULL", "status = 'done'")],
    ],
}
"""What else each of them refuses in the same words, column by column."""

KEEPS: dict[str, tuple[Statement, str]] = {
    "bookings_note_first_step": (ANOTHER_BOOKING, "SELECT count(*) FROM bookings_step"),
    "bookings_set_first_timers": (ANOTHER_BOOKING, "SELECT count(*) FROM bookings_timer"),
    "bookings_set_timers": (booking("due_ms = due_ms - 1"), "SELECT sum(due_ms) FROM bookings_timer"),
    "bookings_phase_begins": (ANOTHER_BOOKING, "SELECT count(*) FROM bookings_turn"),
    "bookings_phase_follows": (
        booking("state = 'ended', live_since_ms = NULL, ended_ms = 1"),
        "SELECT count(*) FROM bookings_turn WHERE phase = 'over'",
    ),
    "bookings_note_step": (booking("state = 'requested'", UNPAID), "SELECT count(*) FROM bookings_step"),
    "bookings_lock_block": (
        BLOCK + "SELECT {somebody}, companion_id, '', now() FROM bookings_booking WHERE " + UNPAID,
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()",
    ),
    "bookings_lapse_move": (
        booking("state = 'cancelled', cancelled_by_id = client_id, due_ms = NULL", APPOINTED),
        "SELECT count(*) FROM bookings_move WHERE state = 'lapsed'",
    ),
    "payments_post": (
        again("payments_transfer", "kind = 'payment'", ref="gen_random_uuid()"),
        "SELECT sum(debits) FROM payments_account",
    ),
}
"""Triggers that write: what sets them off, and what is another number afterwards."""
