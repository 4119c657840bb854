-- What a message does to the clock.

-- Is this side of the booking in another running order?
CREATE OR REPLACE FUNCTION bookings_is_elsewhere(b bookings_booking, the_companion boolean)
RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT 1 FROM bookings_booking other
         WHERE other.id <> b.id
           AND (other.state IN ('live', 'paused') OR other.state = 'accepted' AND other.now)
           AND CASE WHEN the_companion THEN other.companion_id = b.companion_id ELSE other.client_id = b.client_id END)
$$;

-- Is something in the way of an appointment's clock: another order of one of the two, or a client who is not here?
CREATE OR REPLACE FUNCTION bookings_held_up(b bookings_booking, client_here boolean)
RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT NOT b.now AND b.state = 'accepted'
       AND (NOT client_here OR bookings_is_elsewhere(b, true) OR bookings_is_elsewhere(b, false))
$$;

-- May a message be written at this moment?
CREATE OR REPLACE FUNCTION bookings_is_open(b bookings_booking, now_ms bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT CASE b.state
        -- Who will meet may arrange it before she accepts.
        WHEN 'requested' THEN NOT b.online AND now_ms < b.due_ms
        WHEN 'accepted' THEN CASE
            WHEN b.now OR NOT b.online THEN now_ms < b.due_ms
            -- Until a sweep comes by, due_ms still says when the chat opens; opened late, it says until when.
            ELSE now_ms >= b.starts_ms - bookings_early_ms() AND now_ms < GREATEST(b.due_ms, b.starts_ms + (
                SELECT first_message_window_ms FROM bookings_terms WHERE booking_id = b.id))
        END
        WHEN 'live' THEN now_ms < b.deadline_ms
        WHEN 'paused' THEN b.pause_reason <> 'client'
        ELSE false
    END
$$;

-- Does a message of this side, at this moment, change whose turn it is? Where two meet in person, never.
CREATE OR REPLACE FUNCTION bookings_turns(b bookings_booking, awaited boolean, from_companion boolean, now_ms bigint)
RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT b.online AND CASE
        WHEN b.state = 'accepted' THEN from_companion AND (b.now OR now_ms >= b.starts_ms)
        WHEN b.state = 'live' THEN from_companion = awaited
        WHEN b.state <> 'paused' THEN false
        WHEN b.pause_reason = 'reply_overdue' THEN from_companion
        -- Who was away and writes is back; else a question begins to wait, or is answered.
        WHEN b.pause_reason = 'companion_away' THEN from_companion OR NOT awaited
        WHEN b.pause_reason = 'client_away' THEN NOT from_companion OR awaited
        ELSE false
    END
$$;

-- A message is about to be written: may it be, at what time, and what does it do to the clock?
--
-- The row stays locked until the message is in, so that the turns follow the order of the messages: without the lock
-- two that cross would each read the turn before the other, and a wait would be billed or a reply overlooked.
-- `at_ms` is the message's time; `stepped` says that the booking's state changed, so that it can be announced at once;
-- `stop_ms` is when its clock will stop by itself, for whoever can be there in that second.
-- First words to an appointment that start no clock, because the client is with somebody else or not here, are kept in
-- came_ms: she was there.
CREATE OR REPLACE FUNCTION bookings_note_message(
    p_booking uuid, p_from_companion boolean, p_lag_ms bigint DEFAULT 45000, p_now bigint DEFAULT NULL,
    p_client_here boolean DEFAULT true
) RETURNS TABLE (open boolean, at_ms bigint, stepped boolean, stop_ms bigint) LANGUAGE plpgsql AS $$
DECLARE
    b bookings_booking%ROWTYPE;
    w bookings_turn%ROWTYPE;
    state_before text;
BEGIN
    SELECT * INTO b FROM bookings_booking WHERE id = p_booking FOR NO KEY UPDATE;
    state_before := b.state;
    at_ms := COALESCE(p_now, bookings_now_ms());
    -- What fell due before this moment comes first: a reply after the promise finds the clock stopped.
    IF b.state IN ('live', 'paused') AND b.due_ms <= at_ms THEN
        PERFORM bookings_meter_first(p_booking, p_lag_ms, at_ms);
        SELECT * INTO b FROM bookings_booking WHERE id = p_booking;
    END IF;
    stepped := b.state <> state_before;
    state_before := b.state;
    open := bookings_is_open(b, at_ms);
    SELECT * INTO w FROM bookings_turn WHERE booking_id = p_booking;
    IF open AND bookings_turns(b, w.awaiting_since_ms IS NOT NULL, p_from_companion, at_ms) THEN
        IF NOT bookings_held_up(b, p_client_here) THEN
            b := bookings_next_turn(b, w.asked_ms, w.awaiting_since_ms, p_from_companion, at_ms, p_lag_ms);
        ELSIF b.came_ms IS NULL AND NOT bookings_is_elsewhere(b, true) THEN
            UPDATE bookings_booking SET came_ms = at_ms WHERE id = p_booking;
        END IF;
    ELSIF open AND NOT p_from_companion THEN
        PERFORM bookings_client_came(b, at_ms);
    END IF;
    stepped := stepped OR b.state <> state_before;
    stop_ms := bookings_stop_ms(b);
    RETURN NEXT;
END $$;

-- He writes to an appointment after her first words found nobody: it is her turn again, with the time that first words
-- have in any order. Without this, one word while he is away would make him the one who did not come.
CREATE OR REPLACE FUNCTION bookings_client_came(b bookings_booking, at_ms bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF b.state = 'accepted' AND b.online AND b.came_ms IS NOT NULL AND NOT bookings_is_elsewhere(b, false) THEN
        UPDATE bookings_booking
           SET came_ms = NULL,
               due_ms = GREATEST(due_ms, bookings_first_words_ms() + LEAST(at_ms, starts_ms + (
                   SELECT first_message_window_ms FROM bookings_terms WHERE booking_id = b.id)))
         WHERE id = b.id;
    END IF;
END $$;

-- When a running clock stops if nothing happens: at the deadline, or when the promise has passed.
CREATE OR REPLACE FUNCTION bookings_stops_ms(deadline_ms bigint, live_since_ms bigint, awaiting_since_ms bigint, promise_ms bigint)
RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
    -- GREATEST forgets a NULL: without a question only the deadline stops it.
    SELECT LEAST(deadline_ms, CASE WHEN awaiting_since_ms IS NOT NULL
        THEN GREATEST(live_since_ms, awaiting_since_ms + promise_ms) END)
$$;

CREATE OR REPLACE FUNCTION bookings_stop_ms(b bookings_booking) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT bookings_stops_ms(b.deadline_ms, b.live_since_ms, w.awaiting_since_ms, t.promise_ms)
      FROM bookings_terms t JOIN bookings_turn w ON w.booking_id = t.booking_id
     WHERE t.booking_id = b.id AND b.state = 'live'
$$;

-- The turn itself, on the locked row: the clock starts, a question begins to wait, or an answer ends the wait.
CREATE OR REPLACE FUNCTION bookings_next_turn(
    b bookings_booking, asked bigint, awaited bigint, from_companion boolean, at_ms bigint, lag_ms bigint
) RETURNS bookings_booking LANGUAGE plpgsql AS $$
DECLARE
    overdue bigint;
BEGIN
    IF from_companion THEN
        PERFORM bookings_note_reply(b, asked, at_ms);
        asked := NULL;
        awaited := NULL;
    ELSIF asked IS NULL THEN
        asked := at_ms;
        awaited := at_ms;
    END IF;
    IF b.state = 'accepted' OR b.state = 'paused' AND (
        b.pause_reason = 'reply_overdue' OR from_companion = (b.pause_reason = 'companion_away')
    ) THEN
        RETURN bookings_run(b, asked, at_ms, lag_ms);
    END IF;
    UPDATE bookings_turn SET asked_ms = asked, awaiting_since_ms = awaited WHERE booking_id = b.id;
    overdue := awaited + (SELECT promise_ms FROM bookings_terms WHERE booking_id = b.id);
    -- Seldom: the next minute falls due before most promises.
    UPDATE bookings_booking SET due_ms = overdue WHERE id = b.id AND state = 'live' AND due_ms > overdue;
    b.due_ms := CASE WHEN b.state = 'live' THEN LEAST(b.due_ms, overdue) ELSE b.due_ms END;
    RETURN b;
END $$;

-- The clock of the locked row starts, or runs again.
CREATE OR REPLACE FUNCTION bookings_go_live(b bookings_booking, at_ms bigint, lag_ms bigint)
RETURNS bookings_booking LANGUAGE plpgsql AS $$
BEGIN
    RETURN bookings_run(b, (SELECT asked_ms FROM bookings_turn WHERE booking_id = b.id), at_ms, lag_ms);
END $$;

-- The same with what is asked by then. Of one question no more than the promise is ever billed, however often the clock
-- stood meanwhile: what it has had of it is had.
CREATE OR REPLACE FUNCTION bookings_run(b bookings_booking, asked bigint, at_ms bigint, lag_ms bigint)
RETURNS bookings_booking LANGUAGE plpgsql AS $$
DECLARE
    began bigint;
    stopped bigint;
    waits_since bigint;
    t bookings_terms%ROWTYPE;
BEGIN
    SELECT * INTO t FROM bookings_terms WHERE booking_id = b.id;
    stopped := bookings_stood_since(b);
    -- Never before her last stretch ended, even when the clock of the machine was set back.
    SELECT GREATEST(at_ms, max(end_ms)) INTO began FROM bookings_segment WHERE companion_id = b.companion_id;
    waits_since := began - bookings_waited_live_ms(b.id, asked);
    UPDATE bookings_booking
       SET state = 'live', pause_reason = NULL, live_since_ms = began,
           client_paused_ms = b.client_paused_ms
               + CASE WHEN b.pause_reason = 'client' THEN GREATEST(0, began - stopped) ELSE 0 END,
           due_ms = LEAST(
               began - b.closed_ms + b.granted_ms,
               bookings_next_post_ms(t.price_unit, t.included_min, b.billed_min, 1,
                   bookings_posting_lag_ms(t.price_unit, b.online, lag_ms), began, b.closed_ms),
               waits_since + t.promise_ms)
     WHERE id = b.id
    RETURNING * INTO b;
    -- Asked by a clock that has been set back since, a question waits from now.
    UPDATE bookings_turn SET asked_ms = LEAST(asked, waits_since), awaiting_since_ms = waits_since
     WHERE booking_id = b.id;
    RETURN b;
END $$;

-- For how long the clock has run, in stretches that are closed, while the question waited that waits now; NULL: none does.
CREATE OR REPLACE FUNCTION bookings_waited_live_ms(booking uuid, asked_ms bigint) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT COALESCE(sum(end_ms - GREATEST(start_ms, asked_ms)), 0)::bigint
      FROM bookings_segment WHERE booking_id = booking AND end_ms > asked_ms
    HAVING asked_ms IS NOT NULL
$$;

-- When the clock of a paused booking stopped. Its last stretch may have been cut since: the step is as it was told.
CREATE OR REPLACE FUNCTION bookings_stood_since(b bookings_booking) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT at_ms FROM bookings_step WHERE booking_id = b.id AND state = 'paused' ORDER BY id DESC LIMIT 1
$$;

-- When her reply time begins: with the question, also when the clock stood meanwhile; but not while his own pause closed
-- the chat to her.
CREATE OR REPLACE FUNCTION bookings_asked_of_her_ms(booking uuid, asked_ms bigint, client_paused_ms bigint)
RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT asked_ms + CASE WHEN client_paused_ms = 0 THEN 0 ELSE bookings_closed_to_her_ms(booking, asked_ms) END
$$;

-- Never shorter than nothing: a clock that was set back must not refuse the message.
CREATE OR REPLACE FUNCTION bookings_note_reply(b bookings_booking, asked_ms bigint, at_ms bigint)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    asked bigint := bookings_asked_of_her_ms(b.id, asked_ms, b.client_paused_ms);
BEGIN
    IF asked IS NOT NULL THEN
        INSERT INTO bookings_reply (booking_id, companion_id, asked_ms, replied_ms)
        VALUES (b.id, b.companion_id, asked, GREATEST(asked, at_ms));
    END IF;
END $$;

-- For how long the client's own pauses closed the chat since his question; each is over.
CREATE OR REPLACE FUNCTION bookings_closed_to_her_ms(booking uuid, asked_ms bigint) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT COALESCE(sum(GREATEST(0, resumed.at_ms - paused.at_ms)), 0)::bigint
      FROM bookings_step paused
     CROSS JOIN LATERAL (
         SELECT at_ms FROM bookings_step
          WHERE booking_id = booking AND state = 'live' AND id > paused.id ORDER BY id LIMIT 1) resumed
     WHERE paused.booking_id = booking AND paused.pause_reason = 'client' AND paused.at_ms >= asked_ms
$$;

-- What both sides' pages need to run the meter by themselves, and hers to warn her before the promise runs out.
CREATE OR REPLACE FUNCTION bookings_snapshot(p_booking uuid) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object(
        'id', b.id, 'state', b.state, 'starts_ms', b.starts_ms, 'pause_reason', b.pause_reason, 'online', b.online,
        'granted_ms', b.granted_ms, 'closed_ms', b.closed_ms, 'live_since_ms', b.live_since_ms,
        'deadline_ms', b.deadline_ms, 'due_ms', b.due_ms, 'ended_ms', b.ended_ms,
        'asked_ms', w.asked_ms, 'awaiting_since_ms', w.awaiting_since_ms, 'stop_ms', bookings_stop_ms(b),
        'came_ms', b.came_ms, 'kept_fen', b.kept_fen,
        'price_unit', t.price_unit, 'price_fen', t.price_fen, 'included_min', t.included_min,
        'overtime_fen', t.overtime_fen, 'promise_ms', t.promise_ms,
        'pause_left_ms', GREATEST(0, t.client_pause_limit_ms - b.client_paused_ms),
        'server_now_ms', bookings_now_ms())
      FROM bookings_booking b JOIN bookings_terms t ON t.booking_id = b.id JOIN bookings_turn w ON w.booking_id = b.id
     WHERE b.id = p_booking
$$;
