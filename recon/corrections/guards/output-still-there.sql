/* ---
guard: output-still-there
holds: the received batch was neither consumed nor shipped
everywhere: true
--- */
-- A receipt is not taken back while its batch was consumed or shipped.
SELECT h.finding_id, h.rank,
       CASE WHEN min(m.movement_id) IS NULL THEN 'holds' ELSE 'refuses' END AS state,
       'the batch was consumed or shipped, as in document ' || min(m.movement_id) AS reason
FROM held_to h
LEFT JOIN (
    SELECT system, plant, material, batch, min(movement_id) AS movement_id
    FROM canonical."sap.movement"
    WHERE kind IN ('consumption', 'delivery') AND quantity > 0 AND reversed IS NOT TRUE
    GROUP BY system, plant, material, batch
) m ON m.system = h.system AND m.plant = h.plant AND m.material = h.material AND m.batch IS NOT DISTINCT FROM h.batch
GROUP BY h.finding_id, h.rank
