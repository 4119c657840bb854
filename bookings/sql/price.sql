-- The price as a function of counted minutes; the same as bookings/services/price.py, held together by a test.
-- Plain expressions, so that the planner writes them into the meter's statement.

-- Fen for so many counted minutes. An hour's price is rounded down over all of them. A visit is one sum, and each half
-- hour begun after what it includes costs its own.
CREATE OR REPLACE FUNCTION bookings_cost(unit text, price bigint, included integer, overtime bigint, minutes bigint)
RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN unit = 'hour' THEN price * minutes / 60
        WHEN minutes = 0 THEN 0
        ELSE price + overtime * ((GREATEST(0, minutes - included) + 29) / 30)
    END
$$;

-- The minutes that count after so much live time: of an hour those that are complete, of a visit also the one begun.
CREATE OR REPLACE FUNCTION bookings_counted_min(unit text, served_ms bigint, granted_ms bigint)
RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN unit = 'hour' THEN served_ms / 60000 ELSE LEAST(served_ms / 60000 + 1, granted_ms / 60000) END
$$;

-- How far behind the clock what it counts is posted, because nothing posted is taken back. Online an absence is noticed
-- late, by p_lag_ms at most; of two who meet in person the end is, when it was typed without a network.
CREATE OR REPLACE FUNCTION bookings_posting_lag_ms(unit text, online boolean, p_lag_ms bigint)
RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN NOT online THEN GREATEST(p_lag_ms, bookings_late_code_ms())
                WHEN unit = 'hour' THEN p_lag_ms
                ELSE 0 END
$$;

-- The live time after which the next charge can be posted. A visit's price is due with its start, whenever it ends.
CREATE OR REPLACE FUNCTION bookings_next_charge_ms(
    unit text, included integer, billed_min integer, quantum_min integer, lag_ms bigint
) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN unit = 'hour' THEN (billed_min + quantum_min) * 60000::bigint + lag_ms
        WHEN billed_min = 0 THEN 0
        ELSE (included + 30 * ((GREATEST(0, billed_min - included) + 29) / 30)) * 60000::bigint + lag_ms
    END
$$;

-- When it is, if the clock runs on; lag_ms is bookings_posting_lag_ms. Before what this clock counted earlier is posted,
-- all of that lies so far back: an absence may still shorten a stretch that has closed just now.
CREATE OR REPLACE FUNCTION bookings_next_post_ms(
    unit text, included integer, billed_min integer, quantum_min integer, lag_ms bigint,
    live_since_ms bigint, closed_ms bigint
) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT GREATEST(
        live_since_ms + CASE WHEN unit = 'visit' AND billed_min = 0 THEN 0 ELSE lag_ms END,
        live_since_ms - closed_ms + bookings_next_charge_ms(unit, included, billed_min, quantum_min, lag_ms))
$$;
