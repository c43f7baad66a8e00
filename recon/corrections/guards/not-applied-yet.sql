/* ---
guard: not-applied-yet
holds: what the message carries was applied in no other way
everywhere: true
--- */
-- What was applied already under the reference of its event would be there twice. A sender's own word that it got through applies nothing; another interface quotes the same event for
-- another part of it; and of a message that does not say what it carries, a movement may be another line. That is looked at by a person: a message that is closed is lost.
WITH repaired AS (
    SELECT h.finding_id, h.rank, m.system, m.reference, m.interface, m.sender, m.material, m.batch
    FROM held_to h
    LEFT JOIN repair r USING (finding_id)
    LEFT JOIN logged_message m ON m.side = r.side AND m.source = r.source AND m.system = h.system AND m.message_id = r.message_id
),
asked AS (
    SELECT DISTINCT system, reference FROM repaired WHERE reference IS NOT NULL
),
posted AS (
    SELECT p.system, p.reference, p.interface, p.sender, min(p.message_id) AS message_id
    FROM logged_message p
    JOIN asked a ON a.system = p.system AND a.reference = p.reference
    WHERE p.status = 'posted' AND p.direction IS DISTINCT FROM 'outbound'
    GROUP BY p.system, p.reference, p.interface, p.sender
),
booked AS (
    SELECT d.system, d.reference, d.material, d.batch, min(d.movement_id) AS movement_id
    FROM canonical."sap.movement" d
    JOIN asked a ON a.system = d.system AND a.reference = d.reference
    LEFT JOIN (SELECT DISTINCT system, reverses FROM canonical."sap.movement" WHERE reverses IS NOT NULL) t ON t.system = d.system AND t.reverses = d.movement_id
    WHERE d.quantity > 0 AND d.reversed IS NOT TRUE AND t.reverses IS NULL
    GROUP BY d.system, d.reference, d.material, d.batch
),
found AS (
    SELECT r.finding_id, r.rank, r.reference,
           p.message_id, coalesce(p.interface = r.interface AND (p.sender = r.sender OR p.sender IS NULL OR r.sender IS NULL), false) AS same_message,
           NULL AS movement_id, false AS same_movement
    FROM repaired r
    LEFT JOIN posted p ON p.system = r.system AND p.reference = r.reference
    UNION ALL
    SELECT r.finding_id, r.rank, r.reference, NULL, false, d.movement_id,
           coalesce(d.material = r.material AND (d.batch = r.batch OR d.batch IS NULL OR r.batch IS NULL), false)
    FROM repaired r
    JOIN booked d ON d.system = r.system AND d.reference = r.reference AND (d.material = r.material OR r.material IS NULL)
)
SELECT finding_id, rank,
       CASE WHEN bool_or(same_message) OR bool_or(same_movement) THEN 'refuses'
            WHEN min(reference) IS NULL OR min(message_id) IS NOT NULL OR min(movement_id) IS NOT NULL THEN 'open' ELSE 'holds' END AS state,
       CASE WHEN bool_or(same_message)
                 THEN concat('message ', min(message_id) FILTER (WHERE same_message), ' has applied the same event (', min(reference), '): close this one, never send it again')
            WHEN bool_or(same_movement)
                 THEN concat('SAP has the event (', min(reference), ') already, as document ', min(movement_id) FILTER (WHERE same_movement), ': close this one, never send it again')
            WHEN min(reference) IS NULL THEN 'it quotes no event: look whether what it carries was applied in another way'
            WHEN min(movement_id) IS NOT NULL
                 THEN concat('SAP has document ', min(movement_id), ' of its event (', min(reference), '): look whether that is what it carries, before it is sent again')
            WHEN min(message_id) IS NOT NULL
                 THEN concat('message ', min(message_id), ' has applied something of its event (', min(reference), '): look whether that is what it carries, before it is sent again')
       END AS reason
FROM found
GROUP BY finding_id, rank
