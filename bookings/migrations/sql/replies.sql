-- How long each question waited is written down where its wait ends.

-- The turn itself, on the locked row: the clock starts, a question begins to wait, or an answer ends the wait.
CREATE OR REPLACE FUNCTION bookings_turn(b bookings_booking, from_companion boolean, at_ms bigint, lag_ms bigint)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    began bigint;
BEGIN
    IF from_companion THEN
        PERFORM bookings_note_reply(b, at_ms);
    END IF;
    IF from_companion AND b.state = 'live' THEN
        UPDATE bookings_booking SET awaiting_since_ms = NULL WHERE id = b.id;
    ELSIF from_companion THEN
        -- Never before her last stretch ended, even when the clock of the machine was set back.
        SELECT GREATEST(at_ms, max(end_ms)) INTO began FROM bookings_segment WHERE companion_id = b.companion_id;
        UPDATE bookings_booking
           SET state = 'live', pause_reason = NULL, live_since_ms = began,
               due_ms = began + LEAST(b.granted_ms - b.closed_ms,
                                      (b.billed_min + 1) * 60000::bigint - b.closed_ms + lag_ms)
         WHERE id = b.id;
    ELSE
        UPDATE bookings_booking
           SET awaiting_since_ms = at_ms,
               due_ms = LEAST(due_ms, at_ms + (SELECT promise_ms FROM bookings_terms WHERE booking_id = b.id))
         WHERE id = b.id;
    END IF;
END $$;

-- A wait that outlasted the promise began the promised time before its stretch ended; the row itself forgot it then.
-- Never shorter than nothing: a clock that was set back must not refuse the message.
CREATE FUNCTION bookings_note_reply(b bookings_booking, at_ms bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    asked bigint := b.awaiting_since_ms;
BEGIN
    IF b.state = 'paused' AND b.pause_reason = 'reply_overdue' THEN
        SELECT s.end_ms - t.promise_ms INTO asked
          FROM bookings_segment s JOIN bookings_terms t ON t.booking_id = s.booking_id
         WHERE s.booking_id = b.id
         ORDER BY s.start_ms DESC, s.id DESC LIMIT 1;
    END IF;
    IF asked IS NOT NULL THEN
        INSERT INTO bookings_reply (booking_id, companion_id, asked_ms, replied_ms)
        VALUES (b.id, b.companion_id, asked, GREATEST(asked, at_ms));
    END IF;
END $$;

-- What both sides' pages need to run the meter by themselves, and hers to warn her before the promise runs out.
CREATE OR REPLACE FUNCTION bookings_snapshot(p_booking uuid) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object(
        'id', b.id, 'state', b.state, 'starts_ms', b.starts_ms, 'pause_reason', b.pause_reason,
        'granted_ms', b.granted_ms, 'closed_ms', b.closed_ms, 'live_since_ms', b.live_since_ms,
        'deadline_ms', b.deadline_ms, 'due_ms', b.due_ms, 'ended_ms', b.ended_ms,
        'awaiting_since_ms', b.awaiting_since_ms,
        'price_fen', t.price_fen, 'promise_ms', t.promise_ms, 'server_now_ms', bookings_now_ms())
      FROM bookings_booking b JOIN bookings_terms t ON t.booking_id = b.id
     WHERE b.id = p_booking
$$;
