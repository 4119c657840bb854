-- What is published, and what is on the shelf, stays true when a listing, its companion and her user change at once.
-- Locks are taken in the order user, companion, listing, entry. Who changes a listing therefore never waits for its
-- companion: she is read as she is. Who changes the companion or her user looks at all her listings, not only at those
-- that are published as far as he can see: he waits for whoever is publishing one, and then puts right what that one
-- could not know.

-- A listing that nobody else can see yet cannot be waited for; so its companion is, who locks nothing else by that.
CREATE OR REPLACE FUNCTION listings_listing_begins() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM listings_companion WHERE id = NEW.companion_id FOR SHARE;
    RETURN NULL;
END $$;
-- Triggers fire in the order of their names: this one first.
CREATE OR REPLACE TRIGGER listing_begins AFTER INSERT ON listings_listing
    FOR EACH ROW EXECUTE FUNCTION listings_listing_begins();
CREATE OR REPLACE TRIGGER listing_begins_elsewhere AFTER UPDATE OF companion_id ON listings_listing FOR EACH ROW
    WHEN (OLD.companion_id <> NEW.companion_id) EXECUTE FUNCTION listings_listing_begins();

CREATE OR REPLACE FUNCTION listings_companion_is_approved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM listings_companion
        WHERE id = NEW.companion_id AND approved_at IS NOT NULL AND NEW.kind = ANY (approved_kinds)
    ) THEN
        RAISE EXCEPTION 'listing % is of a kind its companion is not approved for', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'listing_companion_is_approved';
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION listings_approval_is_in_use() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM listings_listing WHERE companion_id = NEW.id ORDER BY id FOR NO KEY UPDATE;
    IF EXISTS (
        SELECT FROM listings_listing
        WHERE companion_id = NEW.id AND status = 'published' AND NOT kind = ANY (NEW.approved_kinds)
    ) THEN
        RAISE EXCEPTION 'companion % has published listings of a kind that was taken away', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'listing_companion_is_approved';
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER companion_approval_is_in_use
    AFTER UPDATE OF approved_at, approved_kinds ON listings_companion FOR EACH ROW
    WHEN (NOT OLD.approved_kinds <@ NEW.approved_kinds) EXECUTE FUNCTION listings_approval_is_in_use();

CREATE OR REPLACE FUNCTION listings_companion_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM listings_shelve(ARRAY(SELECT id FROM listings_listing WHERE companion_id = NEW.id));
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION listings_user_switched() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM listings_companion WHERE user_id = NEW.id FOR NO KEY UPDATE;
    PERFORM listings_shelve(ARRAY(
        SELECT l.id FROM listings_listing l JOIN listings_companion c ON c.id = l.companion_id
         WHERE c.user_id = NEW.id));
    RETURN NULL;
END $$;

-- What went wrong before.
SELECT listings_shelve(ARRAY(SELECT id FROM listings_listing));
