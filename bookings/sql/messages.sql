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
    now_ms bigint;
BEGIN
    SELECT array_agg(locked.id) INTO held FROM (
        SELECT b.id FROM bookings_booking b WHERE b.id = ANY (p_bookings) FOR NO KEY UPDATE SKIP LOCKED) locked;
    now_ms := bookings_now_ms();
    RETURN QUERY
    WITH said AS MATERIALIZED (
        SELECT b.id, b.companion_id, b.deadline_ms, b.live_since_ms, b.asked_ms, b.client_paused_ms, t.promise_ms,
               s.from_companion, b.awaiting_since_ms,
               b.online AND s.from_companion = (b.awaiting_since_ms IS NOT NULL) AS turns
          FROM unnest(p_bookings, p_from_companion) s (id, from_companion)
         CROSS JOIN LATERAL (SELECT * FROM bookings_booking WHERE id = s.id LIMIT 1) b
          JOIN bookings_terms t ON t.booking_id = b.id
         WHERE b.id = ANY (held) AND b.state = 'live'
           AND bookings_stops_ms(b.deadline_ms, b.live_since_ms, b.awaiting_since_ms, t.promise_ms) > now_ms
    ), replied AS (
        INSERT INTO bookings_reply (booking_id, companion_id, asked_ms, replied_ms)
        SELECT r.id, r.companion_id, asked.ms, GREATEST(asked.ms, now_ms)
          FROM (SELECT * FROM said WHERE turns AND from_companion) r
         CROSS JOIN LATERAL (SELECT bookings_asked_of_her_ms(r.id, r.asked_ms, r.client_paused_ms) AS ms) asked
    ), turned AS (
        UPDATE bookings_booking b
           SET asked_ms = t.since_ms, awaiting_since_ms = t.since_ms, due_ms = LEAST(b.due_ms, t.since_ms + t.promise_ms)
          FROM (SELECT id, promise_ms, CASE WHEN NOT from_companion THEN now_ms END AS since_ms FROM said WHERE turns) t
         WHERE b.id = t.id
    )
    SELECT said.id, now_ms,
           bookings_stops_ms(deadline_ms, live_since_ms, CASE WHEN NOT turns THEN awaiting_since_ms
                                                              WHEN NOT from_companion THEN now_ms END, promise_ms)
      FROM said;
END $$;
