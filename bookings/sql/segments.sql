-- A stretch that was lived is the bill. It is never deleted, and changes in one way only: until its booking is settled
-- it may turn out to have ended earlier, because an absence is noticed late.
CREATE OR REPLACE FUNCTION bookings_segment_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.end_ms < OLD.end_ms AND (NEW.id, NEW.booking_id, NEW.companion_id, NEW.start_ms)
            = (OLD.id, OLD.booking_id, OLD.companion_id, OLD.start_ms)
       AND EXISTS (SELECT 1 FROM bookings_booking WHERE id = OLD.booking_id AND due_ms IS NOT NULL) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'segment % is final', OLD.id USING ERRCODE = 'restrict_violation';
END $$;

-- Nor is one added to what is settled or never began. It is written while its order runs, or as it ends.
CREATE OR REPLACE FUNCTION bookings_segment_of_what_runs() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM bookings_booking
                    WHERE id = NEW.booking_id AND state IN ('live', 'paused', 'ended', 'exhausted')) THEN
        RAISE EXCEPTION 'booking % gets no segment any more, or yet', NEW.booking_id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
