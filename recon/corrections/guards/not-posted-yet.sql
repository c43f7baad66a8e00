/* ---
guard: not-posted-yet
holds: nothing was posted under its reference
--- */
-- Nothing was posted under its reference: the same proposal is the same reference, so a posting that SAP has already shows.
SELECT h.finding_id, h.rank,
       CASE WHEN min(m.movement_id) IS NULL THEN 'holds' ELSE 'refuses' END AS state,
       'posted already, as document ' || min(m.movement_id) AS reason
FROM held_to h
LEFT JOIN canonical."sap.movement" m ON m.system = h.system AND m.plant = h.plant AND m.reference = h.proposal_id
GROUP BY h.finding_id, h.rank
