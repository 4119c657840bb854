-- So many online sessions that run: who sits in them, what was agreed, the money held, the steps that led here.
-- Their starts are spread evenly over a minute, so that as many fall due each second, and neighbours in the tables
-- (opened one after the other) fall due at different moments of it, as people's first words do.
-- Without triggers: what they would have kept is written as they would have, and check_books looks at it afterwards.
SET LOCAL session_replication_role = replica;

CREATE TEMPORARY TABLE made ON COMMIT DROP AS
SELECT n, n AS client_id, %(sessions)s + n AS companion_id, md5('session ' || n)::uuid AS booking_id,
       2000 + 100 * (n %% 61)::bigint AS price_fen, 120 + 15 * (n %% 9) AS minutes,
       10 + 8 * n::bigint AS account_id,
       bookings_now_ms() - 105000 + (n * 48271::bigint %% %(sessions)s) * 60000 / %(sessions)s AS start_ms
  FROM generate_series(1, %(sessions)s) n;

INSERT INTO accounts_user (id, password, is_superuser, email, display_name, birth_date, language, is_staff, is_active)
SELECT n, '!', false, 'meter' || n || '@example.com', '某人', '1990-01-01', 'zh-hans', false, true
  FROM generate_series(1, 2 * %(sessions)s) n;

INSERT INTO listings_companion (id, user_id, display_name, gender, city, languages, about, avatar_seed, accepting,
                                is_demo, buffer_minutes, lead_minutes, approved_at, approved_kinds, figures_at)
SELECT n, companion_id, '陪伴', 'female', '上海', '{mandarin}', '', to_hex(n), false,
       false, 10, 60, now(), '{listener}', now()
  FROM made;

INSERT INTO listings_listing (id, companion_id, kind, headline, about, topics, not_offered, price_fen, promise_s, city,
                              district, hospital, venue_area, status, approved_at, rating_sum, rating_count)
SELECT n, n, 'listener', '听你说完', repeat('我会听你把话说完，不催。', 8), '{深夜}', '', price_fen, 60, '',
       '', '', '', 'hidden', now(), 0, 0
  FROM made;

INSERT INTO payments_account (id, kind, owner, credit_normal, may_overdraw, debits, credits)
SELECT account_id, 'hold', booking_id::text, true, false, 0, price_fen * minutes / 60 FROM made
UNION ALL SELECT account_id + 1, 'earned', booking_id::text, true, false, 0, 0 FROM made
UNION ALL SELECT account_id + 2, 'prepay', 'user:' || client_id, true, false,
                 price_fen * minutes / 60, price_fen * minutes / 60 FROM made
UNION ALL SELECT account_id + 3, 'refund_pending', 'user:' || client_id, true, false, 0, 0 FROM made
UNION ALL SELECT account_id + 4, 'payable', 'user:' || companion_id, true, false, 0, 0 FROM made
UNION ALL SELECT account_id + 5, 'platform_fee', 'user:' || companion_id, true, false, 0, 0 FROM made
UNION ALL SELECT account_id + 6, 'stripe_clearing', 'user:' || client_id, false, true,
                 price_fen * minutes / 60, 34 FROM made
UNION ALL SELECT account_id + 7, 'stripe_fees', 'user:' || client_id, false, false, 34, 0 FROM made;

INSERT INTO payments_payment (ref, seq, payer_id, amount, refunded, description, status, attempt, expires_s, session_url, return_url,
                              session_id, payment_intent_id, charge_id, method, last_decline, succeeded_at)
SELECT booking_id, 1, client_id, price_fen * minutes / 60, 0, '', 'succeeded', 0, 0, '', '',
       'cs_' || n, 'pi_' || n, 'ch_' || n, 'visa', '', now()
  FROM made;

INSERT INTO payments_transfer (kind, ref, seq, debit_id, credit_id, amount)
SELECT 'payment', booking_id, 1, account_id + 6, account_id + 2, price_fen * minutes / 60 FROM made
UNION ALL SELECT 'stripe_fee', booking_id, 1, account_id + 7, account_id + 6, 34 FROM made
UNION ALL SELECT 'hold', booking_id, 0, account_id + 2, account_id, price_fen * minutes / 60 FROM made;

INSERT INTO bookings_booking (id, code, client_id, companion_id, listing_id, request_key, online, now, state, granted_ms,
                              closed_ms, live_since_ms, billed_min, client_paused_ms, due_ms, hindered,
                              hold_account_id, earned_account_id)
SELECT booking_id, to_char(n, 'FM0000"-"0000'), client_id, companion_id, n,
       gen_random_uuid(), true, true, 'live', minutes * 60000, 0, start_ms, 0, 0, start_ms + 105000, false,
       account_id, account_id + 1
  FROM made;

INSERT INTO bookings_turn (booking_id, phase) SELECT booking_id, 'together' FROM made;

INSERT INTO bookings_timer (booking_id, due_ms, metered) SELECT booking_id, start_ms + 105000, true FROM made;

INSERT INTO bookings_terms (booking_id, kind, headline, companion_name, price_unit, price_fen, included_min, overtime_fen,
                            ordered_min, prepaid_fen, promise_ms, accept_window_ms, first_message_window_ms,
                            pause_limit_ms, client_pause_limit_ms, companion_grace_ms, client_grace_ms, refund_policy,
                            note, place)
SELECT booking_id, 'listener', '听你说完', '陪伴', 'hour', price_fen, 0, 0,
       minutes, price_fen * minutes / 60, 60000, 60000, 180000,
       600000, 1800000, 30000, 180000, '{"before_live": 100}', '', ''
  FROM made;

-- Accepted before her figures were measured, or measuring all at once would be part of the first minutes.
INSERT INTO bookings_step (booking_id, state, at_ms, told)
SELECT booking_id, state, start_ms - (4 - place) * 1200000, true
  FROM made, unnest(ARRAY['awaiting_payment', 'requested', 'accepted', 'live']) WITH ORDINALITY step (state, place)
 ORDER BY n, place;

INSERT INTO chat_conversation (client_id, companion_id, booking_id, last_seq, gate)
SELECT client_id, companion_id, booking_id, 0, true FROM made;

SELECT setval(pg_get_serial_sequence('payments_account', 'id'), 20 + 8 * %(sessions)s);
SELECT setval(pg_get_serial_sequence('accounts_user', 'id'), 1 + 2 * %(sessions)s);
SELECT setval(pg_get_serial_sequence('listings_companion', 'id'), 1 + %(sessions)s);
SELECT setval(pg_get_serial_sequence('listings_listing', 'id'), 1 + %(sessions)s);
