-- Two users of whom one blocked the other have no booking with each other.
--
-- A new booking and a new block of the same two meet on one lock, taken before either is written: whichever is second
-- sees the first. What is open already when a block comes is closed by the block's own transaction, row by row
-- (bookings/services/parting.py). There the booking's row is where the two meet: a step that was first is undone, one
-- that comes second finds the booking closed. A step takes no pair lock: it holds the row, which the block waits for.

CREATE FUNCTION bookings_lock_pair(one bigint, other bigint) RETURNS void LANGUAGE sql AS $$
    SELECT pg_advisory_xact_lock(hashtextextended('pair ' || LEAST(one, other) || ' ' || GREATEST(one, other), 0))
$$;

CREATE FUNCTION bookings_refuse_blocked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM bookings_lock_pair(NEW.client_id, NEW.companion_id);
    END IF;
    -- A statement of its own, so that it sees what was committed while the lock was waited for.
    IF EXISTS (
        SELECT 1 FROM accounts_block
         WHERE (blocker_id, blocked_id) IN ((NEW.client_id, NEW.companion_id), (NEW.companion_id, NEW.client_id))
    ) THEN
        RAISE EXCEPTION 'booking %: one of the two blocked the other', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'booking_between_unblocked';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER bookings_refuse_blocked BEFORE INSERT ON bookings_booking
    FOR EACH ROW EXECUTE FUNCTION bookings_refuse_blocked();
CREATE TRIGGER bookings_refuse_blocked_step BEFORE UPDATE OF state ON bookings_booking
    FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state AND NEW.state IN ('requested', 'accepted'))
    EXECUTE FUNCTION bookings_refuse_blocked();

CREATE FUNCTION bookings_lock_block() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM bookings_lock_pair(NEW.blocker_id, NEW.blocked_id);
    RETURN NEW;
END $$;
CREATE TRIGGER bookings_lock_block BEFORE INSERT ON accounts_block
    FOR EACH ROW EXECUTE FUNCTION bookings_lock_block();
