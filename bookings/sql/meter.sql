-- The sweep: one statement meters every due booking that is live or paused, p_limit of them at most.
--
-- Returns how many it handled. What changed state is in bookings_step.
-- p_now is for tests; production leaves it NULL and the database's clock decides. p_only: of these bookings alone.
-- p_post says whether minutes are posted too. Whoever only looks whether a clock has stopped leaves that to the sweep,
-- which knows who was away: posting lags p_lag_ms behind the clock, because an absence is noticed late and nothing
-- posted is taken back. p_quantum_min: so many minutes are posted together while the clock runs.
-- The minutes' money follows in a statement of its own: one that inserts, of whatever number of rows, asks for a lock on
-- its table, and whoever has that locked must not keep a clock from being stopped.
-- What is computed with is read by a statement after the one that locked: the same one could read an older version.
-- Each step is materialized: an argument that is a plain column lets the planner write the price's functions into the
-- statement, one that is a long expression makes it call them, several times for each row.
CREATE OR REPLACE FUNCTION bookings_meter_together(
    p_limit integer, p_lag_ms bigint, p_now bigint, p_only uuid[], p_quantum_min integer, p_post boolean
) RETURNS integer LANGUAGE plpgsql
-- One plan for all sizes: each row by its key. The planner knows neither how many are due nor how many there will be,
-- and would read whole tables for them, or compile the statement for longer than it runs. Made once: to plan it takes
-- ten times as long as an idle poll does.
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    handled integer;
    held uuid[];
    late uuid[];
    refs uuid[];
    firsts integer[];
    uptos integer[];
    debits bigint[];
    credits bigint[];
    amounts bigint[];
BEGIN
held := ARRAY(SELECT bookings_taken(p_limit, p_now, p_only, p_post));
IF held = '{}' THEN
    RETURN 0;
END IF;
WITH due AS MATERIALIZED (
    SELECT b.id, b.companion_id, b.state, b.live_since_ms, b.granted_ms, b.closed_ms, b.billed_min, b.due_ms,
           b.hold_account_id, b.earned_account_id, b.deadline_ms,
           w.awaiting_since_ms + t.promise_ms AS overdue_ms,
           t.price_unit, t.price_fen, t.included_min, t.overtime_fen, t.pause_limit_ms,
           bookings_posting_lag_ms(t.price_unit, b.online, p_lag_ms) AS lag_ms,
           (SELECT COALESCE(p_now, bookings_now_ms())) AS now_ms
      FROM unnest(held) h (id)
     CROSS JOIN LATERAL (SELECT * FROM bookings_booking WHERE id = h.id LIMIT 1) b
      JOIN bookings_terms t ON t.booking_id = b.id
      LEFT JOIN bookings_turn w ON w.booking_id = b.id
), judged AS (
    SELECT due.*,
           CASE WHEN state = 'paused' THEN 'ended'
                WHEN overdue_ms < deadline_ms AND overdue_ms <= now_ms THEN 'paused'
                WHEN deadline_ms <= now_ms THEN 'exhausted'
                ELSE 'live'
           END AS outcome
      FROM due
), stopped AS MATERIALIZED (
    SELECT judged.*,
           CASE outcome WHEN 'ended' THEN due_ms
                        WHEN 'paused' THEN GREATEST(overdue_ms, live_since_ms)
                        WHEN 'exhausted' THEN deadline_ms
           END AS stop_ms
      FROM judged
), served AS MATERIALIZED (
    SELECT stopped.*,
           closed_ms + CASE WHEN state = 'live' AND outcome <> 'live' THEN stop_ms - live_since_ms ELSE 0 END
               AS new_closed_ms,
           -- An absence may still shorten what has closed lately: unless the clock has run on for as long as posting
           -- lags, the next posting has that, or the settlement.
           CASE WHEN state = 'live' AND live_since_ms <= now_ms - lag_ms
                THEN bookings_counted_min(price_unit, closed_ms
                    + LEAST(now_ms - lag_ms, COALESCE(stop_ms, now_ms)) - live_since_ms, granted_ms)
                WHEN state = 'live' AND price_unit = 'visit' THEN GREATEST(1, billed_min)
                ELSE billed_min
           END AS counted_min
      FROM stopped
), priced AS MATERIALIZED (
    SELECT served.*,
           bookings_cost(price_unit, price_fen, included_min, overtime_fen, counted_min)
               - bookings_cost(price_unit, price_fen, included_min, overtime_fen, billed_min) AS charge
      FROM served
), charged AS (
    SELECT priced.*,
           CASE WHEN p_post AND charge > 0 THEN counted_min::integer ELSE billed_min END AS new_billed_min
      FROM priced
), moved AS (
    UPDATE bookings_booking b
       SET state = c.outcome,
           pause_reason = CASE WHEN c.outcome = 'paused' THEN 'reply_overdue' END,
           closed_ms = c.new_closed_ms,
           live_since_ms = CASE WHEN c.outcome = 'live' THEN b.live_since_ms END,
           billed_min = c.new_billed_min,
           ended_ms = CASE WHEN c.outcome IN ('ended', 'exhausted') THEN c.stop_ms END,
           due_ms = CASE c.outcome
               WHEN 'live' THEN LEAST(c.deadline_ms, c.overdue_ms, bookings_next_post_ms(c.price_unit,
                   c.included_min, c.new_billed_min, p_quantum_min, c.lag_ms, c.live_since_ms, c.closed_ms))
               WHEN 'paused' THEN c.stop_ms + c.pause_limit_ms
               ELSE c.stop_ms + p_lag_ms
           END
      FROM charged c
     WHERE b.id = c.id
), receipts AS (
    INSERT INTO bookings_segment (booking_id, companion_id, start_ms, end_ms, stop_reason)
    SELECT id, companion_id, live_since_ms, stop_ms,
           CASE outcome WHEN 'paused' THEN 'reply_overdue' ELSE 'deadline' END
      FROM charged WHERE state = 'live' AND outcome <> 'live'
), minutes AS (
    SELECT array_agg(id), array_agg(billed_min), array_agg(new_billed_min),
           array_agg(hold_account_id), array_agg(earned_account_id), array_agg(charge)
      FROM charged WHERE new_billed_min > billed_min
)
SELECT (SELECT count(*) FROM charged),
       ARRAY(SELECT id FROM charged WHERE outcome = 'paused' AND stop_ms + pause_limit_ms <= now_ms), minutes.*
  INTO handled, late, refs, firsts, uptos, debits, credits, amounts FROM minutes;
