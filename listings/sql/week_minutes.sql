-- The minutes of the week, Monday 0:00 = 0, that hours of one weekday cover. Sunday night goes on at 0.
CREATE OR REPLACE FUNCTION listings_week_minutes(weekday integer, start_min integer, length_min integer)
RETURNS int4multirange
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$
    SELECT int4multirange(
        int4range(weekday * 1440 + start_min, least(weekday * 1440 + start_min + length_min, 10080)),
        int4range(0, greatest(weekday * 1440 + start_min + length_min - 10080, 0))
    )
$$;
