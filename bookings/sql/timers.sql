-- bookings_timer says of each booking that has a timer when it is due, whoever writes. One statement for all rows of one;
-- by arrays and by the key, so that the plan does not depend on how many there are.
CREATE OR REPLACE FUNCTION bookings_set_timers() RETURNS trigger LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off
AS $$
DECLARE
    ids uuid[];
    dues bigint[];
    meters boolean[];
    without uuid[];
    updated integer;
BEGIN
    SELECT array_agg(id) FILTER (WHERE due_ms IS NOT NULL), array_agg(due_ms) FILTER (WHERE due_ms IS NOT NULL),
           array_agg(state IN ('live', 'paused')) FILTER (WHERE due_ms IS NOT NULL),
           array_agg(id) FILTER (WHERE due_ms IS NULL)
      INTO ids, dues, meters, without FROM changed;
    UPDATE bookings_timer t SET due_ms = n.due_ms, metered = n.metered
      FROM unnest(ids, dues, meters) n (id, due_ms, metered) WHERE t.booking_id = n.id;
    GET DIAGNOSTICS updated = ROW_COUNT;
    IF updated < cardinality(ids) THEN
        INSERT INTO bookings_timer (booking_id, due_ms, metered)
        SELECT * FROM unnest(ids, dues, meters) ON CONFLICT DO NOTHING;
    END IF;
    IF without IS NOT NULL THEN
        DELETE FROM bookings_timer WHERE booking_id = ANY (without);
    END IF;
    RETURN NULL;
END $$;
