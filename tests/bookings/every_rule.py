"""For each rule of the tables of bookings and money, what it alone refuses: without the rule it goes through.

Written against the rows of `test_every_rule.world`; `{live}`, `{somebody}` … stand for the ids there.
"""

from collections.abc import Callable

Columns = Callable[[str], list[str]]
Statement = str | Callable[[Columns], str]

LIVE, UNPAID, SETTLED = "id = '{live}'", "id = '{unpaid}'", "id = '{settled}'"
APPOINTED, OPEN_ONE = "id = '{appointed}'", "state = 'open'"
REQUESTED, NOT_DECIDED = "status = 'requested'", "outcome = 'open'"
THE_OPEN_DISPUTE = f"(SELECT id FROM payments_dispute WHERE {NOT_DECIDED})"
ON_TOP = "(SELECT id FROM payments_payment WHERE ref = '{live}' AND seq = 2)"


def change(table: str, what: str, where: str = "true") -> str:
    return f"UPDATE {table} SET {what} WHERE {where}"


def booking(what: str, where: str = LIVE) -> str:
    return change("bookings_booking", what, where)


def freely(table: str, what: str, where: str = "true") -> list[Statement]:
    """A change that triggers would refuse before the rule is asked."""
    return [f"ALTER TABLE {table} DISABLE TRIGGER USER", change(table, what, where)]


def again(table: str, where: str = "true", **other: str) -> Statement:
    """Inserts a copy of one row, with some columns of another value (SQL)."""

    def sql(columns_of: Columns) -> str:
        columns = [name for name in columns_of(table) if name != "id" or "id" in other]
        values = [other.get(name, name) for name in columns]
        return (
            f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(values)} FROM {table} WHERE {where} LIMIT 1"
        )

    return sql


def one(table: str) -> str:
    return f"id = (SELECT min(id) FROM {table})"


NEW = {"id": "gen_random_uuid()", "code": "'ZZZZ-ZZZZ'", "request_key": "gen_random_uuid()"}
ACCOUNTS = {
    "hold_account_id": "(SELECT min(id) FROM payments_account WHERE kind = 'prepay')",
    "earned_account_id": "(SELECT max(id) FROM payments_account WHERE kind = 'prepay')",
}
ANOTHER_BOOKING = again("bookings_booking", UNPAID, **NEW)

A_LINE = (
    "INSERT INTO payments_bookentry (id, kind, amount, fee, net, source, about, ours, created_at) "
    "VALUES ('txn_x', 'charge', 10, 1, {net}, '', '', true, now())"
)
A_RUN = (
    'INSERT INTO payments_reconciliation (finished_at, heard, entries, "foreign", findings) '
    "VALUES (now(), 0, 0, 0, '[]')"
)

BY_HAND = (
    "INSERT INTO payments_byhand (source, ref, seq, amount, by_id, why) "
    "VALUES ('{source}', '00000000-0000-0000-0000-000000000001', 1, {amount}, {{somebody}}, '{why}')"
)
OUTSIDE = (
    "INSERT INTO payments_outside (number, kind, ref, seq, amount, whose_id, by_id, why) "
    "VALUES ('{number}', '{kind}', '00000000-0000-0000-0000-000000000001', 1, {amount}, {{somebody}}, {by}, '{why}')"
)
OUT = {"number": "HT-1", "kind": "refund", "amount": 1, "by": "(SELECT min(id) FROM accounts_user)", "why": "x"}
WENT_OUTSIDE = OUTSIDE.format(**OUT)
DONE_BY_HAND = BY_HAND.format(source="re_x", amount=1, why="x")

