-- What is asked for is of a visit that runs or ended a day ago at most, between two whom no block keeps apart, and within
-- the bounds of one visit. The numbers are those of extras/models/extra.py.
CREATE FUNCTION extras_asked() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    b bookings_booking;
    others integer;
    fen bigint;
BEGIN
    -- The pair before the row, as everywhere: a block of the two is seen, or it waits.
    PERFORM bookings_lock_pair(client_id, companion_id) FROM bookings_booking WHERE id = NEW.booking_id;
    SELECT * INTO b FROM bookings_booking WHERE id = NEW.booking_id FOR NO KEY UPDATE;
    IF b.online OR NOT (b.state = 'live' OR COALESCE(b.ended_ms + 86400000 > bookings_now_ms(), false)) THEN
        RAISE EXCEPTION 'nothing can be asked for of booking % now', b.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'extra_of_a_visit';
    END IF;
    IF EXISTS (
        SELECT FROM accounts_block
         WHERE (blocker_id, blocked_id) IN ((b.client_id, b.companion_id), (b.companion_id, b.client_id))
    ) THEN
        RAISE EXCEPTION 'booking %: one of the two blocked the other', b.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'extra_between_unblocked';
    END IF;
    SELECT count(*), COALESCE(sum(amount_fen), 0) INTO others, fen FROM extras_extra
     WHERE booking_id = NEW.booking_id AND state IN ('asked', 'paid');
    IF others >= 10 OR fen + NEW.amount_fen > 500000 THEN
        RAISE EXCEPTION 'booking % has % extras over % fen already', b.id, others, fen
            USING ERRCODE = 'check_violation', CONSTRAINT = 'extra_few_of_a_visit';
    END IF;
    IF NEW.state <> 'asked' OR NEW.asked_ms > bookings_now_ms() THEN
        RAISE EXCEPTION 'an extra begins with being asked for'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'extra_begins_asked';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER extras_asked BEFORE INSERT ON extras_extra FOR EACH ROW EXECUTE FUNCTION extras_asked();

-- What was asked for stays as it was; it is decided once, and paid is what was passed on. A photo is sealed anew, or
-- erased for good.
CREATE FUNCTION extras_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE'
        AND (NEW.id, NEW.booking_id, NEW.request_key, NEW.what, NEW.amount_fen, NEW.asked_ms)
          = (OLD.id, OLD.booking_id, OLD.request_key, OLD.what, OLD.amount_fen, OLD.asked_ms)
        AND (OLD.state = 'asked'
             OR (NEW.state, NEW.decided_ms, NEW.reply) = (OLD.state, OLD.decided_ms, OLD.reply))
        AND (OLD.erased_at IS NULL OR NEW.erased_at IS NOT DISTINCT FROM OLD.erased_at)
        AND (NEW.state = OLD.state OR NEW.state <> 'paid' OR EXISTS (
             SELECT FROM payments_transfer
              WHERE ref = NEW.id AND kind = 'extra' AND seq = 0 AND amount = NEW.amount_fen))
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'extras are kept: % refused', TG_OP USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER extras_kept BEFORE UPDATE OR DELETE ON extras_extra FOR EACH ROW EXECUTE FUNCTION extras_kept();
