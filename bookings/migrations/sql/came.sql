-- Who came to an appointment whose clock could not start, and for how long its chat is open after a late opening.

-- Is this side of the booking in another running order?
CREATE FUNCTION bookings_is_elsewhere(b bookings_booking, the_companion boolean) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT 1 FROM bookings_booking other
         WHERE other.id <> b.id AND other.online
           AND (other.state IN ('live', 'paused') OR other.state = 'accepted' AND other.now)
           AND CASE WHEN the_companion THEN other.companion_id = b.companion_id ELSE other.client_id = b.client_id END)
$$;

-- Is one of the two still in another running order? Then the clock of this one does not start.
CREATE OR REPLACE FUNCTION bookings_held_up(b bookings_booking) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT NOT b.now AND b.state = 'accepted' AND (bookings_is_elsewhere(b, true) OR bookings_is_elsewhere(b, false))
$$;

-- May a message be written at this moment?
CREATE OR REPLACE FUNCTION bookings_is_open(b bookings_booking, now_ms bigint)
RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT CASE b.state
        WHEN 'accepted' THEN CASE
            WHEN b.now THEN now_ms < b.due_ms
            -- Until a sweep comes by, due_ms still says when the chat opens; opened late, it says until when.
            ELSE now_ms >= b.starts_ms - bookings_early_ms() AND now_ms < GREATEST(b.due_ms, b.starts_ms + (
                SELECT first_message_window_ms FROM bookings_terms WHERE booking_id = b.id))
        END
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
-- First words that start no clock because the client is with somebody else are kept in came_ms: she was there.
CREATE OR REPLACE FUNCTION bookings_note_message(
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
    stepped := b.state <> state_before;
    IF open AND bookings_turns(b, p_from_companion, at_ms) THEN
        IF NOT bookings_held_up(b) THEN
            PERFORM bookings_turn(b, p_from_companion, at_ms, p_lag_ms);
            stepped := stepped OR b.state <> 'live';
        ELSIF b.came_ms IS NULL AND NOT bookings_is_elsewhere(b, true) THEN
            UPDATE bookings_booking SET came_ms = at_ms WHERE id = p_booking;
        END IF;
    END IF;
    RETURN NEXT;
END $$;
