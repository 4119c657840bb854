-- Puts these listings on the shelf as they are now, or takes them off it. New is who was approved not long ago: a second
-- listing makes nobody new again. A hospital that is in the table stands there under its official name.
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
        listing_id, companion_id, kind, city, hospital, gender, languages, topics, price_fen, reply_ms, rating_sum,
        rating_count, completion_pm, online, newcomer, listed_at, by_newest, valid_until, text_key)
    SELECT l.id, c.id, l.kind, coalesce(nullif(l.city, ''), c.city), l.hospital, c.gender, c.languages, l.topics,
           l.price_fen, l.median_reply_ms, l.rating_sum, l.rating_count, c.completion_pm,
           listings_here(c.accepting, c.seen_at),
           -- Of somebody who is not approved the listing is refused in a moment, with a reason of its own.
           coalesce(listings_newcomer(l.rating_count, c.completion_pm, c.approved_at), false), first.approved_at,
           (extract(epoch FROM first.approved_at) * 1000000)::bigint,
           l.valid_until,
           -- All that listings.search.words.indexed reads.
           md5(concat_ws(E'\n', c.display_name, l.headline, array_to_string(l.topics, ' '),
                         coalesce(nullif(l.city, ''), c.city), l.district, l.hospital, l.venue_area,
                         l.kind, array_to_string(c.languages, ' '), array_to_string(h.aliases, ' ')))
      FROM listings_listing l
      JOIN listings_companion c ON c.id = l.companion_id
      JOIN accounts_user u ON u.id = c.user_id
      LEFT JOIN places_hospital h ON h.city = l.city AND h.name = l.hospital
     -- A later edit does not make anybody new again.
     CROSS JOIN LATERAL (
        SELECT coalesce(min(r.decided_at), l.approved_at) AS approved_at
          FROM listings_listingrevision r WHERE r.listing_id = l.id AND r.status = 'approved') first
     WHERE l.id = ANY (ids) AND l.status = 'published' AND u.is_active
    ON CONFLICT (listing_id) DO UPDATE SET
        city = excluded.city, hospital = excluded.hospital, gender = excluded.gender, languages = excluded.languages,
        topics = excluded.topics, price_fen = excluded.price_fen, reply_ms = excluded.reply_ms,
        rating_sum = excluded.rating_sum, rating_count = excluded.rating_count, completion_pm = excluded.completion_pm, online = excluded.online,
        newcomer = excluded.newcomer, listed_at = excluded.listed_at, by_newest = excluded.by_newest,
        valid_until = excluded.valid_until, text_key = excluded.text_key;
END $$;

-- What else a hospital is called is among the words of its listings. Locks: hospital, then as in shelf.sql.
CREATE OR REPLACE FUNCTION listings_hospital_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM listings_shelve(ARRAY(
        SELECT listing_id FROM listings_shelfentry
         WHERE hospital <> '' AND (city, hospital) IN ((OLD.city, OLD.name), (NEW.city, NEW.name))));
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER listings_hospital_came_or_went AFTER INSERT OR DELETE ON places_hospital FOR EACH ROW
    EXECUTE FUNCTION listings_hospital_changed();
CREATE OR REPLACE TRIGGER listings_hospital_changed AFTER UPDATE ON places_hospital FOR EACH ROW
    WHEN ((OLD.city, OLD.name, OLD.aliases) IS DISTINCT FROM (NEW.city, NEW.name, NEW.aliases))
    EXECUTE FUNCTION listings_hospital_changed();

-- Listings at a hospital of the table have another key now: the sweep reads their words again.
SELECT listings_shelve(ARRAY(SELECT id FROM listings_listing WHERE status = 'published'));