CHECKS: dict[str, Statement | list[Statement]] = {
    "booking_appointment_has_start": booking("now = false"),
    "booking_between_two": booking("client_id = companion_id"),
    "booking_billed_within_granted": booking("billed_min = granted_ms / 60000 + 1"),
    "booking_came_when_agreed": booking("came_ms = 1"),
    "booking_cancelled_by_one_of_two": booking("cancelled_by_id = client_id"),
    "booking_client_comes_to_a_place": booking("client_came_ms = 1"),
    "booking_closed_within_granted": booking("closed_ms = granted_ms + 1", UNPAID),
    "booking_disputed_keeps_nothing": booking("disputed = true"),
    "booking_finished_has_end": booking("ended_ms = 1"),
    "booking_granted_whole_minutes": again("bookings_booking", UNPAID, **NEW, granted_ms="granted_ms + 1"),
    "booking_kept_elsewhere_by_nobodys_fault": booking("kept_elsewhere = true"),
    "booking_kept_of_what_was_held": booking("kept_fen = 1"),
    "booking_late_start_of_appointment": freely("bookings_booking", "late_start_ms = 1", LIVE),
    "booking_live_has_start": booking("live_since_ms = NULL"),
    "booking_missed_by_one_of_two": booking("missed_by_id = client_id"),
    "booking_only_online_pauses": booking(
        "online = false, state = 'paused', pause_reason = 'client', live_since_ms = NULL"
    ),
    "booking_open_has_timer": booking("due_ms = NULL"),
    "booking_pause_has_reason": booking("pause_reason = 'client'"),
    "booking_paused_not_negative": booking("client_paused_ms = -1"),
    "booking_served_has_accounts": booking("hold_account_id = NULL"),
    "booking_state_known": [
        "INSERT INTO bookings_transition VALUES ('live', 'lost')",
        booking("state = 'lost', due_ms = NULL, live_since_ms = NULL"),
    ],
    "booking_timer_within_deadline": booking("due_ms = deadline_ms + 1"),
    "extension_after_order": freely("bookings_extension", "payment_seq = 1", "state = 'open'"),
    "extension_decided_once": freely("bookings_extension", "decided_ms = NULL", "state = 'granted'"),
    "extension_granted_for_money": freely("bookings_extension", "payment_seq = NULL", "state = 'granted'"),
    "extension_is_something": freely("bookings_extension", "amount_fen = 0"),
    "code_entry_purpose_known": freely("bookings_codeentry", "purpose = 'else'"),
    "code_entry_refusal_known": freely("bookings_codeentry", "refusal = 'else'"),
    "code_entry_typed_before": freely("bookings_codeentry", "age_ms = -1"),
    "code_five_tries": change("bookings_meetingcode", "tries = 6, used_ms = NULL"),
    "code_not_used_up": change("bookings_meetingcode", "tries = 5, used_ms = 1"),
    "code_purpose_known": change("bookings_meetingcode", "purpose = 'else'"),
    "code_six_digits": change("bookings_meetingcode", "digits = '12345a'"),
    "move_agreed_in_time": freely("bookings_move", "state = 'agreed', decided_ms = expires_ms", OPEN_ONE),
    "move_decided_once": freely("bookings_move", "decided_ms = 1", OPEN_ONE),
    "move_declined_by_who_declined": freely("bookings_move", "declined_by_id = {somebody}", OPEN_ONE),
    "move_elsewhere": freely("bookings_move", "to_ms = from_ms", OPEN_ONE),
    "move_expires_before_both": freely("bookings_move", "expires_ms = from_ms + 1", OPEN_ONE),
    "turn_as_its_phase": change("bookings_turn", "asked_ms = 1", "booking_id = '{live}'"),
    "reply_after_question": change("bookings_reply", "replied_ms = asked_ms - 1"),
    "review_about_another": freely("bookings_review", "about_id = author_id"),
    "review_answered_when_shown": freely("bookings_review", "answer = '好', answered_at = now()", "shown_at IS NULL"),
    "review_one_to_five_stars": freely("bookings_review", "stars = 6"),
    "review_removed_by_another_with_reason": freely("bookings_review", "removed_at = now()"),
    "review_side_known": freely("bookings_review", "side = 'else'", one("bookings_review")),
    "review_words_length": freely("bookings_review", "text = repeat('长', 501)"),
    "review_report_category_known": freely("bookings_reviewreport", "category = 'else'"),
    "review_report_words_length": freely("bookings_reviewreport", "words = repeat('长', 501)"),
    "segment_forward": freely("bookings_segment", "end_ms = start_ms - 1"),
    "segment_reason_known": freely("bookings_segment", "stop_reason = 'else'"),
    "terms_have_price": freely("bookings_terms", "price_fen = 0"),
    "terms_order_time": freely("bookings_terms", "ordered_min = 0"),
    "terms_price_unit": freely("bookings_terms", "price_unit = 'day'"),
    "terms_shared_by_somebody": freely("bookings_terms", "shared_by = 5"),
    "share_is_something": freely("bookings_share", "payment_seq = 0", OPEN_ONE),
    "share_state_known": freely("bookings_share", "state = 'else'", OPEN_ONE),
    "terms_windows_positive": freely("bookings_terms", "pause_limit_ms = 0"),
    "taken_time_forward": change(
        "listings_takentime",
        "free_again_at = ends_at - interval '1 minute'",
        "ends_at > starts_at + interval '2 minutes'",
    ),
    "taken_time_way_before": change(
        "listings_takentime",
        "sets_off_at = starts_at + interval '1 minute'",
        "ends_at > starts_at + interval '2 minutes'",
    ),
    "card_setup_kept_has_card": change("payments_cardsetup", "card_id = NULL", "status = 'kept'"),
    "card_setup_status_known": change("payments_cardsetup", "status = 'else'", "status = 'open'"),
    "account_kind_known": change("payments_account", "kind = 'else'", "kind = 'platform_fee'"),
    "account_not_overdrawn": change("payments_account", "debits = credits + 1", "kind = 'prepay'"),
    "account_sums_not_negative": change("payments_account", "debits = -1", "kind = 'prepay'"),
    "by_hand_has_reason": BY_HAND.format(source="re_x", amount=1, why=""),
    "by_hand_moves_money": BY_HAND.format(source="re_x", amount=0, why="x"),
    "outside_amount_positive": OUTSIDE.format(**OUT | {"amount": 0}),
    "outside_by_another": OUTSIDE.format(**OUT | {"by": "{somebody}"}),
    "outside_has_number_and_reason": OUTSIDE.format(**OUT | {"why": ""}),
    "outside_number_spelt_one_way": OUTSIDE.format(**OUT | {"number": "ht-1"}),
    "outside_kind_known": OUTSIDE.format(**OUT | {"kind": "gift"}),
    "book_entry_adds_up": A_LINE.format(net=8),
    "reconciliation_finished_has_sums": A_RUN,
    "payment_amount_positive": change("payments_payment", "amount = 0, refunded = 0"),
    "payment_one_way_at_a_time": change(
        "payments_payment", "session_id = 'cs_x', card_id = {card}", "ref = '{unpaid}'"
    ),
    "payment_refund_bounded": change("payments_payment", "refunded = amount + 1", "status = 'succeeded'"),
    "payment_refund_needs_success": change("payments_payment", "refunded = 1", "status = 'open'"),
    "payment_success_has_charge": change("payments_payment", "charge_id = NULL", "status = 'succeeded'"),
    "payment_unsure_of_a_known_charge": change("payments_payment", "unsure_since = now()", "status = 'open'"),
    "refund_amount_positive": change("payments_refund", "amount = 0"),
    "refund_sent_has_id": change("payments_refund", "status = 'succeeded', stripe_id = NULL"),
    "refund_outside_is_done": [WENT_OUTSIDE, change("payments_refund", "outside_id = 'HT-1', status = 'requested'")],
    "saved_card_detached_is_removed": change("payments_savedcard", "detached_at = now(), removed_at = NULL"),
    "saved_card_month": change("payments_savedcard", "exp_month = 13"),
    "transfer_amount_positive": freely("payments_transfer", "amount = 0"),
    "transfer_kind_known": freely("payments_transfer", "kind = 'else', upto = NULL", one("payments_transfer")),
    "transfer_minutes_have_range": freely("payments_transfer", "upto = seq", "kind = 'minute'"),
    "transfer_passed_on_once": freely(
        "payments_transfer", "kind = 'extra', upto = NULL, seq = 1", one("payments_transfer")
    ),
    "transfer_moves_money": freely("payments_transfer", "debit_id = credit_id"),
    "payout_account_gone_is_closed": change("payments_payoutaccount", "left_at = now()", "can_receive"),
    "earning_amount_positive": freely("payments_earning", "amount = 0", "kept = 0"),
    "earning_kept_of_it": freely("payments_earning", "kept = amount + 1"),
    "earning_due_once_settled": change("payments_earning", "due_at = settled_at - interval '1 second'"),
    "earning_stopped_waits": change("payments_earning", "stopped = 'else', released_at = now()"),
    "payout_amount_positive": freely("payments_payout", "amount = 0", REQUESTED),
    "payout_reversed_of_sent": change("payments_payout", "reversed = 1", REQUESTED),
    "payout_sent_has_id": change("payments_payout", "stripe_id = 'tr_x'", REQUESTED),
    "payout_status_known": change("payments_payout", "status = 'else'", REQUESTED),
    "bank_payout_status_known": change("payments_bankpayout", "status = 'else'"),
    "dispute_amount_positive": freely("payments_dispute", "amount = 0"),
    "dispute_accept_asked_by_somebody": change("payments_dispute", "accept_asked_at = now()", NOT_DECIDED),
    "dispute_accepted_or_answered": change(
        "payments_dispute", "accept_asked_at = now(), accept_by_id = evidence_by_id", "outcome = 'won'"
    ),
    "dispute_accepted_was_asked": change("payments_dispute", "accepted_at = now()", NOT_DECIDED),
    "dispute_booked_is_lost": change("payments_dispute", "booked_at = now()", NOT_DECIDED),
    "dispute_closed_has_outcome": change("payments_dispute", "closed_at = now()", NOT_DECIDED),
    "dispute_evidence_asked_by_somebody": change("payments_dispute", "evidence_asked_at = now()", NOT_DECIDED),
    "dispute_evidence_sent_was_asked": change("payments_dispute", "evidence_sent_at = now()", NOT_DECIDED),
    "dispute_outcome_known": change("payments_dispute", "outcome = 'else', closed_at = now()", NOT_DECIDED),
    "reversal_amount_positive": freely("payments_reversal", "amount = 0"),
    "reversal_done_has_stripe_id": change("payments_reversal", "stripe_id = 'trr_x'", REQUESTED),
    "reversal_status_known": change("payments_reversal", "status = 'else'", REQUESTED),
    "finance_task_kind_known": change("payments_financetask", "kind = 'else'"),
}

