-- bookings_turn goes with its booking from the first, and follows it from phase to phase, whoever writes. Of one that goes on
-- after the promise had passed, the question waits from when it was asked, until bookings_run says it better.
CREATE OR REPLACE FUNCTION bookings_follow_phase() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO bookings_turn (booking_id, phase) VALUES (NEW.id, NEW.phase);
    ELSE
        UPDATE bookings_turn
           SET phase = NEW.phase,
               awaiting_since_ms = CASE WHEN NEW.phase = 'together' THEN COALESCE(awaiting_since_ms, asked_ms) END
         WHERE booking_id = NEW.id;
    END IF;
    RETURN NULL;
END $$;
