-- The way back: two calls for help of one person within a minute are one. Those that were two because an all-clear lay
-- between them stay, outside of the rule: it binds from the first one on that has no later one beside it.
DO $$
DECLARE
    last_of_two bigint := (
        SELECT max(least(a.id, b.id)) FROM safety_alarm a
          JOIN safety_alarm b USING (booking_id, user_id)
         WHERE a.id < b.id AND abs(a.at_ms - b.at_ms) < 60000
    );
BEGIN
    EXECUTE 'ALTER TABLE safety_alarm ADD CONSTRAINT alarm_once_a_minute EXCLUDE USING gist'
        ' (booking_id WITH =, user_id WITH =, int8range(at_ms, at_ms + 60000, ''[)'') WITH &&)'
        || coalesce(' WHERE (id > ' || last_of_two || ')', '');
END $$;
