"""A stage is noted of what runs, at a time that is not to come; afterwards it can only be taken back."""

from django.db import migrations

GUARDS = """
CREATE FUNCTION visits_stage_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM FROM bookings_booking
          WHERE id = NEW.booking_id AND state = 'live' AND NOT online AND NEW.at_ms >= live_since_ms FOR SHARE;
        IF NOT FOUND OR NEW.at_ms > bookings_now_ms() OR NEW.taken_back THEN
            RAISE EXCEPTION 'no stage of booking % now', NEW.booking_id USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF TG_OP = 'UPDATE' AND NEW.taken_back AND NOT OLD.taken_back
       AND (NEW.id, NEW.booking_id, NEW.name, NEW.at_ms, NEW.request_key)
         = (OLD.id, OLD.booking_id, OLD.name, OLD.at_ms, OLD.request_key) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'stages are kept: % refused', TG_OP USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER visits_stage_guard BEFORE INSERT OR UPDATE OR DELETE ON visits_stage
    FOR EACH ROW EXECUTE FUNCTION visits_stage_guard();
"""

UNDO = """
DROP TRIGGER visits_stage_guard ON visits_stage;
DROP FUNCTION visits_stage_guard();
"""


class Migration(migrations.Migration):
    dependencies = [("visits", "0001_initial")]

    operations = [migrations.RunSQL(GUARDS, UNDO)]
