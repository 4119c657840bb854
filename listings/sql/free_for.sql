-- Whole minutes from now until the pause or the way before her next promise, whichever is earlier, 0 during the pause after her last one;
-- no row when nothing is promised within a day.
SELECT greatest(
           0,
           floor(extract(
               epoch FROM least(promise.starts_at - make_interval(mins => companion.buffer_minutes), promise.sets_off_at) - clock.now
           ) / 60)
       )::integer
  FROM (SELECT coalesce(%(now)s::timestamptz, clock_timestamp()) AS now) AS clock,
       listings_companion AS companion
  JOIN listings_takentime AS promise ON promise.companion_id = companion.id
 WHERE companion.id = %(companion)s
   AND promise.free_again_at > clock.now
   AND promise.starts_at < clock.now + interval '1 day'
 ORDER BY promise.starts_at
 LIMIT 1
