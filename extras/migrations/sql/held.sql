-- What rules.sql begins is held here. The numbers are those of extras/models/extra.py.

-- What is asked for is of a visit that runs or ended a day ago at most, between two whom no block keeps apart, and within
-- the bounds of one visit. Which kinds lay out money is policy (listings/kinds.py); on what was agreed it is seen by the
-- price, which is for a visit.
CREATE OR REPLACE FUNCTION extras_asked() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    b bookings_booking;
    ever integer;
    others integer;
    fen bigint;
BEGIN
    -- The pair before the row, as everywhere: a block of the two is seen, or it waits.
    PERFORM bookings_lock_pair(client_id, companion_id) FROM bookings_booking WHERE id = NEW.booking_id;
    SELECT * INTO b FROM bookings_booking WHERE id = NEW.booking_id FOR NO KEY UPDATE;
    IF NOT EXISTS (SELECT FROM bookings_terms WHERE booking_id = b.id AND price_unit = 'visit')
        OR NOT (b.state = 'live' OR COALESCE(b.ended_ms + 86400000 > bookings_now_ms(), false))
    THEN
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
    SELECT count(*), count(*) FILTER (WHERE state IN ('asked', 'paid')),
           COALESCE(sum(amount_fen) FILTER (WHERE state IN ('asked', 'paid')), 0)
      INTO ever, others, fen FROM extras_extra WHERE booking_id = NEW.booking_id;
    IF ever >= 20 THEN
        RAISE EXCEPTION 'booking % was asked % times already', b.id, ever
            USING ERRCODE = 'check_violation', CONSTRAINT = 'extra_not_without_end';
    END IF;
    IF others >= 10 OR fen + NEW.amount_fen > 500000 THEN
        RAISE EXCEPTION 'booking % has % extras over % fen already', b.id, others, fen
            USING ERRCODE = 'check_violation', CONSTRAINT = 'extra_few_of_a_visit';
    END IF;
    IF NEW.state <> 'asked' OR NEW.asked_ms NOT BETWEEN bookings_now_ms() - 60000 AND bookings_now_ms() THEN
        RAISE EXCEPTION 'an extra begins with being asked for'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'extra_begins_asked';
    END IF;
    RETURN NEW;
END $$;

-- Whether the whole sum went from this client's prepay to what this companion is owed.
CREATE FUNCTION extras_passed_on(e extras_extra) RETURNS boolean LANGUAGE sql STABLE AS $$
SELECT EXISTS (
    SELECT FROM payments_transfer t
      JOIN bookings_booking b ON b.id = e.booking_id
      JOIN payments_account debit ON debit.id = t.debit_id
      JOIN payments_account credit ON credit.id = t.credit_id
     WHERE t.ref = e.id AND t.kind = 'extra' AND t.amount = e.amount_fen
       AND (debit.kind, debit.owner) = ('prepay', 'user:' || b.client_id)
       AND (credit.kind, credit.owner) = ('payable', 'user:' || b.companion_id))
$$;

-- It leaves its first state once, when that is: paid with its money passed on, in any other way without.
CREATE FUNCTION extras_decided_rightly(old extras_extra, new extras_extra) RETURNS boolean LANGUAGE sql STABLE AS $$
SELECT CASE
    WHEN new.state = old.state THEN new.decided_ms IS NOT DISTINCT FROM old.decided_ms
    WHEN old.state <> 'asked' THEN false
    WHEN new.decided_ms NOT BETWEEN old.asked_ms AND GREATEST(old.asked_ms, bookings_now_ms()) THEN false
    WHEN new.state = 'paid' THEN extras_passed_on(new)
    ELSE NOT EXISTS (SELECT FROM payments_transfer WHERE ref = new.id AND kind = 'extra')
END
$$;

-- Words and photo stay, or go for good, all together: of what was paid the words stay with the sum. A photo may be
-- sealed anew: that leaves its length, and the moment with which a Fernet token begins.
CREATE FUNCTION extras_kept_or_erased(old extras_extra, new extras_extra) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
SELECT CASE
    WHEN new.erased_at IS NOT DISTINCT FROM old.erased_at THEN
        new.what = old.what
        AND (new.reply = old.reply OR old.state = 'asked')
        AND (new.photo IS NOT DISTINCT FROM old.photo
             OR (octet_length(new.photo), substring(new.photo FROM 1 FOR 12))
              = (octet_length(old.photo), substring(old.photo FROM 1 FOR 12)))
    ELSE
        old.erased_at IS NULL AND new.photo IS NULL AND new.reply = ''
        AND new.what = CASE old.state WHEN 'paid' THEN old.what ELSE '' END
END
$$;

CREATE OR REPLACE FUNCTION extras_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF (NEW.id, NEW.booking_id, NEW.request_key, NEW.amount_fen, NEW.asked_ms)
         = (OLD.id, OLD.booking_id, OLD.request_key, OLD.amount_fen, OLD.asked_ms)
            AND extras_decided_rightly(OLD, NEW) AND extras_kept_or_erased(OLD, NEW)
        THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'extras are kept: % refused', TG_OP USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER extras_all_kept BEFORE TRUNCATE ON extras_extra EXECUTE FUNCTION extras_kept();
