-- What is granted is what was ordered and what was paid on top, whoever writes, and whichever of the three he writes.
CREATE OR REPLACE FUNCTION bookings_check_granted() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    asked uuid;
    given_ms bigint;
    paid_min bigint;
BEGIN
    IF TG_TABLE_NAME = 'bookings_booking' THEN
        asked := NEW.id;
    ELSE
        asked := NEW.booking_id;
    END IF;
    SELECT b.granted_ms, t.ordered_min + (SELECT COALESCE(sum(minutes), 0) FROM bookings_extension
                                           WHERE booking_id = asked AND state = 'granted')
      INTO given_ms, paid_min
      FROM bookings_booking b JOIN bookings_terms t ON t.booking_id = b.id WHERE b.id = asked;
    IF given_ms <> paid_min * 60000 THEN
        RAISE EXCEPTION 'booking %: % ms granted, % minutes paid', asked, given_ms, paid_min
            USING ERRCODE = 'check_violation', CONSTRAINT = 'booking_granted_is_paid';
    END IF;
    RETURN NULL;
END $$;
