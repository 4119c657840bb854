-- What several pay for one order is never more than it costs, and all of it before its companion is asked. Who writes a
-- share waits for who has the order.
CREATE OR REPLACE FUNCTION bookings_share_bounded() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM bookings_booking WHERE id = NEW.booking_id FOR NO KEY UPDATE;
    IF (SELECT count(DISTINCT payer_id) FROM bookings_share WHERE booking_id = NEW.booking_id AND state <> 'dropped')
       > (SELECT CASE WHEN shared_by = 1 THEN 0 ELSE shared_by END FROM bookings_terms
           WHERE booking_id = NEW.booking_id) THEN
        RAISE EXCEPTION 'booking %: more pay it than agreed', NEW.booking_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'share_of_those_who_pay';
    END IF;
    IF (SELECT sum(amount_fen) FROM bookings_share WHERE booking_id = NEW.booking_id AND state <> 'dropped')
       > (SELECT prepaid_fen FROM bookings_terms WHERE booking_id = NEW.booking_id) THEN
        RAISE EXCEPTION 'booking %: its shares are more than it costs', NEW.booking_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'share_within_price';
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION bookings_shares_complete() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM bookings_terms WHERE booking_id = NEW.id AND shared_by > 1)
       AND (SELECT prepaid_fen FROM bookings_terms WHERE booking_id = NEW.id) IS DISTINCT FROM
           (SELECT sum(amount_fen) FROM bookings_share WHERE booking_id = NEW.id AND state = 'paid') THEN
        RAISE EXCEPTION 'booking %: not all shares are paid', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'share_all_paid';
    END IF;
    RETURN NEW;
END $$;

-- A share is what it was when it was opened; paid or dropped, that is decided too.
CREATE OR REPLACE FUNCTION bookings_share_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'shares are kept: % refused', TG_OP USING ERRCODE = 'restrict_violation';
END $$;
