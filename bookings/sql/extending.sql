-- Time was paid on top of the locked row, which is live or paused: its timer moves with the deadline.
CREATE OR REPLACE FUNCTION bookings_grant(p_booking uuid, p_more_ms bigint, p_lag_ms bigint)
RETURNS void LANGUAGE sql AS $$
    UPDATE bookings_booking b
       SET granted_ms = b.granted_ms + p_more_ms,
           due_ms = CASE WHEN b.state = 'paused' THEN b.due_ms ELSE LEAST(
               b.deadline_ms + p_more_ms, w.awaiting_since_ms + t.promise_ms,
               bookings_next_post_ms(t.price_unit, t.included_min, b.billed_min, 1,
                   bookings_posting_lag_ms(t.price_unit, b.online, p_lag_ms), b.live_since_ms, b.closed_ms)) END
      FROM bookings_terms t JOIN bookings_turn w ON w.booking_id = t.booking_id
     WHERE b.id = p_booking AND t.booking_id = b.id
$$;