# No row breaks only these: each is dropped with the other rule, which refuses the same by itself.
REPEATED = {
    # Their EXCLUDE makes a range of the two, and there is none that ends before it begins.
    "segment_forward": "segment_no_overlap",
}

LATER = "starts_at > now() + interval '1 day'"
A_PAUSE = change("listings_takentime", "free_again_at = ends_at + interval '10 minutes'", LATER)

OF_SETTLED = f"FROM bookings_booking WHERE {SETTLED}"
ONCE: dict[str, Statement | list[Statement]] = {
    # What the key of a booking points to.
    "turn_in_its_phase": [
        change("bookings_turn", "phase = 'over', awaiting_since_ms = NULL", "booking_id = '{live}'"),
        "SET CONSTRAINTS ALL IMMEDIATE",
    ],
    "booking_request_once": again("bookings_booking", UNPAID, id="gen_random_uuid()", code="'ZZZZ-ZZZZ'"),
    "booking_code_once": again("bookings_booking", UNPAID, id="gen_random_uuid()", request_key="gen_random_uuid()"),
    "booking_one_running_per_client": again("bookings_booking", LIVE, **NEW, **ACCOUNTS, companion_id="{somebody}"),
    "booking_one_running_per_companion": again("bookings_booking", LIVE, **NEW, **ACCOUNTS, client_id="{somebody}"),
    "booking_client_one_appointment": again(
        "bookings_booking", "client_id = {appointed_client}", **NEW, **ACCOUNTS, companion_id="{somebody}"
    ),
    "booking_hold_account_once": booking(f"hold_account_id = (SELECT hold_account_id {OF_SETTLED})"),
    "booking_earned_account_once": booking(f"earned_account_id = (SELECT earned_account_id {OF_SETTLED})"),
    "extension_payment_once": again(
        "bookings_extension", "state = 'granted'", request_key="gen_random_uuid()", state="'dropped'"
    ),
    "extension_request_once": again("bookings_extension", "state = 'granted'", payment_seq="9", state="'dropped'"),
    "extension_one_waits": again(
        "bookings_extension", "state = 'open'", request_key="gen_random_uuid()", payment_seq="9"
    ),
    "code_entry_once": again("bookings_codeentry"),
    "move_one_open": again("bookings_move", OPEN_ONE, request_key="gen_random_uuid()"),
    "move_request_once": [
        change("bookings_move", "state = 'declined', decided_ms = 1", OPEN_ONE),
        again("bookings_move", "state = 'declined'", state="'open'", decided_ms="NULL"),
    ],
    "move_agreed_once_each": again("bookings_moveagreement"),
    "code_number_once": again("bookings_meetingcode", used_ms="NULL"),
    "code_used_once": again("bookings_meetingcode", "used_ms IS NOT NULL", number="number + 1"),
    "share_payment_once": again("bookings_share", "state = 'dropped'"),
    "share_one_open_each": [
        "ALTER TABLE bookings_share DISABLE TRIGGER bookings_share_bounded",
        again("bookings_share", OPEN_ONE, payment_seq="9"),
    ],
    "review_once_per_side": again("bookings_review", shown_at="NULL"),
    "review_report_once": again("bookings_reviewreport"),
    "segment_no_overlap": again("bookings_segment", "end_ms > start_ms AND booking_id = '{ended}'"),
    "listings_takentime_ref_key": again(
        "listings_takentime", starts_at="'2000-01-01'", ends_at="'2000-01-01'", free_again_at="'2000-01-01'"
    ),
    "taken_time_once": [
        A_PAUSE,
        again(
            "listings_takentime",
            LATER,
            ref="gen_random_uuid()",
            starts_at="ends_at",
            ends_at="free_again_at",
            # Of one with a way there, its way is taken as well: whether such a one is among them, the time of day says.
            sets_off_at="NULL",
        ),
    ],
    "taken_time_way": [
        A_PAUSE,
        again(
            "listings_takentime",
            LATER,
            ref="gen_random_uuid()",
            starts_at="free_again_at",
            ends_at="free_again_at",
            sets_off_at="ends_at - interval '1 minute'",
        ),
    ],
    "account_kind_owner": again("payments_account"),
    "payment_ref_seq": again(
        "payments_payment", "status = 'open'", session_id="NULL", payment_intent_id="NULL", charge_id="NULL"
    ),
    "payments_payment_charge_id_key": again(
        "payments_payment", "status = 'succeeded'", ref="gen_random_uuid()", payment_intent_id="NULL"
    ),
    "payments_payment_payment_intent_id_key": again(
        "payments_payment", "status = 'succeeded'", ref="gen_random_uuid()", charge_id="'ch_x'"
    ),
    "payments_payment_session_id_key": change("payments_payment", "session_id = 'cs_x'"),
    "payments_refund_stripe_id_key": again("payments_refund", "stripe_id IS NOT NULL", seq="99"),
    "refund_ref_seq": again("payments_refund", stripe_id="NULL", status="'requested'"),
    "payments_cardsetup_session_id_key": again("payments_cardsetup", "status = 'open'", id="gen_random_uuid()"),
    "payments_savedcard_stripe_id_key": again("payments_savedcard"),
    "payments_stripecustomer_stripe_id_key": change("payments_stripecustomer", "stripe_id = 'cus_x'"),
    "transfer_once": again("payments_transfer", "kind = 'payment'"),
    "payments_payoutaccount_stripe_id_key": change("payments_payoutaccount", "stripe_id = 'acct_x'"),
    "payout_ref_seq": again("payments_payout", "status = 'failed'"),
    "payout_once_for_a_payment": again("payments_payout", REQUESTED, seq="9", amount="1"),
    "payments_payout_stripe_id_key": again(
        "payments_payout", "status = 'sent'", seq="9", amount="1", reversed="0", payment_id=ON_TOP
    ),
    "dispute_ref_seq": again("payments_dispute", NOT_DECIDED, stripe_id="'dp_x'"),
    "payments_dispute_stripe_id_key": again("payments_dispute", NOT_DECIDED, seq="9"),
    "by_hand_source_once": [DONE_BY_HAND, again("payments_byhand", seq="2")],
    "outside_ref_seq": [WENT_OUTSIDE, OUTSIDE.format(**OUT | {"number": "HT-2"})],
    "by_hand_ref_seq": [DONE_BY_HAND, BY_HAND.format(source="re_y", amount=2, why="x")],
    "payments_byhand_refund_id_key": [
        DONE_BY_HAND,
        "ALTER TABLE payments_byhand DISABLE TRIGGER payments_by_hand_final",
        "UPDATE payments_byhand SET refund_id = (SELECT min(id) FROM payments_refund)",
        again("payments_byhand", source="'re_y'", seq="2"),
    ],
    "reversal_once": again("payments_reversal", "status = 'done'", stripe_id="'trr_x'", amount="1"),
    "payments_reversal_stripe_id_key": again(
        "payments_reversal", "status = 'done'", amount="1", dispute_id=THE_OPEN_DISPUTE
    ),
    "finance_task_open_once": again("payments_financetask"),
}
