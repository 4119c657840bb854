-- Somebody says to come at a time that is still to come, and before the booking closes for want of a start.
CREATE FUNCTION safety_late_in_time() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM bookings_booking
         WHERE id = NEW.booking_id AND state = 'accepted'
           AND starts_ms + NEW.minutes * 60000 > NEW.at_ms AND starts_ms + NEW.minutes * 60000 < due_ms
    ) THEN
        RAISE EXCEPTION 'nobody is so late in time' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER delay_then_in_time BEFORE INSERT ON safety_delay
    FOR EACH ROW EXECUTE FUNCTION safety_late_in_time();
