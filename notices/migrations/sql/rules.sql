-- Who is told of a message is one of the two of the talk; who is told of an order is its companion.
CREATE FUNCTION notices_to_whom_it_is_for() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM chat_conversation
         WHERE id = NEW.conversation_id AND NEW.recipient_id IN (client_id, companion_id)
        UNION ALL
        SELECT FROM bookings_booking WHERE id = NEW.booking_id AND NEW.recipient_id = companion_id
    ) THEN
        RAISE EXCEPTION 'a notice is for somebody whom it concerns' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER notice_to_whom_it_is_for BEFORE INSERT OR UPDATE OF recipient_id, conversation_id, booking_id
    ON notices_notice FOR EACH ROW EXECUTE FUNCTION notices_to_whom_it_is_for();
