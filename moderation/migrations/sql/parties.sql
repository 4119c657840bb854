-- Who is part of what happened does not decide about it. Names are put down when a case is opened.
CREATE FUNCTION moderation_no_party_decides() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM moderation_reviewcase_parties WHERE reviewcase_id = NEW.id AND user_id = NEW.decided_by_id
    ) THEN
        RAISE EXCEPTION 'no case is decided by one of its parties' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER no_party_decides BEFORE UPDATE OF decided_by_id ON moderation_reviewcase
    FOR EACH ROW WHEN (NEW.decided_by_id IS NOT NULL) EXECUTE FUNCTION moderation_no_party_decides();
