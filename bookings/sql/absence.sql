-- Who is not here does not cost. Presence is known from outside (the ZSET of common/presence); these functions are
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

-- Each of p_users (no one twice) was last connected at the same place of p_seen_ms, and p_now is when that was asked.
-- p_exact: the moment itself is known. Otherwise all that is known is that he has not been connected since.
-- Returns how many bookings changed. A row somebody else has is left for the next round.
CREATE OR REPLACE FUNCTION bookings_note_absences(
    p_users bigint[], p_seen_ms bigint[], p_exact boolean[], p_lag_ms bigint DEFAULT 45000, p_now bigint DEFAULT NULL
) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    now_ms bigint := COALESCE(p_now, bookings_now_ms());
    changed integer := 0;
    found record;
    b bookings_booking%ROWTYPE;
    stopped boolean;
BEGIN
    FOR found IN
        SELECT o AS booking, hers.seen_ms AS her_seen, hers.exact AS her_exact,
               his.seen_ms AS his_seen, his.exact AS his_exact
          FROM bookings_booking o
          LEFT JOIN unnest(p_users, p_seen_ms, p_exact) AS hers (user_id, seen_ms, exact) ON hers.user_id = o.companion_id
          LEFT JOIN unnest(p_users, p_seen_ms, p_exact) AS his (user_id, seen_ms, exact) ON his.user_id = o.client_id
         WHERE o.id IN (SELECT bookings_open_orders_of(p_users))
         ORDER BY o.id FOR NO KEY UPDATE OF o SKIP LOCKED
    LOOP
        b := found.booking;
        -- What the clock knew by itself comes first, whether a sweep has been by or not: any schedule ends the same.
        IF b.state IN ('live', 'paused') AND b.due_ms <= now_ms THEN
            PERFORM bookings_meter_one(b.id, p_lag_ms, now_ms);
            SELECT * INTO b FROM bookings_booking WHERE id = b.id;
        END IF;
        stopped := bookings_stop_absent(b, found.her_seen, found.his_seen, now_ms);
        IF stopped THEN
            SELECT * INTO b FROM bookings_booking WHERE id = b.id;
        END IF;
        changed := changed + (bookings_cut_absent(
            b, CASE WHEN found.her_exact THEN found.her_seen END, CASE WHEN found.his_exact THEN found.his_seen END, now_ms
        ) OR stopped)::integer;
    END LOOP;
    RETURN changed;
END $$;

-- Whose absence will count only after p_now, by the terms of an order that is not over, and the first moment at which one
-- does; the arguments are those of bookings_note_absences. While a clock stands as well: it may go on before that.
CREATE OR REPLACE FUNCTION bookings_absences_to_come(p_users bigint[], p_seen_ms bigint[], p_now bigint)
RETURNS TABLE (user_id bigint, at_ms bigint) LANGUAGE sql STABLE AS $$
    SELECT c.user_id, min(c.at_ms)
      FROM (SELECT gone.user_id, CASE WHEN gone.user_id = b.companion_id THEN gone.seen_ms + t.companion_grace_ms
                                      ELSE bookings_client_stop_ms(b, gone.seen_ms, t.client_grace_ms) END AS at_ms
              FROM bookings_open_orders_of(p_users) AS open (id)
              -- OFFSET 0 keeps the join below out: it would read all that one of the two ever had.
              CROSS JOIN LATERAL (SELECT * FROM bookings_booking WHERE id = open.id OFFSET 0) b
              JOIN bookings_terms t ON t.booking_id = b.id
              JOIN unnest(p_users, p_seen_ms) AS gone (user_id, seen_ms)
                ON gone.user_id IN (b.companion_id, b.client_id)) c
     WHERE c.at_ms > p_now
     GROUP BY c.user_id
$$;

-- Until when the clock may run for a client who was last seen then: three minutes are waited for him once, however often
-- the companion comes and goes meanwhile. NULL: he is here, or nothing is known of him.
CREATE OR REPLACE FUNCTION bookings_client_stop_ms(b bookings_booking, his_seen bigint, grace_ms bigint)
RETURNS bigint LANGUAGE sql STABLE AS $$
    -- GREATEST forgets a NULL: of who is here nothing may be said.
    SELECT CASE WHEN his_seen IS NOT NULL THEN GREATEST(his_seen, bookings_client_began_ms(b)) + grace_ms END
$$;

-- When the clock last began with him: with the first words to him, or after a pause that was his, which shows that he
-- was there, also without a socket.
CREATE OR REPLACE FUNCTION bookings_client_began_ms(b bookings_booking) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT max(at_ms) FROM (
        SELECT at_ms, state, lag(pause_reason) OVER (ORDER BY id) AS stood_for
          FROM bookings_step WHERE booking_id = b.id AND state IN ('live', 'paused')) s
     WHERE state = 'live' AND (stood_for IS NULL OR stood_for IN ('client', 'client_away'))
$$;

