-- The only clock that bills, in epoch milliseconds.
CREATE OR REPLACE FUNCTION bookings_now_ms() RETURNS bigint LANGUAGE sql VOLATILE AS $$
    SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint
$$;

-- How long first words may take in any order, in ms.
CREATE OR REPLACE FUNCTION bookings_first_words_ms() RETURNS bigint LANGUAGE sql IMMUTABLE AS $$ SELECT 180000::bigint $$;

-- How long before an online appointment its chat opens, in ms.
CREATE OR REPLACE FUNCTION bookings_early_ms() RETURNS bigint LANGUAGE sql IMMUTABLE AS $$ SELECT 600000::bigint $$;

-- How long after it was typed a code of two who meet in person still counts from then, in ms.
CREATE OR REPLACE FUNCTION bookings_late_code_ms() RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT 7200000::bigint
$$;
