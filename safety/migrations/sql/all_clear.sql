-- That somebody is well is said after he asked for help, of his last call, and stays said.
CREATE FUNCTION safety_all_clear_of_the_last() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    call safety_alarm := (SELECT a FROM safety_alarm a WHERE id = NEW.alarm_id);
BEGIN
    IF NEW.at_ms < call.at_ms OR EXISTS (
        SELECT FROM safety_alarm
         WHERE booking_id = call.booking_id AND user_id = call.user_id AND at_ms > call.at_ms
    ) THEN
        RAISE EXCEPTION 'an all-clear follows the last call for help' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER all_clear_of_the_last BEFORE INSERT ON safety_allclear
    FOR EACH ROW EXECUTE FUNCTION safety_all_clear_of_the_last();
CREATE TRIGGER all_clear_stays BEFORE UPDATE OR DELETE ON safety_allclear
    FOR EACH ROW EXECUTE FUNCTION safety_stays();
