-- Another start of an appointment: agreed by all or not at all, and no way round what cancelling late costs.

-- The start from which late cancelling goes on being counted if this proposal is agreed to; NULL: from the new one.
--
-- It goes on when the client asks at a time at which cancelling would no longer give everything back, also when she
-- answers him with a time of her own. What she asks for of her own accord costs him nothing: what he asked for before
-- the last agreement is over with it, also where the two have come back to an old start.
CREATE OR REPLACE FUNCTION bookings_late_start_kept(b bookings_booking, p_by bigint, p_at_ms bigint)
RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT counted.start_ms
      FROM (SELECT LEAST(b.starts_ms, b.late_start_ms) AS start_ms,
                   COALESCE((t.refund_policy ->> 'late_cancel_ms')::bigint, 86400000) AS late_ms
              FROM bookings_terms t WHERE t.booking_id = b.id) AS counted
     WHERE p_at_ms > counted.start_ms - counted.late_ms
       AND (p_by = b.client_id OR EXISTS (
               SELECT FROM bookings_move his
                WHERE his.booking_id = b.id AND his.proposed_by_id = b.client_id AND his.late_start_ms IS NOT NULL
                  AND his.id > COALESCE((SELECT max(id) FROM bookings_move
                                          WHERE booking_id = b.id AND state = 'agreed'), 0)))
$$;

CREATE OR REPLACE FUNCTION bookings_others_pay(b bookings_booking) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM bookings_share
                    WHERE booking_id = b.id AND state = 'paid' AND payer_id <> b.client_id)
$$;

CREATE OR REPLACE FUNCTION bookings_move_begins() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    b bookings_booking%ROWTYPE;
BEGIN
    -- Who accepts, starts or cancels holds the row: what was true when it was read is true until the end.
    SELECT * INTO b FROM bookings_booking WHERE id = NEW.booking_id FOR NO KEY UPDATE;
    IF NEW.state <> 'open' OR b.state <> 'accepted' OR b.starts_ms IS DISTINCT FROM NEW.from_ms
       OR NEW.proposed_by_id NOT IN (b.client_id, b.companion_id) THEN
        RAISE EXCEPTION 'booking %: there is no such start to move', NEW.booking_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'move_of_what_is_agreed';
    END IF;
    NEW.late_start_ms := bookings_late_start_kept(b, NEW.proposed_by_id, NEW.proposed_ms);
    -- Somebody else who pays may hold his word back. What the client asks for while cancelling costs nothing is over
    -- before it costs something, or that word would be a free way out of what she has already agreed to.
    IF NEW.proposed_by_id = b.client_id AND NEW.late_start_ms IS NULL AND bookings_others_pay(b) THEN
        NEW.expires_ms := LEAST(NEW.expires_ms, GREATEST(NEW.proposed_ms + 1,
            (SELECT LEAST(b.starts_ms, b.late_start_ms) - COALESCE((refund_policy ->> 'late_cancel_ms')::bigint, 86400000)
               FROM bookings_terms WHERE booking_id = b.id)));
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION bookings_move_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'move % is final', OLD.id USING ERRCODE = 'restrict_violation';
END $$;

CREATE OR REPLACE FUNCTION bookings_move_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'moves are kept: % refused', TG_OP USING ERRCODE = 'restrict_violation';
END $$;

-- Whose agreement another start needs: the other side's, and that of whoever has paid a part of the order and can answer.
CREATE OR REPLACE FUNCTION bookings_move_asked(p_move bigint) RETURNS SETOF bigint LANGUAGE sql STABLE AS $$
    SELECT asked.who
      FROM bookings_move m,
           LATERAL (SELECT unnest(ARRAY[client_id, companion_id]) AS who FROM bookings_booking WHERE id = m.booking_id
                     UNION
                    SELECT s.payer_id FROM bookings_share s JOIN accounts_user u ON u.id = s.payer_id AND u.is_active
                     WHERE s.booking_id = m.booking_id AND s.state = 'paid') AS asked
     WHERE m.id = p_move AND asked.who <> m.proposed_by_id
$$;

-- The word of the two is the state itself: while a new version is put in place, the old one writes no other.
CREATE OR REPLACE FUNCTION bookings_move_agreed_by_all() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT bookings_move_asked(OLD.id) EXCEPT
               SELECT by_id FROM bookings_moveagreement WHERE move_id = OLD.id EXCEPT
               SELECT unnest(ARRAY[client_id, companion_id]) FROM bookings_booking WHERE id = OLD.booking_id) THEN
        RAISE EXCEPTION 'move %: not all have agreed', OLD.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'move_agreed_by_all';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION bookings_move_declined_by_asked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.declined_by_id NOT IN (SELECT bookings_move_asked(OLD.id)) THEN
        RAISE EXCEPTION 'move %: user % is not asked', OLD.id, NEW.declined_by_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'move_declined_by_the_asked';
    END IF;
    RETURN NEW;
END $$;

-- It is given by who is asked, as long as it stands.
CREATE OR REPLACE FUNCTION bookings_move_agreement_begins() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.at_ms := bookings_now_ms();
    IF NOT EXISTS (SELECT FROM bookings_move m
                    WHERE m.id = NEW.move_id AND m.state = 'open' AND NEW.at_ms < m.expires_ms
                      AND NEW.by_id IN (SELECT bookings_move_asked(m.id))) THEN
        RAISE EXCEPTION 'move %: user % is not asked', NEW.move_id, NEW.by_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'move_agreement_of_the_asked';
    END IF;
    RETURN NEW;
END $$;

-- A start changes by what all have agreed on last, and by nothing else. Who came to the old one has not come to the new.
CREATE OR REPLACE FUNCTION bookings_start_agreed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    agreed bookings_move%ROWTYPE;
BEGIN
    SELECT * INTO agreed FROM bookings_move WHERE booking_id = NEW.id AND state = 'agreed' ORDER BY id DESC LIMIT 1;
    IF (OLD.state, OLD.starts_ms) IS DISTINCT FROM ('accepted'::varchar, agreed.from_ms)
       OR (NEW.state, NEW.starts_ms, NEW.late_start_ms, NEW.came_ms, NEW.client_came_ms)
          IS DISTINCT FROM ('accepted'::varchar, agreed.to_ms, agreed.late_start_ms, NULL, NULL) THEN
        RAISE EXCEPTION 'booking %: its start is not what was agreed', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'booking_start_agreed';
    END IF;
    RETURN NEW;
END $$;

-- What is agreed is done in the same transaction.
CREATE OR REPLACE FUNCTION bookings_agreed_is_moved() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    agreed bookings_move%ROWTYPE;
BEGIN
    SELECT * INTO agreed FROM bookings_move WHERE booking_id = NEW.booking_id AND state = 'agreed' ORDER BY id DESC LIMIT 1;
    IF NOT EXISTS (
        SELECT FROM bookings_booking
         WHERE id = NEW.booking_id AND starts_ms = agreed.to_ms
           AND late_start_ms IS NOT DISTINCT FROM agreed.late_start_ms
    ) THEN
        RAISE EXCEPTION 'move %: agreed, and its booking is not moved', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'move_agreed_is_moved';
    END IF;
    RETURN NULL;
END $$;

-- What begins or is left is not moved any more.
CREATE OR REPLACE FUNCTION bookings_lapse_move() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE bookings_move SET state = 'lapsed', decided_ms = bookings_now_ms()
     WHERE booking_id = NEW.id AND state = 'open';
    RETURN NULL;
END $$;
