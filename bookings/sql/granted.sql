-- What is granted is what was ordered and what was paid on top, whoever writes.
CREATE OR REPLACE FUNCTION bookings_check_granted() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    paid_min bigint;
BEGIN
    SELECT ordered_min + (SELECT COALESCE(sum(minutes), 0) FROM bookings_extension
                           WHERE booking_id = NEW.id AND state = 'granted')
      INTO paid_min FROM bookings_terms WHERE booking_id = NEW.id;
    IF NEW.granted_ms <> paid_min * 60000 THEN
        RAISE EXCEPTION 'booking %: % ms granted, % minutes paid', NEW.id, NEW.granted_ms, paid_min
            USING ERRCODE = 'check_violation', CONSTRAINT = 'booking_granted_is_paid';
    END IF;
    RETURN NULL;
END $$;
