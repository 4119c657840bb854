-- What is said, asked and shared about a meeting is said by one of its two, and only of two who meet in person.
CREATE FUNCTION safety_of_the_two() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM bookings_booking
         WHERE id = NEW.booking_id AND NOT online AND NEW.user_id IN (client_id, companion_id)
    ) THEN
        RAISE EXCEPTION '% is of one of two who meet in person', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION safety_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER link_of_the_two BEFORE INSERT ON safety_link
    FOR EACH ROW EXECUTE FUNCTION safety_of_the_two();
CREATE TRIGGER delay_of_the_two BEFORE INSERT ON safety_delay
    FOR EACH ROW EXECUTE FUNCTION safety_of_the_two();
CREATE TRIGGER directions_of_the_two BEFORE INSERT OR UPDATE ON safety_directions
    FOR EACH ROW EXECUTE FUNCTION safety_of_the_two();
CREATE TRIGGER alarm_of_the_two BEFORE INSERT ON safety_alarm
    FOR EACH ROW EXECUTE FUNCTION safety_of_the_two();
CREATE TRIGGER answer_of_the_two BEFORE INSERT ON safety_answer
    FOR EACH ROW EXECUTE FUNCTION safety_of_the_two();

CREATE TRIGGER delay_stays BEFORE UPDATE OR DELETE ON safety_delay
    FOR EACH ROW EXECUTE FUNCTION safety_stays();
CREATE TRIGGER alarm_stays BEFORE UPDATE OR DELETE ON safety_alarm
    FOR EACH ROW EXECUTE FUNCTION safety_stays();
CREATE TRIGGER answer_stays BEFORE UPDATE OR DELETE ON safety_answer
    FOR EACH ROW EXECUTE FUNCTION safety_stays();

-- A link is only ever emptied: neither its booking, its owner nor its address becomes another one.
CREATE FUNCTION safety_link_only_dies() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.booking_id, NEW.user_id, NEW.fingerprint) IS DISTINCT FROM (OLD.booking_id, OLD.user_id, OLD.fingerprint)
        OR (OLD.revoked_at IS NOT NULL AND NEW.revoked_at IS DISTINCT FROM OLD.revoked_at)
        OR (NEW.sealed IS NOT NULL AND NEW.sealed IS DISTINCT FROM OLD.sealed)
    THEN
        RAISE EXCEPTION 'a link only dies' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER link_only_dies BEFORE UPDATE ON safety_link
    FOR EACH ROW EXECUTE FUNCTION safety_link_only_dies();

-- Who are together already are watched over like those to come: a quarter of an hour after their paid time.
INSERT INTO safety_outing (booking_id, due_ms)
SELECT id, deadline_ms + 900000 FROM bookings_booking WHERE state = 'live' AND NOT online;
