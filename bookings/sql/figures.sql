-- The measured figures of some companions, in one statement, over what was ordered and replied after a moment.
-- How each is counted: bookings/services/figures.py. Medians are real replies (percentile_disc), never between two.
-- Parameters: companions (bigint[]), since_ms (bigint, epoch), on_time_ms.
WITH orders AS (
    SELECT b.id, b.companion_id, b.state, b.starts_ms, b.ended_ms, b.cancelled_by_id = b.companion_id AS cancelled_by_her,
           COALESCE(b.missed_by_id = b.companion_id, false) AS missed_by_her, b.hindered, NOT b.online AND b.came_ms IS NOT NULL
               AND b.came_ms <= b.starts_ms + %(on_time_ms)s AS came_in_time, t.pause_limit_ms,
           bool_or(s.state = 'requested') AS asked,
           min(s.at_ms) FILTER (WHERE s.state = 'accepted') AS accepted_ms,
           min(s.at_ms) FILTER (WHERE s.state = 'live') AS began_ms
      FROM bookings_booking b
      JOIN bookings_terms t ON t.booking_id = b.id
      JOIN bookings_step s ON s.booking_id = b.id
     WHERE b.companion_id = ANY (%(companions)s)
       AND b.created_at > to_timestamp(%(since_ms)s / 1000.0)
     GROUP BY b.id, t.booking_id
), judged AS (
    SELECT o.companion_id,
           o.accepted_ms IS NOT NULL AS accepted,
           o.accepted_ms IS NOT NULL
               OR o.asked AND NOT o.hindered
                   AND (o.state IN ('declined', 'expired') OR o.state = 'cancelled' AND o.cancelled_by_her) AS answered,
           o.began_ms IS NOT NULL OR o.missed_by_her AS due,
           o.came_in_time OR o.began_ms <= COALESCE(o.starts_ms, o.accepted_ms) + %(on_time_ms)s AS begun,
           o.state = 'settled' OR o.missed_by_her OR (o.accepted_ms IS NOT NULL AND o.cancelled_by_her) AS taken,
           o.state = 'settled' AND NOT COALESCE(
               last.stop_reason IN ('reply_overdue', 'companion_away')
               AND o.ended_ms >= last.end_ms + o.pause_limit_ms, false) AS completed
      FROM orders o
      LEFT JOIN LATERAL (
          SELECT s.stop_reason, s.end_ms FROM bookings_segment s
           WHERE s.booking_id = o.id ORDER BY s.start_ms DESC, s.id DESC LIMIT 1
      ) last ON o.state = 'settled'
), kept AS (
    SELECT companion_id,
           count(*) FILTER (WHERE answered) AS answered, count(*) FILTER (WHERE accepted) AS accepted,
           count(*) FILTER (WHERE due) AS due, count(*) FILTER (WHERE begun) AS begun,
           count(*) FILTER (WHERE taken) AS taken, count(*) FILTER (WHERE completed) AS completed
      FROM judged GROUP BY companion_id
), waits AS (
    SELECT r.companion_id, b.listing_id, r.replied_ms - r.asked_ms AS wait_ms
      FROM bookings_reply r JOIN bookings_booking b ON b.id = r.booking_id
     WHERE r.companion_id = ANY (%(companions)s) AND r.replied_ms > %(since_ms)s
), replied AS (
    SELECT companion_id, count(*) AS replies, percentile_disc(0.5) WITHIN GROUP (ORDER BY wait_ms) AS median_ms
      FROM waits GROUP BY companion_id
), by_listing AS (
    SELECT companion_id, jsonb_object_agg(listing_id, jsonb_build_array(replies, median_ms)) AS listings
      FROM (SELECT companion_id, listing_id, count(*) AS replies,
                   percentile_disc(0.5) WITHIN GROUP (ORDER BY wait_ms) AS median_ms
              FROM waits GROUP BY companion_id, listing_id) each_listing
     GROUP BY companion_id
)
SELECT c.id, COALESCE(r.replies, 0), r.median_ms,
       COALESCE(k.answered, 0), COALESCE(k.accepted, 0), COALESCE(k.due, 0), COALESCE(k.begun, 0),
       COALESCE(k.taken, 0), COALESCE(k.completed, 0), COALESCE(l.listings, '{}')::text
  FROM unnest(%(companions)s) c(id)
  LEFT JOIN kept k ON k.companion_id = c.id
  LEFT JOIN replied r ON r.companion_id = c.id
  LEFT JOIN by_listing l ON l.companion_id = c.id
