-- Appointments: their chat opens a little early, and their clock never starts before the agreed time.

-- How long before an appointment its chat opens, in ms.
CREATE FUNCTION bookings_early_ms() RETURNS bigint LANGUAGE sql IMMUTABLE AS $$ SELECT 600000::bigint $$;

-- Does a message of this side, at this moment, change whose turn it is?
DROP FUNCTION bookings_turns(bookings_booking, boolean);
CREATE FUNCTION bookings_turns(b bookings_booking, from_companion boolean, now_ms bigint)
RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE
        WHEN b.state = 'accepted' THEN from_companion AND (b.now OR now_ms >= b.starts_ms)
        WHEN b.state = 'live' THEN from_companion = (b.awaiting_since_ms IS NOT NULL)
        WHEN b.state = 'paused' THEN from_companion AND b.pause_reason IN ('reply_overdue', 'companion_away')
        ELSE false
    END
$$;

-- May a message be written at this moment?
CREATE OR REPLACE FUNCTION bookings_is_open(b bookings_booking, now_ms bigint)
RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT CASE b.state
        WHEN 'accepted' THEN CASE
            WHEN b.now THEN now_ms < b.due_ms
            -- due_ms is not asked: until a sweep comes by it still says when the chat opens.
            ELSE now_ms >= b.starts_ms - bookings_early_ms() AND now_ms < b.starts_ms + (
                SELECT first_message_window_ms FROM bookings_terms WHERE booking_id = b.id)
        END
        WHEN 'live' THEN now_ms < b.deadline_ms
        WHEN 'paused' THEN b.pause_reason <> 'client'
        ELSE false
    END
$$;

-- Is one of the two still in another running order? Then the clock of this one does not start.
CREATE FUNCTION bookings_held_up(b bookings_booking) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT NOT b.now AND b.state = 'accepted' AND EXISTS (
        SELECT 1 FROM bookings_booking other
         WHERE other.id <> b.id AND other.online
           AND (other.state IN ('live', 'paused') OR other.state = 'accepted' AND other.now)
           AND (other.client_id = b.client_id OR other.companion_id = b.companion_id))
$$;

-- A message is about to be written: may it be, at what time, and what does it do to the clock?
--
-- The row stays locked until the message is in, so that the turns follow the order of the messages: without the lock
-- two that cross would each read the turn before the other, and a wait would be billed or a reply overlooked.
-- `at_ms` is the message's time; `stepped` says that the booking's state changed, so that it can be announced at once.
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
    IF open AND bookings_turns(b, p_from_companion, at_ms) AND NOT bookings_held_up(b) THEN
        PERFORM bookings_turn(b, p_from_companion, at_ms, p_lag_ms);
        stepped := b.state <> state_before OR b.state <> 'live';
    ELSE
        stepped := b.state <> state_before;
    END IF;
    RETURN NEXT;
END $$;
