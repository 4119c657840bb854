-- The sweep: one statement meters every due booking that is live or paused.
--
-- Returns how many it handled. What changed state is in bookings_step.
-- p_now is for tests; production leaves it NULL and the database's clock decides. p_only meters one booking.
-- Posting lags p_lag_ms behind the clock, because an absence is noticed late and nothing posted is taken back.
-- The clock is read by an uncorrelated subquery (joining a clock CTE makes every idle poll scan the due index),
-- and only the locked row's own columns are computed with (joining the table again could read an older version).
CREATE FUNCTION bookings_meter_together(
    p_limit integer, p_lag_ms bigint DEFAULT 45000, p_now bigint DEFAULT NULL, p_only uuid DEFAULT NULL
) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    handled integer;
BEGIN
WITH due AS MATERIALIZED (
    SELECT b.id, b.companion_id, b.state, b.live_since_ms, b.granted_ms, b.closed_ms, b.billed_min, b.due_ms,
           b.hold_account_id, b.earned_account_id, b.deadline_ms,
           b.awaiting_since_ms + t.promise_ms AS overdue_ms,
           t.price_fen, t.pause_limit_ms,
           (SELECT COALESCE(p_now, bookings_now_ms())) AS now_ms
      FROM bookings_booking b
      JOIN bookings_terms t ON t.booking_id = b.id
     WHERE b.due_ms <= (SELECT COALESCE(p_now, bookings_now_ms()))
       AND b.state IN ('live', 'paused')
       AND (p_only IS NULL OR b.id = p_only)
     ORDER BY b.due_ms
     LIMIT p_limit
       FOR NO KEY UPDATE OF b SKIP LOCKED
), judged AS (
    SELECT due.*,
           CASE WHEN state = 'paused' THEN 'ended'
                WHEN overdue_ms < deadline_ms AND overdue_ms <= now_ms THEN 'paused'
                WHEN deadline_ms <= now_ms THEN 'exhausted'
                ELSE 'live'
           END AS outcome
      FROM due
), stopped AS (
    SELECT judged.*,
           CASE outcome WHEN 'ended' THEN due_ms
                        WHEN 'paused' THEN GREATEST(overdue_ms, live_since_ms)
                        WHEN 'exhausted' THEN deadline_ms
           END AS stop_ms
      FROM judged
), served AS (
    SELECT stopped.*,
           closed_ms + CASE WHEN state = 'live' AND outcome <> 'live' THEN stop_ms - live_since_ms ELSE 0 END
               AS new_closed_ms,
           GREATEST(billed_min, (
               closed_ms + CASE WHEN state = 'live'
                   THEN GREATEST(0, LEAST(now_ms - p_lag_ms, COALESCE(stop_ms, now_ms)) - live_since_ms)
                   ELSE 0 END
           ) / 60000)::integer AS new_billed_min
      FROM stopped
), moved AS (
    UPDATE bookings_booking b
       SET state = s.outcome,
           pause_reason = CASE WHEN s.outcome = 'paused' THEN 'reply_overdue' END,
           closed_ms = s.new_closed_ms,
           live_since_ms = CASE WHEN s.outcome = 'live' THEN b.live_since_ms END,
           awaiting_since_ms = CASE WHEN s.outcome = 'live' THEN b.awaiting_since_ms END,
           billed_min = s.new_billed_min,
           ended_ms = CASE WHEN s.outcome IN ('ended', 'exhausted') THEN s.stop_ms END,
           due_ms = CASE s.outcome
               WHEN 'live' THEN LEAST(s.deadline_ms, s.overdue_ms,
                   s.live_since_ms - s.closed_ms + (s.new_billed_min + 1) * 60000::bigint + p_lag_ms)
               WHEN 'paused' THEN s.stop_ms + s.pause_limit_ms
               ELSE s.stop_ms + p_lag_ms
           END
      FROM served s
     WHERE b.id = s.id
), receipts AS (
    INSERT INTO bookings_segment (booking_id, companion_id, start_ms, end_ms, stop_reason)
    SELECT id, companion_id, live_since_ms, stop_ms,
           CASE outcome WHEN 'paused' THEN 'reply_overdue' ELSE 'deadline' END
      FROM served WHERE state = 'live' AND outcome <> 'live'
), minutes AS (
    INSERT INTO payments_transfer (kind, ref, seq, upto, debit_id, credit_id, amount)
    SELECT 'minute', id, billed_min, new_billed_min, hold_account_id, earned_account_id,
           price_fen * new_billed_min / 60 - price_fen * billed_min / 60
      FROM served WHERE new_billed_min > billed_min
)
SELECT count(*) INTO handled FROM served;
RETURN handled;
END $$;

-- One row that breaks a rule must not stop the clocks of all others: the batch is then metered row by row, and what
-- still fails is left as it is, with a warning, for people to look at. Fewer than p_limit: nothing more is due.
CREATE FUNCTION bookings_meter(
    p_limit integer, p_lag_ms bigint DEFAULT 45000, p_now bigint DEFAULT NULL, p_only uuid DEFAULT NULL
) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    handled integer := 0;
    due_id uuid;
BEGIN
    RETURN bookings_meter_together(p_limit, p_lag_ms, p_now, p_only);
EXCEPTION WHEN integrity_constraint_violation OR data_exception THEN
    FOR due_id IN
        SELECT id FROM bookings_booking
         WHERE due_ms <= (SELECT COALESCE(p_now, bookings_now_ms())) AND state IN ('live', 'paused')
           AND (p_only IS NULL OR id = p_only)
         ORDER BY due_ms LIMIT p_limit
    LOOP
        BEGIN
            handled := handled + bookings_meter_together(1, p_lag_ms, p_now, due_id);
        EXCEPTION WHEN integrity_constraint_violation OR data_exception THEN
            RAISE WARNING 'booking % cannot be metered: %', due_id, SQLERRM;
        END;
    END LOOP;
    RETURN handled;
END $$;

-- One booking, up to this moment. What is late may be due twice: overdue first, then too long away.
CREATE FUNCTION bookings_meter_one(p_booking uuid, p_lag_ms bigint DEFAULT 45000, p_now bigint DEFAULT NULL)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    WHILE bookings_meter(1, p_lag_ms, p_now, p_booking) > 0 LOOP
    END LOOP;
END $$;
