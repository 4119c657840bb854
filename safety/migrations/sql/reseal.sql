-- A link is emptied, or sealed again with another key: neither its booking, its owner nor its address becomes another
-- one, and what is empty stays empty.
CREATE OR REPLACE FUNCTION safety_link_only_dies() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.booking_id, NEW.user_id, NEW.fingerprint) IS DISTINCT FROM (OLD.booking_id, OLD.user_id, OLD.fingerprint)
        OR (OLD.revoked_at IS NOT NULL AND NEW.revoked_at IS DISTINCT FROM OLD.revoked_at)
        OR (OLD.sealed IS NULL AND NEW.sealed IS NOT NULL)
    THEN
        RAISE EXCEPTION 'a link only dies' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
