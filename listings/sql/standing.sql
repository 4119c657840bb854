-- The recommended order, the same for everybody. docs/decisions/0011 says why these numbers.
-- Bodies are bound when they are made (RETURN, no string), so that a restore finds what they call.

-- Bayesian stars in thousandths, 1000 to 5000: a rating counts as if five people had given four stars before,
-- so that one enthusiast does not outrank fifty.
CREATE OR REPLACE FUNCTION listings_liked(rating_sum integer, rating_count integer) RETURNS integer
IMMUTABLE PARALLEL SAFE
RETURN ((rating_sum + 5 * 4)::bigint * 1000 / (rating_count + 5))::integer;

-- Up to 1 000 000 points: 400 000 for the rating, 300 000 for the measured reply time (half of them at 60 s, which is
-- also what counts while it is not known), 300 000 for completion (900 of 1000 while it is not known).
-- 2 000 000 more for who is here now: more than all else together.
CREATE OR REPLACE FUNCTION listings_standing(
    online boolean, rating_sum integer, rating_count integer, reply_ms integer, completion_pm smallint)
RETURNS integer IMMUTABLE PARALLEL SAFE
RETURN online::integer * 2000000
     + (listings_liked(rating_sum, rating_count) - 1000) * 100
     + 18000000 / (60 + coalesce(reply_ms, 60000) / 1000)
     + 300 * coalesce(completion_pm, 900);

-- One number that sorts by `first`, and among equals by standing, which is below 4 000 000.
CREATE OR REPLACE FUNCTION listings_then(first integer, standing integer) RETURNS bigint
IMMUTABLE PARALLEL SAFE
RETURN first::bigint * 4000000 + standing;
