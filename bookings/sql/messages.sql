-- What the messages of many bookings do to their clocks, where the clock runs and goes on running. It must agree with
-- bookings_note_message in turns.sql, which does the rest (a test compares them).

-- For each of these bookings a message of one side is about to be written. Returns those whose clock runs on, at what time,
-- and when the clock stops by itself after it. The others, and those that somebody holds just now, are left for
-- bookings_note_message: nothing is waited for here, so that nobody's message waits for another's booking, and of two
-- batches none can stop the other.
-- The time is read once the rows are held, and they stay so until the messages are in, as there.
CREATE OR REPLACE FUNCTION bookings_note_messages(p_bookings uuid[], p_from_companion boolean[])
RETURNS TABLE (booking_id uuid, at_ms bigint, stop_ms bigint) LANGUAGE plpgsql
-- One plan for all sizes: each row by its key, as in bookings_meter_together.
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    held uuid[];
    -- Up to when a question makes no booking due earlier than it is.
    seldom_ms bigint;
    now_ms bigint;
BEGIN
    SELECT array_agg(l.id), max(l.due_ms - l.promise_ms) FILTER (WHERE NOT l.from_companion)
      INTO held, seldom_ms FROM (
        SELECT b.id, b.due_ms, t.promise_ms, s.from_companion
          FROM unnest(p_bookings, p_from_companion) s (id, from_companion)
          JOIN bookings_booking b ON b.id = s.id
          JOIN bookings_terms t ON t.booking_id = s.id
           FOR NO KEY UPDATE OF b SKIP LOCKED) l;
    now_ms := bookings_now_ms();
    IF now_ms < seldom_ms THEN
        UPDATE bookings_booking b SET due_ms = now_ms + t.promise_ms
          FROM unnest(p_bookings, p_from_companion) s (id, from_companion)
          JOIN bookings_terms t ON t.booking_id = s.id
          JOIN bookings_turn w ON w.booking_id = s.id
         WHERE b.id = s.id AND b.id = ANY (held) AND b.state = 'live' AND b.online
           AND NOT s.from_companion AND w.awaiting_since_ms IS NULL AND b.due_ms > now_ms + t.promise_ms;
    END IF;
    RETURN QUERY
    WITH said AS MATERIALIZED (
        SELECT b.id, b.companion_id, b.deadline_ms, b.live_since_ms, w.asked_ms, b.client_paused_ms, t.promise_ms,
               s.from_companion, w.awaiting_since_ms,
               b.online AND s.from_companion = (w.awaiting_since_ms IS NOT NULL) AS turns
          FROM unnest(p_bookings, p_from_companion) s (id, from_companion)
         CROSS JOIN LATERAL (SELECT * FROM bookings_booking WHERE id = s.id LIMIT 1) b
          JOIN bookings_terms t ON t.booking_id = b.id
          JOIN bookings_turn w ON w.booking_id = b.id
         WHERE b.id = ANY (held) AND b.state = 'live'
           AND bookings_stops_ms(b.deadline_ms, b.live_since_ms, w.awaiting_since_ms, t.promise_ms) > now_ms
    ), replied AS (
        INSERT INTO bookings_reply (booking_id, companion_id, asked_ms, replied_ms)
        SELECT r.id, r.companion_id, asked.ms, GREATEST(asked.ms, now_ms)
          FROM (SELECT * FROM said WHERE turns AND from_companion) r
         CROSS JOIN LATERAL (SELECT bookings_asked_of_her_ms(r.id, r.asked_ms, r.client_paused_ms) AS ms) asked
    ), turned AS (
        UPDATE bookings_turn w SET asked_ms = t.since_ms, awaiting_since_ms = t.since_ms
          FROM (SELECT id, CASE WHEN NOT from_companion THEN now_ms END AS since_ms FROM said WHERE turns) t
         WHERE w.booking_id = t.id
    )
    SELECT said.id, now_ms,
           bookings_stops_ms(deadline_ms, live_since_ms, CASE WHEN NOT turns THEN awaiting_since_ms
                                                              WHEN NOT from_companion THEN now_ms END, promise_ms)
      FROM said;
END $$;
