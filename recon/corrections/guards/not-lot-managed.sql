/* ---
guard: not-lot-managed
holds: no inspection lot manages the stock
--- */
-- Stock that an inspection lot manages moves through its lot alone.
SELECT h.finding_id, h.rank,
       CASE WHEN l.lot IS NOT NULL THEN 'refuses' WHEN s.finding_id IS NULL THEN 'open' ELSE 'holds' END AS state,
       CASE WHEN l.lot IS NOT NULL THEN 'inspection lot ' || l.lot || ' of the batch is open: its stock moves through the lot'
            WHEN s.finding_id IS NULL THEN 'inspection lots are in no source here: look whether one manages the stock (QA33)' END AS reason
FROM held_to h
LEFT JOIN open_lot l ON l.system = h.system AND l.plant = h.plant AND l.material = h.material AND l.batch IS NOT DISTINCT FROM h.batch
LEFT JOIN (
    SELECT DISTINCT d.finding_id FROM held_to d JOIN supplied s ON s.name = 'sap.inspection_lot' AND s.system = d.system AND s.plant = d.plant
) s USING (finding_id)
