-- The audit trail's chain (docs/decisions/0040). Each row is sealed when its transaction commits, not when it is
-- written, and then as the last of all: what is still to be looked at for the commit (foreign keys lock the rows they
-- point at) was put off before, and PostgreSQL begins with what was put off first. Who holds the end of the chain waits
-- for nobody's rows any more.

-- What a row's hash is of. Only words of PostgreSQL's own, so that whoever verifies it need not trust a function of ours.
CREATE OR REPLACE FUNCTION moderation_audit_text(event moderation_auditevent) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_array(
        event.number, event.prev_hash, event.id, (extract(epoch FROM event.at) * 1000000)::bigint, event.actor_id,
        event.action, event.target_type_id, event.target_id, event.before, event.after, event.reason
    )::text;
$$;

CREATE OR REPLACE FUNCTION moderation_seal_audit(event_id bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    last moderation_auditevent;
    event moderation_auditevent;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('moderation_auditevent'));
    -- A statement of its own, after the lock: it sees what was committed while this waited.
    SELECT * INTO last FROM moderation_auditevent WHERE number IS NOT NULL ORDER BY number DESC LIMIT 1;
    SELECT * INTO event FROM moderation_auditevent WHERE id = event_id;
    event.number := coalesce(last.number, 0) + 1;
    event.prev_hash := coalesce(last.hash, repeat('0', 64));
    event.hash := encode(sha256(convert_to(moderation_audit_text(event), 'UTF8')), 'hex');
    UPDATE moderation_auditevent SET number = event.number, prev_hash = event.prev_hash, hash = event.hash
        WHERE id = event_id;
END $$;

CREATE OR REPLACE FUNCTION moderation_seal_new_audit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO moderation_unsealed VALUES (NEW.id);
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION moderation_seal_last() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM moderation_seal_audit(NEW.event_id);
    DELETE FROM moderation_unsealed WHERE event_id = NEW.event_id;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION moderation_audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    seal CONSTANT text[] := '{number,prev_hash,hash}';
BEGIN
    IF TG_OP = 'UPDATE' THEN
        -- The seal, once.
        IF OLD.number IS NULL AND NEW.number IS NOT NULL AND to_jsonb(OLD) - seal = to_jsonb(NEW) - seal THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'moderation_auditevent is append-only' USING ERRCODE = 'restrict_violation';
END $$;
