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
        -- At once, for whoever contains it: the key would say so at the commit, when it is all or nothing.
        IF NOT FOUND THEN
            RAISE EXCEPTION 'booking % has no turn', NEW.id USING ERRCODE = 'integrity_constraint_violation';
        END IF;
    END IF;
    RETURN NULL;
END $$;