IF refs IS NOT NULL THEN
    INSERT INTO payments_transfer (kind, ref, seq, upto, debit_id, credit_id, amount)
    SELECT 'minute', m.* FROM unnest(refs, firsts, uptos, debits, credits, amounts) m;
END IF;
-- What is late may be due twice: overdue first, then too long away. No other row: each call is one transaction.
IF late <> '{}' THEN
    PERFORM bookings_meter_together(cardinality(late), p_lag_ms, p_now, late, p_quantum_min, p_post);
END IF;
RETURN handled;
END $$;

-- The rows of a batch, locked; what somebody else has is left out. Without p_post those whose clock stands by then. Of
-- p_only the row itself says whether it is due: what was set aside for the sweep is not for whoever has a message or money
-- for it.
-- The clock is read by an uncorrelated subquery (joining a clock CTE makes every idle poll scan the due index).
CREATE OR REPLACE FUNCTION bookings_taken(p_limit integer, p_now bigint, p_only uuid[], p_post boolean)
RETURNS SETOF uuid LANGUAGE plpgsql AS $$
BEGIN
    IF p_only IS NULL THEN
        RETURN QUERY
        SELECT b.id
          FROM bookings_timer m
          JOIN bookings_booking b ON b.id = m.booking_id
         WHERE m.metered AND m.due_ms <= (SELECT COALESCE(p_now, bookings_now_ms()))
           -- Asked again of the locked row: the timer is as it was when the statement began.
           AND b.due_ms <= (SELECT COALESCE(p_now, bookings_now_ms()))
           AND b.state IN ('live', 'paused')
           AND (p_post OR bookings_stands(b, (SELECT COALESCE(p_now, bookings_now_ms()))))
         ORDER BY m.due_ms
         LIMIT p_limit
           FOR NO KEY UPDATE OF b SKIP LOCKED;
    ELSE
        RETURN QUERY
        SELECT b.id
          FROM bookings_booking b
         WHERE b.id = ANY (p_only) AND b.due_ms <= (SELECT COALESCE(p_now, bookings_now_ms()))
           AND b.state IN ('live', 'paused')
           AND (p_post OR bookings_stands(b, (SELECT COALESCE(p_now, bookings_now_ms()))))
         LIMIT p_limit
           FOR NO KEY UPDATE OF b SKIP LOCKED;
    END IF;
END $$;

