-- The table `restriction`: holds that were open at the moment their source shows, and every decision against a batch, by batch.
WITH said AS (
    SELECT system, plant, material, batch, 'hold' AS kind, hold_id AS number, scope AS what, reason, opened_at AS since
    FROM canonical."qms.hold"
    WHERE closed_at IS NULL OR closed_at > changed_at
    UNION ALL
    SELECT system, plant, material, batch, coalesce(kind, 'disposition'), disposition_id, decision, code, decided_at
    FROM canonical."qms.disposition"
    UNION ALL
    SELECT system, plant, material, batch, 'usage decision', lot, decision, decision_code, decided_at
    FROM canonical."sap.inspection_lot"
    WHERE decision IS NOT NULL AND NOT coalesce(cancelled, false)
)
SELECT n.id AS batch, s.kind, coalesce(s.number, '') AS number, coalesce(s.what, '') AS what, coalesce(s.reason, '') AS reason,
       coalesce(CAST(epoch(s.since) AS BIGINT), 0) AS since
FROM said s
JOIN genealogy.node n ON n.system = s.system AND n.plant = s.plant AND n.material = s.material AND n.batch = s.batch
ORDER BY n.id, s.kind, s.since, s.number, s.what, s.reason
