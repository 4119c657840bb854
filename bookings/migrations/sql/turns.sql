-- Does a message of this side change whose turn it is?
CREATE FUNCTION bookings_turns(b bookings_booking, from_companion boolean) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE
        WHEN b.state = 'accepted' THEN from_companion AND b.now
        WHEN b.state = 'live' THEN from_companion = (b.awaiting_since_ms IS NOT NULL)
        WHEN b.state = 'paused' THEN from_companion AND b.pause_reason IN ('reply_overdue', 'companion_away')
        ELSE false
    END
$$;

-- May a message be written at this moment?
CREATE FUNCTION bookings_is_open(b bookings_booking, now_ms bigint) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE b.state
        WHEN 'requested' THEN NOT b.now
        WHEN 'accepted' THEN now_ms < b.due_ms
        WHEN 'live' THEN now_ms < b.deadline_ms
        WHEN 'paused' THEN b.pause_reason <> 'client'
        ELSE false
    END
$$;

-- A message is about to be written: may it be, at what time, and what does it do to the clock?
--
-- The row stays locked until the message is in, so that the turns follow the order of the messages: without the lock
-- two that cross would each read the turn before the other, and a wait would be billed or a reply overlooked.
-- `at_ms` is the message's time; `stepped` says that the booking's state changed, so that it can be announced at once.
CREATE FUNCTION bookings_note_message(
    p_booking uuid, p_from_companion boolean, p_lag_ms bigint DEFAULT 45000, p_now bigint DEFAULT NULL
) RETURNS TABLE (open boolean, at_ms bigint, stepped boolean) LANGUAGE plpgsql AS $$
DECLARE
    b bookings_booking%ROWTYPE;
    state_before text;
BEGIN
    SELECT * INTO b FROM bookings_booking WHERE id = p_booking FOR NO KEY UPDATE;
    state_before := b.state;
    at_ms := COALESCE(p_now, bookings_now_ms());
    -- What fell due before this moment comes first: a reply after the promise finds the clock stopped.
    IF b.state IN ('live', 'paused') AND b.due_ms <= at_ms THEN
        PERFORM bookings_meter_one(p_booking, p_lag_ms, at_ms);
        SELECT * INTO b FROM bookings_booking WHERE id = p_booking;
    END IF;
    open := bookings_is_open(b, at_ms);
    IF open AND bookings_turns(b, p_from_companion) THEN
        PERFORM bookings_turn(b, p_from_companion, at_ms, p_lag_ms);
        stepped := b.state <> state_before OR b.state <> 'live';
    ELSE
        stepped := b.state <> state_before;
    END IF;
    RETURN NEXT;
END $$;

-- The turn itself, on the locked row: the clock starts, a question begins to wait, or an answer ends the wait.
CREATE FUNCTION bookings_turn(b bookings_booking, from_companion boolean, at_ms bigint, lag_ms bigint)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    began bigint;
BEGIN
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