-- The batch, all or nothing: NULL when a row in it breaks a rule, or when somebody holds what posting needs. Who asked
-- then asks for parts of it (bookings/services/metering.py), so that such a row keeps no other from its turn.
-- One by itself has at least its clock stopped; what still fails is set aside for a while, with a warning, for people
-- to look at.
CREATE OR REPLACE FUNCTION bookings_meter(
    p_limit integer, p_lag_ms bigint DEFAULT 45000, p_now bigint DEFAULT NULL, p_only uuid[] DEFAULT NULL,
    p_quantum_min integer DEFAULT 1, p_post boolean DEFAULT true
) RETURNS integer LANGUAGE plpgsql
-- All others wait meanwhile.
SET lock_timeout = '100ms'
AS $$
DECLARE
    stopped integer;
BEGIN
    RETURN bookings_meter_together(p_limit, p_lag_ms, p_now, p_only, p_quantum_min, p_post);
EXCEPTION WHEN integrity_constraint_violation OR data_exception OR lock_not_available THEN
    IF cardinality(p_only) IS DISTINCT FROM 1 THEN
        RETURN NULL;
    END IF;
    IF p_post THEN
        stopped := bookings_meter(1, p_lag_ms, p_now, p_only, p_quantum_min, false);
    END IF;
    IF stopped = 0 OR NOT p_post THEN
        RAISE WARNING 'booking % cannot be metered: %', p_only[1], SQLERRM;
        PERFORM bookings_set_aside(p_only[1], SQLSTATE, p_now);
    END IF;
    RETURN stopped;
END $$;

-- The sweep does not look at it for a second when a lock was in the way, else for a minute; while its clock runs never
-- beyond the moment that stops by itself, nor for longer than the promise: a question asked meanwhile writes no booking,
-- and no timer.
CREATE OR REPLACE FUNCTION bookings_set_aside(p_booking uuid, p_error text, p_now bigint) RETURNS void LANGUAGE sql AS $$
    UPDATE bookings_timer
       SET due_ms = LEAST(n.now_ms + CASE p_error WHEN '55P03' THEN 1000 ELSE 60000 END,
               (SELECT LEAST(stop_ms, n.now_ms + t.promise_ms)
                  FROM bookings_booking b JOIN bookings_terms t ON t.booking_id = b.id, bookings_stop_ms(b) stop_ms
                 WHERE b.id = p_booking AND stop_ms > n.now_ms))
      FROM (SELECT COALESCE(p_now, bookings_now_ms()) AS now_ms) n
     WHERE booking_id IN (SELECT booking_id FROM bookings_timer WHERE booking_id = p_booking
                             FOR NO KEY UPDATE SKIP LOCKED)
$$;

-- Those that a batch of this size would be made of.
CREATE OR REPLACE FUNCTION bookings_due(p_limit integer, p_now bigint, p_post boolean)
RETURNS SETOF uuid LANGUAGE sql
-- As the meter's own: a session plans what both ask once, for whoever asks first.
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off
SET plan_cache_mode = force_generic_plan
AS $$
    SELECT bookings_taken(p_limit, p_now, NULL, p_post)
$$;

-- Does the clock of one that is live or paused stand by then? Asked while it is locked, this is a first sieve: the turn
-- may be as it was before.
CREATE OR REPLACE FUNCTION bookings_stands(b bookings_booking, now_ms bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT b.state = 'paused' OR LEAST(b.deadline_ms, w.awaiting_since_ms + t.promise_ms) <= now_ms
      FROM bookings_turn w JOIN bookings_terms t ON t.booking_id = w.booking_id WHERE w.booking_id = b.id
$$;

-- One booking, up to this moment: does its clock still run? Posts nothing.
CREATE OR REPLACE FUNCTION bookings_meter_one(
    p_booking uuid, p_lag_ms bigint DEFAULT 45000, p_now bigint DEFAULT NULL
) RETURNS void LANGUAGE sql AS $$
    SELECT bookings_meter(1, p_lag_ms, p_now, ARRAY[p_booking], p_post => false)
$$;

-- The same, before something is done to the locked row: whoever acted on a clock that should stand would bill what it has
-- run on. So what is in the way is waited for, with the patience of who asks, and is his error.
CREATE OR REPLACE FUNCTION bookings_meter_first(
    p_booking uuid, p_lag_ms bigint DEFAULT 45000, p_now bigint DEFAULT NULL
) RETURNS void LANGUAGE sql AS $$
    SELECT bookings_meter_together(1, p_lag_ms, p_now, ARRAY[p_booking], 1, false)
$$;