-- The clock of the locked row, if it runs, stops at the second the companion went, or three minutes after the client
-- did; never before what is posted. NULL of one of the two: that one is here, or nothing is known of him.
-- Began it when the three minutes were over, because she came back or answered, then nothing of it counts.
CREATE OR REPLACE FUNCTION bookings_stop_absent(
    b bookings_booking, her_seen bigint, his_seen bigint, now_ms bigint
) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    t bookings_terms%ROWTYPE;
    her_stop bigint;
    his_stop bigint;
    stop bigint;
BEGIN
    -- What began after presence was asked about is not judged by it.
    IF b.state <> 'live' OR b.live_since_ms > now_ms THEN
        RETURN false;
    END IF;
    SELECT * INTO t FROM bookings_terms WHERE booking_id = b.id;
    IF now_ms >= her_seen + t.companion_grace_ms THEN
        her_stop := GREATEST(b.live_since_ms, her_seen);
    END IF;
    his_stop := bookings_client_stop_ms(b, his_seen, t.client_grace_ms);
    his_stop := CASE WHEN now_ms >= his_stop THEN GREATEST(b.live_since_ms, his_stop) END;
    stop := GREATEST(LEAST(her_stop, his_stop), b.live_since_ms + b.billed_min * 60000::bigint - b.closed_ms);
    IF her_stop IS NULL AND his_stop IS NULL OR stop >= bookings_stop_ms(b) THEN
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

-- What was noticed late is mended: of the closed stretches of the locked row, whatever lies after the companion went,
-- or three minutes after the client did, is cut, the latest first, down to what is posted.
CREATE OR REPLACE FUNCTION bookings_cut_absent(b bookings_booking, her_seen bigint, his_seen bigint, now_ms bigint)
RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    t bookings_terms%ROWTYPE;
    s bookings_segment%ROWTYPE;
    spare bigint := b.closed_ms - b.billed_min * 60000::bigint;
    his_stop bigint;
    cut bigint;
    cut_in_all bigint := 0;
BEGIN
    SELECT * INTO t FROM bookings_terms WHERE booking_id = b.id;
    her_seen := CASE WHEN now_ms >= her_seen + t.companion_grace_ms THEN her_seen END;
    his_stop := bookings_client_stop_ms(b, his_seen, t.client_grace_ms);
    his_stop := CASE WHEN now_ms >= his_stop THEN his_stop END;
    FOR s IN
        SELECT * FROM bookings_segment
         -- What began after presence was asked about is not judged by it.
         WHERE booking_id = b.id AND start_ms <= now_ms AND end_ms > LEAST(her_seen, his_stop)
         ORDER BY start_ms DESC, id DESC
    LOOP
        cut := LEAST(spare - cut_in_all, s.end_ms - GREATEST(s.start_ms, LEAST(her_seen, his_stop)));
        CONTINUE WHEN cut <= 0;
        UPDATE bookings_segment
           SET end_ms = end_ms - cut,
               stop_reason = CASE WHEN her_seen <= COALESCE(his_stop, her_seen) THEN 'companion_away' ELSE 'client_away' END
         WHERE id = s.id;
        cut_in_all := cut_in_all + cut;
    END LOOP;
    UPDATE bookings_booking SET closed_ms = closed_ms - cut_in_all WHERE id = b.id AND cut_in_all > 0;
    RETURN cut_in_all > 0;
END $$;

-- These are connected again: a clock that stood because one of them was away goes on. Returns the bookings that moved.
-- A row somebody else has is left for the next round: a process that hangs must not hold up all clocks.
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
         ORDER BY id FOR NO KEY UPDATE SKIP LOCKED
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

-- Somebody connects, who was last connected at p_seen_ms (NULL: nothing is known). If that was an absence it is noted
-- first, so that it stands on the bill even when no sweep came by meanwhile; then the clocks that wait for him go on.
-- Unlike the sweep this waits for rows that somebody else has: nobody will know of this absence afterwards.
-- Returns his bookings if one of them moved, so that it can be told.
CREATE OR REPLACE FUNCTION bookings_note_arrival(
    p_user bigint, p_seen_ms bigint, p_exact boolean, p_lag_ms bigint DEFAULT 45000, p_now bigint DEFAULT NULL
) RETURNS SETOF uuid LANGUAGE plpgsql AS $$
DECLARE
    his uuid[] := ARRAY(SELECT bookings_open_orders_of(ARRAY[p_user]));
    moved integer := 0;
BEGIN
    PERFORM 1 FROM bookings_booking WHERE id = ANY (his) ORDER BY id FOR NO KEY UPDATE;
    IF p_seen_ms IS NOT NULL THEN
        moved := bookings_note_absences(ARRAY[p_user], ARRAY[p_seen_ms], ARRAY[p_exact], p_lag_ms, p_now);
    END IF;
    moved := moved + (SELECT count(*) FROM bookings_note_returns(ARRAY[p_user], p_lag_ms, p_now));
    IF moved > 0 THEN
        RETURN QUERY SELECT unnest(his);
    END IF;
END $$;
