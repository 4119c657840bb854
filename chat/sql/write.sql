-- Writes many texts at once: who may, at what time, under which number, and what it does to the booking's clock.
--
-- The arrays have one place a text; those of one conversation are of one sender, and none is there twice (live/lane.py
-- sees to that). Returns what is written, and with `dup` what had been before. What is not returned is refused, or held
-- by somebody just now, or moves its booking: write_one tells (live/log/writing.py).
-- Nothing is waited for but the disk. Conversations are held before their bookings, the other way round than elsewhere,
-- which is safe because neither is waited for.
CREATE OR REPLACE FUNCTION chat_write(
    p_conv bigint[], p_sender bigint[], p_cmid uuid[], p_sealed bytea[]
) RETURNS TABLE (
    place bigint, seq bigint, at_ms bigint, dup boolean, client_id bigint, companion_id bigint, booking_id uuid,
    stop_ms bigint
) LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    places bigint[];
    bookings uuid[];
    sides boolean[];
BEGIN
    -- Each as it was when it was locked, which may be later than the statement.
    SELECT array_agg(held.place), array_agg(held.booking_id), array_agg(held.side) INTO places, bookings, sides FROM (
        SELECT s.place, c.booking_id, s.sender = c.companion_id AS side
          FROM unnest(p_conv, p_sender, p_cmid) WITH ORDINALITY s (conv, sender, cmid, place)
          JOIN chat_conversation c ON c.id = s.conv
         WHERE c.gate AND s.sender IN (c.client_id, c.companion_id)
           AND EXISTS (SELECT FROM accounts_user u WHERE u.id = s.sender AND u.is_active)
           AND NOT EXISTS (SELECT FROM chat_message m
                            WHERE m.conversation_id = s.conv AND m.sender_id = s.sender AND m.cmid = s.cmid)
           FOR NO KEY UPDATE OF c SKIP LOCKED) held;

    IF places IS NULL OR cardinality(places) < cardinality(p_conv) THEN
        RETURN QUERY
        SELECT s.place, known.seq, known.at_ms, true, NULL::bigint, NULL::bigint, NULL::uuid, NULL::bigint
          FROM unnest(p_conv, p_sender, p_cmid) WITH ORDINALITY s (conv, sender, cmid, place)
         CROSS JOIN LATERAL (
            SELECT m.seq, m.at_ms FROM chat_message m
             WHERE m.conversation_id = s.conv AND m.sender_id = s.sender AND m.cmid = s.cmid LIMIT 1) known;
    END IF;

    RETURN QUERY
    WITH noted AS MATERIALIZED (
        SELECT n.* FROM (
            SELECT array_agg(asked.id) AS ids, array_agg(asked.side) AS sides
              FROM (SELECT DISTINCT a.id, a.side FROM unnest(bookings, sides) a (id, side)) asked) of_all
         CROSS JOIN LATERAL bookings_note_messages(of_all.ids, of_all.sides) n
         WHERE places IS NOT NULL
    ), said AS MATERIALIZED (
        SELECT s.*, c.client_id AS client, c.companion_id AS companion, noted.*,
               c.last_seq + row_number() OVER (PARTITION BY c.id ORDER BY s.place) AS number
          FROM unnest(p_conv, p_sender, p_cmid, p_sealed) WITH ORDINALITY s (conv, sender, cmid, sealed, place)
          JOIN chat_conversation c ON c.id = s.conv
          JOIN noted ON noted.booking_id = c.booking_id
         WHERE s.place = ANY (places)
    ), counted AS (
        UPDATE chat_conversation c SET last_seq = last.number
          FROM (SELECT conv, max(number) AS number FROM said GROUP BY conv) last
         WHERE c.id = last.conv
    ), written AS (
        INSERT INTO chat_message (conversation_id, seq, sender_id, cmid, kind, sealed, booking_id, at_ms)
        SELECT s.conv, s.number, s.sender, s.cmid, 'text', s.sealed, s.booking_id, s.at_ms FROM said s
    )
    SELECT s.place, s.number, s.at_ms, false, s.client, s.companion, s.booking_id, s.stop_ms FROM said s;
END $$;
