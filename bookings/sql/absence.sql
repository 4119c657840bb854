-- Who is not here does not cost. Presence is known from outside (the ZSET of common/presence.py); these functions are
-- told when a person was last connected, and decide what that does to the clock.

-- The open online orders in which this person is one of the two.
-- Four questions, each in the words of a partial index: live rows must not pay for a wider one at each change.
CREATE OR REPLACE FUNCTION bookings_open_orders_of(p_users bigint[]) RETURNS SETOF uuid LANGUAGE sql STABLE AS $$
    SELECT id FROM bookings_booking
     WHERE (state IN ('live', 'paused') AND online OR state = 'accepted' AND now)
       AND companion_id = ANY (p_users) AND state <> 'accepted'
    UNION SELECT id FROM bookings_booking
     WHERE (state IN ('live', 'paused') AND online OR state = 'accepted' AND now)
       AND client_id = ANY (p_users) AND state <> 'accepted'
    UNION SELECT id FROM bookings_booking
     WHERE state IN ('ended', 'exhausted') AND online AND companion_id = ANY (p_users)
    UNION SELECT id FROM bookings_booking
     WHERE state IN ('ended', 'exhausted') AND online AND client_id = ANY (p_users)
$$;

-- Each of p_users was last connected at the same place of p_seen_ms and is not connected now. Returns how many bookings
-- that changed. A row somebody else has is left for the next round.
CREATE OR REPLACE FUNCTION bookings_note_absences(
    p_users bigint[], p_seen_ms bigint[], p_lag_ms bigint DEFAULT 45000, p_now bigint DEFAULT NULL
) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    now_ms bigint := COALESCE(p_now, bookings_now_ms());
    changed integer := 0;
    b bookings_booking%ROWTYPE;
    companion_seen bigint;
    client_seen bigint;
BEGIN
    FOR b IN
        SELECT * FROM bookings_booking WHERE id IN (SELECT bookings_open_orders_of(p_users))
         ORDER BY id FOR NO KEY UPDATE SKIP LOCKED
    LOOP
        SELECT max(seen_ms) FILTER (WHERE user_id = b.companion_id), max(seen_ms) FILTER (WHERE user_id = b.client_id)
          INTO companion_seen, client_seen FROM unnest(p_users, p_seen_ms) AS asked (user_id, seen_ms);
        changed := changed + bookings_note_absence(b, companion_seen, client_seen, now_ms)::integer;
    END LOOP;
    RETURN changed;
END $$;

-- The clock of the locked row stops at the second the companion went, or three minutes after the client did.
--
-- What was noticed late is mended: the last stretch of a booking that stopped or ended meanwhile is cut, down to what
-- is posted at most. NULL of one of the two: that one is here, or nothing is known of him.
CREATE OR REPLACE FUNCTION bookings_note_absence(
    b bookings_booking, companion_seen bigint, client_seen bigint, now_ms bigint
) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    t bookings_terms%ROWTYPE;
    last bookings_segment%ROWTYPE;
    began bigint := b.live_since_ms;
    her_stop bigint;
    his_stop bigint;
    stop bigint;
BEGIN
    SELECT * INTO t FROM bookings_terms WHERE booking_id = b.id;
    IF b.state <> 'live' THEN
        SELECT * INTO last FROM bookings_segment WHERE booking_id = b.id ORDER BY start_ms DESC, id DESC LIMIT 1;
        began := last.start_ms;
    END IF;
    IF now_ms >= companion_seen + t.companion_grace_ms THEN
        her_stop := GREATEST(began, companion_seen);
    END IF;
    IF now_ms >= GREATEST(began, client_seen) + t.client_grace_ms THEN
        his_stop := GREATEST(began, client_seen) + t.client_grace_ms;
    END IF;
    stop := LEAST(her_stop, his_stop);
    IF stop IS NULL THEN
        RETURN false;
    END IF;
    -- Nothing that is posted is taken back.
    stop := GREATEST(stop, began + b.billed_min * 60000::bigint - b.closed_ms
        + CASE WHEN b.state = 'live' THEN 0 ELSE last.end_ms - last.start_ms END);
    IF b.state <> 'live' THEN
        RETURN bookings_cut(b, last, stop, CASE WHEN her_stop <= COALESCE(his_stop, her_stop)
            THEN 'companion_away' ELSE 'client_away' END);
    END IF;
    IF stop >= bookings_stop_ms(b) THEN
        RETURN false;
    END IF;
    PERFORM bookings_stop(b, stop, CASE WHEN her_stop <= COALESCE(his_stop, her_stop)
        THEN 'companion_away' ELSE 'client_away' END, stop + t.pause_limit_ms);
    RETURN true;
END $$;

-- The clock of the locked, live row stops at that moment, until due_ms at the latest.
CREATE OR REPLACE FUNCTION bookings_stop(b bookings_booking, stop bigint, reason text, due bigint)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO bookings_segment (booking_id, companion_id, start_ms, end_ms, stop_reason)
    VALUES (b.id, b.companion_id, b.live_since_ms, stop, reason);
    UPDATE bookings_booking
       SET state = 'paused', pause_reason = reason, closed_ms = closed_ms + stop - live_since_ms,
           live_since_ms = NULL, due_ms = due
     WHERE id = b.id;
END $$;

-- The last stretch of the locked row ends earlier than it was thought to.
CREATE OR REPLACE FUNCTION bookings_cut(b bookings_booking, last bookings_segment, stop bigint, reason text)
RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    IF last.id IS NULL OR stop >= last.end_ms THEN
        RETURN false;
    END IF;
    UPDATE bookings_segment SET end_ms = stop, stop_reason = reason WHERE id = last.id;
    UPDATE bookings_booking SET closed_ms = closed_ms - (last.end_ms - stop) WHERE id = b.id;
    RETURN true;
END $$;

-- These are connected again: a clock that stood because one of them was away goes on. Returns the bookings that moved.
CREATE OR REPLACE FUNCTION bookings_note_returns(
    p_users bigint[], p_lag_ms bigint DEFAULT 45000, p_now bigint DEFAULT NULL
) RETURNS SETOF uuid LANGUAGE plpgsql AS $$
DECLARE
    now_ms bigint := COALESCE(p_now, bookings_now_ms());
    b bookings_booking%ROWTYPE;
BEGIN
    FOR b IN
        SELECT * FROM bookings_booking
         WHERE online AND state = 'paused'
           AND (pause_reason = 'companion_away' AND companion_id = ANY (p_users)
                OR pause_reason = 'client_away' AND client_id = ANY (p_users))
         ORDER BY id FOR NO KEY UPDATE
    LOOP
        -- After the limit he comes too late.
        IF b.due_ms <= now_ms THEN
            PERFORM bookings_meter_one(b.id, p_lag_ms, now_ms);
        ELSE
            PERFORM bookings_go_live(b, now_ms, p_lag_ms);
        END IF;
        RETURN NEXT b.id;
    END LOOP;
END $$;
