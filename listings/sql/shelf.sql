-- The shelf follows listings, companions and users. Locks are taken in the order companion, listing, entry.

-- Here now: the same rule as listings.models.companion.online_now. Not in plain SQL on purpose: the planner would look
-- inside, and take it for a second rare thing beside the mark `online`, though it is nearly always the same one.
CREATE OR REPLACE FUNCTION listings_here(accepting boolean, seen_at timestamptz) RETURNS boolean
LANGUAGE plpgsql STABLE COST 1 AS $$
BEGIN
    RETURN accepting AND seen_at IS NOT NULL AND seen_at > statement_timestamp() - interval '40 seconds';
END $$;

-- Few finished orders (too few for a completion figure, at most two ratings) and first approved within 30 days.
CREATE OR REPLACE FUNCTION listings_newcomer(rating_count integer, completion_pm smallint, listed_at timestamptz)
RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT rating_count < 3 AND completion_pm IS NULL AND listed_at > statement_timestamp() - interval '30 days'
$$;

-- Puts these listings on the shelf as they are now, or takes them off it.
CREATE OR REPLACE FUNCTION listings_shelve(ids bigint[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    -- Whoever changes another part of the same entry goes first or waits: the next statement sees what he wrote.
    PERFORM 1 FROM listings_listing WHERE id = ANY (ids) ORDER BY id FOR NO KEY UPDATE;

    DELETE FROM listings_shelfentry e WHERE e.listing_id = ANY (ids) AND NOT EXISTS (
        SELECT 1 FROM listings_listing l
          JOIN listings_companion c ON c.id = l.companion_id
          JOIN accounts_user u ON u.id = c.user_id
         WHERE l.id = e.listing_id AND l.status = 'published' AND u.is_active);

    INSERT INTO listings_shelfentry AS e (
        listing_id, companion_id, kind, city, gender, languages, topics, price_fen, reply_ms, rating_sum, rating_count,
        completion_pm, online, newcomer, listed_at, by_newest, valid_until, text_key)
    SELECT l.id, c.id, l.kind, coalesce(nullif(l.city, ''), c.city), c.gender, c.languages, l.topics, l.price_fen,
           l.median_reply_ms, l.rating_sum, l.rating_count, c.completion_pm, listings_here(c.accepting, c.seen_at),
           listings_newcomer(l.rating_count, c.completion_pm, first.approved_at), first.approved_at,
           (extract(epoch FROM first.approved_at) * 1000000)::bigint,
           l.valid_until,
           md5(concat_ws(E'\n', c.display_name, l.headline, array_to_string(l.topics, ' '),
                         coalesce(nullif(l.city, ''), c.city), l.district, l.hospital, l.venue_area))
      FROM listings_listing l
      JOIN listings_companion c ON c.id = l.companion_id
      JOIN accounts_user u ON u.id = c.user_id
     -- A later edit does not make anybody new again.
     CROSS JOIN LATERAL (
        SELECT coalesce(min(r.decided_at), l.approved_at) AS approved_at
          FROM listings_listingrevision r WHERE r.listing_id = l.id AND r.status = 'approved') first
     WHERE l.id = ANY (ids) AND l.status = 'published' AND u.is_active
    ON CONFLICT (listing_id) DO UPDATE SET
        city = excluded.city, gender = excluded.gender, languages = excluded.languages, topics = excluded.topics,
        price_fen = excluded.price_fen, reply_ms = excluded.reply_ms, rating_sum = excluded.rating_sum,
        rating_count = excluded.rating_count, completion_pm = excluded.completion_pm, online = excluded.online,
        newcomer = excluded.newcomer, listed_at = excluded.listed_at, by_newest = excluded.by_newest,
        valid_until = excluded.valid_until, text_key = excluded.text_key;
END $$;

CREATE OR REPLACE FUNCTION listings_listing_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM listings_shelve(ARRAY[NEW.id]);
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER listing_published AFTER INSERT ON listings_listing FOR EACH ROW
    WHEN (NEW.status = 'published') EXECUTE FUNCTION listings_listing_changed();
CREATE OR REPLACE TRIGGER listing_changed AFTER UPDATE ON listings_listing FOR EACH ROW
    WHEN (OLD.* IS DISTINCT FROM NEW.* AND 'published' IN (OLD.status, NEW.status))
    EXECUTE FUNCTION listings_listing_changed();

CREATE OR REPLACE FUNCTION listings_companion_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM listings_shelve(ARRAY(SELECT id FROM listings_listing WHERE companion_id = NEW.id AND status = 'published'));
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER companion_changed
    AFTER UPDATE OF display_name, gender, city, languages, completion_pm ON listings_companion FOR EACH ROW
    WHEN ((OLD.display_name, OLD.gender, OLD.city, OLD.languages, OLD.completion_pm)
          IS DISTINCT FROM (NEW.display_name, NEW.gender, NEW.city, NEW.languages, NEW.completion_pm))
    EXECUTE FUNCTION listings_companion_changed();

-- `seen_at` is written every 15 s; only coming and going is worth a write here. Time passing tells nobody: see the sweep.
CREATE OR REPLACE FUNCTION listings_companion_came_or_went() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE listings_shelfentry SET online = listings_here(NEW.accepting, NEW.seen_at)
     WHERE companion_id = NEW.id AND online <> listings_here(NEW.accepting, NEW.seen_at);
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER companion_came_or_went AFTER UPDATE OF accepting, seen_at ON listings_companion FOR EACH ROW
    WHEN (listings_here(OLD.accepting, OLD.seen_at) <> listings_here(NEW.accepting, NEW.seen_at))
    EXECUTE FUNCTION listings_companion_came_or_went();

CREATE OR REPLACE FUNCTION listings_user_switched() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM listings_shelve(ARRAY(
        SELECT l.id FROM listings_listing l JOIN listings_companion c ON c.id = l.companion_id
         WHERE c.user_id = NEW.id AND l.status = 'published'));
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER listings_user_switched AFTER UPDATE OF is_active ON accounts_user FOR EACH ROW
    WHEN (OLD.is_active <> NEW.is_active) EXECUTE FUNCTION listings_user_switched();

-- What was published before there was a shelf.
SELECT listings_shelve(ARRAY(SELECT id FROM listings_listing WHERE status = 'published'));
