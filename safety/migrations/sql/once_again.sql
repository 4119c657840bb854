-- After a way back: calls within a minute of each other were two because an all-clear lay between them, and that is
-- written into them again. Where there never was one, nothing is.
ALTER TABLE safety_alarm DISABLE TRIGGER alarm_stays;
UPDATE safety_alarm SET all_clears_before = before.number
  FROM (
    SELECT id, count(*) FILTER (WHERE is_near) OVER (PARTITION BY booking_id, user_id ORDER BY at_ms, id) AS number
      FROM (
        SELECT id, booking_id, user_id, at_ms,
               at_ms - lag(at_ms) OVER (PARTITION BY booking_id, user_id ORDER BY at_ms, id) < 60000 AS is_near
          FROM safety_alarm
      ) near
  ) before
 WHERE before.id = safety_alarm.id AND before.number > 0;
ALTER TABLE safety_alarm ENABLE TRIGGER alarm_stays;
