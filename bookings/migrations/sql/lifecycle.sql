-- The table of transitions, the timeline, and what may never change.

CREATE TABLE bookings_transition (from_state varchar(16), to_state varchar(16), PRIMARY KEY (from_state, to_state));

CREATE FUNCTION bookings_now_ms() RETURNS bigint LANGUAGE sql VOLATILE AS $$
    SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint
$$;

CREATE FUNCTION bookings_check_transition() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM bookings_transition WHERE from_state = OLD.state AND to_state = NEW.state) THEN
        RAISE EXCEPTION 'booking %: % may not become %', OLD.id, OLD.state, NEW.state USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER bookings_check_transition BEFORE UPDATE OF state ON bookings_booking
    FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION bookings_check_transition();

-- A step's time is the moment itself, not its detection: a stretch ends where its closed time says.
CREATE FUNCTION bookings_note_step() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO bookings_step (booking_id, state, pause_reason, told, at_ms)
    VALUES (NEW.id, NEW.state, NEW.pause_reason, false, CASE
        WHEN TG_OP = 'INSERT' THEN bookings_now_ms()
        WHEN NEW.state = 'live' THEN NEW.live_since_ms
        WHEN NEW.state = 'paused' THEN OLD.live_since_ms + NEW.closed_ms - OLD.closed_ms
        WHEN NEW.state IN ('ended', 'exhausted') THEN NEW.ended_ms
        ELSE bookings_now_ms()
    END);
    RETURN NULL;
END $$;
CREATE TRIGGER bookings_note_first_step AFTER INSERT ON bookings_booking
    FOR EACH ROW EXECUTE FUNCTION bookings_note_step();
CREATE TRIGGER bookings_note_step AFTER UPDATE OF state ON bookings_booking
    FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION bookings_note_step();

CREATE FUNCTION bookings_terms_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'terms are final: % refused', TG_OP USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER bookings_terms_final BEFORE UPDATE OR DELETE ON bookings_terms
    FOR EACH STATEMENT EXECUTE FUNCTION bookings_terms_final();
CREATE TRIGGER bookings_segment_final BEFORE UPDATE OR DELETE ON bookings_segment
    FOR EACH STATEMENT EXECUTE FUNCTION bookings_terms_final();

ALTER TABLE bookings_booking SET (fillfactor = 70);
