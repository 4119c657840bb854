-- Does a message of this side change whose turn it is? A live booking past its timer counts, so that the meter looks first.
CREATE FUNCTION bookings_turns(b bookings_booking, from_companion boolean, now_ms bigint)
RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE
        WHEN b.state = 'accepted' THEN from_companion AND b.now
        WHEN b.state = 'live' THEN from_companion = (b.awaiting_since_ms IS NOT NULL) OR b.due_ms <= now_ms
        WHEN b.state = 'paused' THEN from_companion AND b.pause_reason IN ('reply_overdue', 'companion_away')
        ELSE false
    END
$$;

-- A message is about to be written: may it be, at what time, and what does it do to the clock?
--
-- The row is locked only when the turn changes; every other message costs one read. `at_ms` is the message's time;
-- `stepped` says that the booking's state changed, so that its new steps can be announced at once.
CREATE FUNCTION bookings_note_message(
    p_booking uuid, p_from_companion boolean, p_lag_ms bigint DEFAULT 45000, p_now bigint DEFAULT NULL
) RETURNS TABLE (open boolean, at_ms bigint, stepped boolean) LANGUAGE plpgsql AS $$
DECLARE
    b bookings_booking%ROWTYPE;
    state_before text;
    promise bigint;
    turns boolean;
BEGIN
    SELECT * INTO b FROM bookings_booking WHERE id = p_booking;
    at_ms := COALESCE(p_now, bookings_now_ms());
    turns := bookings_turns(b, p_from_companion, at_ms);
    state_before := b.state;
    stepped := false;
    IF turns THEN
        PERFORM 1 FROM bookings_booking WHERE id = p_booking FOR NO KEY UPDATE;
        at_ms := COALESCE(p_now, bookings_now_ms());
        -- What fell due while we waited comes first: a reply after the promise finds the clock stopped.
        PERFORM bookings_meter(1, p_lag_ms, at_ms, p_booking);
        SELECT * INTO b FROM bookings_booking WHERE id = p_booking;
        turns := bookings_turns(b, p_from_companion, at_ms);
        stepped := b.state IS DISTINCT FROM state_before;
    END IF;
    open := CASE b.state
        WHEN 'requested' THEN NOT b.now
        WHEN 'accepted' THEN true
        WHEN 'live' THEN at_ms < b.deadline_ms
        WHEN 'paused' THEN b.pause_reason <> 'client'
        ELSE false
    END;
    IF NOT open OR NOT turns THEN
        RETURN NEXT;
        RETURN;
    END IF;
    IF p_from_companion AND b.state <> 'live' THEN
        UPDATE bookings_booking
           SET state = 'live', pause_reason = NULL, live_since_ms = at_ms,
               due_ms = at_ms + LEAST(b.granted_ms - b.closed_ms,
                                      (b.billed_min + 1) * 60000::bigint - b.closed_ms + p_lag_ms)
         WHERE id = p_booking;
        stepped := true;
    ELSIF p_from_companion THEN
        UPDATE bookings_booking SET awaiting_since_ms = NULL WHERE id = p_booking;
    ELSE
        SELECT promise_ms INTO promise FROM bookings_terms WHERE booking_id = p_booking;
        UPDATE bookings_booking 
           SET awaiting_since_ms = COALESCE(awaiting_since_ms, at_ms),
               due_ms = LEAST(due_ms, COALESCE(awaiting_since_ms, at_ms) + promise)
         WHERE id = p_booking;
    END IF;
    RETURN NEXT;
END $$;

-- What both sides' pages need to run the meter by themselves.
CREATE FUNCTION bookings_snapshot(p_booking uuid) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object(
        'id', b.id, 'state', b.state, 'pause_reason', b.pause_reason,
        'granted_ms', b.granted_ms, 'closed_ms', b.closed_ms, 'live_since_ms', b.live_since_ms,
        'deadline_ms', b.deadline_ms, 'due_ms', b.due_ms, 'ended_ms', b.ended_ms,
        'price_fen', t.price_fen, 'promise_ms', t.promise_ms, 'server_now_ms', bookings_now_ms())
      FROM bookings_booking b JOIN bookings_terms t ON t.booking_id = b.id
     WHERE b.id = p_booking
$$;
