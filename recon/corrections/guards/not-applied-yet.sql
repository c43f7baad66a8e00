/* ---
guard: not-applied-yet
holds: what the message carries was applied in no other way
everywhere: true
--- */
-- What was applied already under the reference of its event would be there twice.
SELECT h.finding_id, h.rank,
       CASE WHEN min(p.message_id) IS NOT NULL OR min(d.movement_id) IS NOT NULL THEN 'refuses' WHEN min(m.reference) IS NULL THEN 'open' ELSE 'holds' END AS state,
       CASE WHEN min(p.message_id) IS NOT NULL THEN concat('message ', min(p.message_id), ' has applied the same event (', min(m.reference), '): close this one, never send it again')
            WHEN min(d.movement_id) IS NOT NULL
                 THEN concat('SAP has the event (', min(m.reference), ') already, as document ', min(d.movement_id), ': close this one, never send it again')
            WHEN min(m.reference) IS NULL THEN 'it quotes no event: look whether what it carries was applied in another way' END AS reason
FROM held_to h
LEFT JOIN repair r USING (finding_id)
LEFT JOIN logged_message m ON m.side = r.side AND m.source = r.source AND m.system = h.system AND m.message_id = r.message_id
LEFT JOIN logged_message p ON p.system = m.system AND p.reference = m.reference AND p.status = 'posted'
LEFT JOIN canonical."sap.movement" d
       ON d.system = m.system AND d.reference = m.reference AND d.quantity > 0 AND d.reversed IS NOT TRUE AND (d.material = m.material OR m.material IS NULL)
GROUP BY h.finding_id, h.rank
