-- What is published is offered by somebody who was approved for it, whoever writes and in whatever order.

CREATE OR REPLACE FUNCTION listings_companion_is_approved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Locked, so that the approval cannot be taken away before this is committed.
    PERFORM 1 FROM listings_companion
    WHERE id = NEW.companion_id AND approved_at IS NOT NULL AND NEW.kind = ANY (approved_kinds)
    FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'listing % is of a kind its companion is not approved for', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'listing_companion_is_approved';
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION listings_approval_is_in_use() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM listings_listing
        WHERE companion_id = NEW.id AND status = 'published' AND NOT kind = ANY (NEW.approved_kinds)
    ) THEN
        RAISE EXCEPTION 'companion % has published listings of a kind that was taken away', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'listing_companion_is_approved';
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER listing_companion_is_approved
    AFTER INSERT OR UPDATE OF status, kind, companion_id ON listings_listing
    FOR EACH ROW WHEN (NEW.status = 'published') EXECUTE FUNCTION listings_companion_is_approved();

CREATE OR REPLACE TRIGGER companion_approval_is_in_use
    AFTER UPDATE OF approved_at, approved_kinds ON listings_companion
    FOR EACH ROW EXECUTE FUNCTION listings_approval_is_in_use();
