-- Open hours minus promised time, of several companions at once: (companion, travel_minutes, start, end) in order.
-- A promise takes away the pause before it too, so what is left is where a whole order fits with the pause after it.
-- The pause is longer for who has to travel, and is then kept before the order as well: for the way there. Likewise a promise
-- somewhere takes away the way to it. A companion is asked about once for each way of working she has.
-- Nothing begins sooner than she can be there, nor than it can be paid for and accepted.
-- What is promised to %(without)s is as if it were not: it is about to move.
WITH clock AS (
    SELECT coalesce(%(now)s::timestamptz, clock_timestamp()) AS now
), asked AS (
    SELECT companion.id, wish.travel_minutes,
           make_interval(mins => companion.buffer_minutes + wish.travel_minutes) AS pause,
           CASE WHEN wish.travel_minutes > 0 THEN make_interval(mins => companion.buffer_minutes + wish.travel_minutes) END AS way,
           greatest(
               %(since)s::timestamptz,
               clock.now + make_interval(mins => greatest(companion.lead_minutes, wish.travel_minutes, %(least_notice)s))
           ) AS since,
           least(
               %(until)s::timestamptz,
               ((clock.now AT TIME ZONE %(zone)s)::date + %(horizon_days)s)::timestamp AT TIME ZONE %(zone)s
           ) AS until
      FROM clock
     CROSS JOIN unnest(%(companions)s::bigint[], %(travel_minutes)s::integer[]) AS wish (companion, travel_minutes)
      JOIN listings_companion AS companion ON companion.id = wish.companion
     WHERE companion.id = ANY (%(companions)s)
), dates AS (
    -- Hours may reach into the next day, so the day before counts too.
    SELECT asked.id, asked.since, asked.until, (asked.since AT TIME ZONE %(zone)s)::date + number AS day
      FROM asked,
           generate_series(-1, (asked.until AT TIME ZONE %(zone)s)::date - (asked.since AT TIME ZONE %(zone)s)::date)
           AS number
     WHERE asked.since < asked.until
), hours AS (
    -- Told the companions again: the planner takes a page for hundreds of dates and would read everybody's hours.
    SELECT dates.id, dates.since, dates.until, dates.day, weekly.start_min, weekly.length_min
      FROM dates
      JOIN listings_weeklyhours AS weekly
        ON weekly.companion_id = dates.id AND weekly.weekday = extract(isodow FROM dates.day) - 1
     WHERE weekly.companion_id = ANY (%(companions)s)
       AND NOT EXISTS (
               SELECT FROM listings_specialday AS special
                WHERE special.companion_id = dates.id AND special.day = dates.day
                  AND special.companion_id = ANY (%(companions)s)
           )
    UNION ALL
    SELECT dates.id, dates.since, dates.until, dates.day, hours.start_min, hours.length_min
      FROM dates
      JOIN listings_specialday AS special ON special.companion_id = dates.id AND special.day = dates.day
      JOIN listings_specialhours AS hours ON hours.special_day_id = special.id
     WHERE special.companion_id = ANY (%(companions)s)
), open AS (
    SELECT id,
           range_agg(tstzrange(
               (day + make_interval(mins => start_min)) AT TIME ZONE %(zone)s,
               (day + make_interval(mins => start_min + length_min)) AT TIME ZONE %(zone)s
           )) * tstzmultirange(tstzrange(since, until)) AS times
      FROM hours
     GROUP BY id, since, until
), taken AS (
    SELECT asked.id, asked.travel_minutes,
           range_agg(tstzrange(
               least(promise.starts_at - asked.pause, promise.sets_off_at),
               greatest(promise.free_again_at, promise.ends_at + asked.way)
           )) AS times
      FROM asked
      JOIN listings_takentime AS promise
        ON promise.companion_id = asked.id
       AND greatest(promise.free_again_at, promise.ends_at + asked.way) > asked.since
       AND least(promise.starts_at - asked.pause, promise.sets_off_at) < asked.until
     WHERE promise.companion_id = ANY (%(companions)s)
       AND promise.ref IS DISTINCT FROM %(without)s::uuid
     GROUP BY asked.id, asked.travel_minutes
)
SELECT asked.id, asked.travel_minutes, lower(free), upper(free)
  FROM asked
  JOIN open ON open.id = asked.id
  LEFT JOIN taken ON taken.id = asked.id AND taken.travel_minutes = asked.travel_minutes,
       unnest(open.times - coalesce(taken.times, '{}')) AS free
 ORDER BY asked.id, asked.travel_minutes, free
