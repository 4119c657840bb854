-- What a review is held to, whoever writes.

-- Writing closes, and what was written appears, 14 days after the end (models/review.py: REVIEW_WINDOW_MS).
CREATE FUNCTION bookings_review_closes(ended_ms bigint) RETURNS timestamptz LANGUAGE sql IMMUTABLE AS $$
    SELECT 'epoch'::timestamptz + (ended_ms + 1209600000) * interval '1 millisecond'
$$;

-- Only of a settled order with at least one charged minute, by the one of the two it says, in time, not yet shown.
CREATE FUNCTION bookings_review_may_be_written() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    b bookings_booking%ROWTYPE;
BEGIN
    SELECT * INTO b FROM bookings_booking WHERE id = NEW.booking_id;
    IF b.state <> 'settled' OR b.billed_min < 1 THEN
        RAISE EXCEPTION 'a review needs a settled order with a charged minute' USING ERRCODE = 'check_violation';
    ELSIF NEW.listing_id <> b.listing_id
        OR NEW.author_id <> (CASE NEW.side WHEN 'client' THEN b.client_id ELSE b.companion_id END)
        OR NEW.about_id <> (CASE NEW.side WHEN 'client' THEN b.companion_id ELSE b.client_id END)
    THEN
        RAISE EXCEPTION 'a review is between the two of its order' USING ERRCODE = 'check_violation';
    ELSIF NEW.written_at < 'epoch'::timestamptz + b.ended_ms * interval '1 millisecond'
        OR NEW.written_at >= bookings_review_closes(b.ended_ms)
    THEN
        RAISE EXCEPTION 'a review is written within 14 days after the end' USING ERRCODE = 'check_violation';
    ELSIF NEW.shown_at IS NOT NULL THEN
        RAISE EXCEPTION 'a review is written unshown' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER bookings_review_may_be_written BEFORE INSERT ON bookings_review
    FOR EACH ROW EXECUTE FUNCTION bookings_review_may_be_written();

-- Words stay as they are; being shown, answered and removed each happen once; nobody is shown alone before the time.
CREATE FUNCTION bookings_review_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    closes timestamptz;
BEGIN
    IF (NEW.id, NEW.booking_id, NEW.side, NEW.author_id, NEW.about_id, NEW.listing_id, NEW.stars, NEW.text,
        NEW.written_at)
        IS DISTINCT FROM
       (OLD.id, OLD.booking_id, OLD.side, OLD.author_id, OLD.about_id, OLD.listing_id, OLD.stars, OLD.text,
        OLD.written_at)
    THEN
        RAISE EXCEPTION 'a review never changes' USING ERRCODE = 'restrict_violation';
    ELSIF OLD.shown_at IS NOT NULL AND NEW.shown_at IS DISTINCT FROM OLD.shown_at
        OR OLD.answered_at IS NOT NULL
            AND (NEW.answer, NEW.answered_at) IS DISTINCT FROM (OLD.answer, OLD.answered_at)
        OR OLD.removed_at IS NOT NULL
            AND (NEW.removed_at, NEW.removed_by_id, NEW.removed_reason, NEW.answer)
                IS DISTINCT FROM (OLD.removed_at, OLD.removed_by_id, OLD.removed_reason, OLD.answer)
    THEN
        RAISE EXCEPTION 'a review is shown, answered and removed once' USING ERRCODE = 'restrict_violation';
    ELSIF OLD.shown_at IS NULL AND NEW.shown_at IS NOT NULL THEN
        SELECT bookings_review_closes(ended_ms) INTO closes FROM bookings_booking WHERE id = NEW.booking_id;
        IF NEW.shown_at < closes
            AND NOT EXISTS (SELECT 1 FROM bookings_review WHERE booking_id = NEW.booking_id AND side <> NEW.side)
        THEN
            RAISE EXCEPTION 'a review is not shown alone within 14 days' USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER bookings_review_stays BEFORE UPDATE ON bookings_review
    FOR EACH ROW EXECUTE FUNCTION bookings_review_stays();

CREATE FUNCTION bookings_review_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'reviews are kept: % refused', TG_OP USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER bookings_review_kept BEFORE DELETE OR TRUNCATE ON bookings_review
    FOR EACH STATEMENT EXECUTE FUNCTION bookings_review_kept();
CREATE TRIGGER bookings_report_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON bookings_reviewreport
    FOR EACH STATEMENT EXECUTE FUNCTION bookings_review_kept();
