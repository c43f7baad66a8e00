/* ---
guard: right-batch-there
holds: SAP has the batch that was used, and stock of it
--- */
-- The batch that is issued in place of another has to be in SAP, and in stock.
SELECT h.finding_id, h.rank,
       CASE WHEN b.material IS NULL AND bs.finding_id IS NOT NULL AND s.material IS NULL THEN 'refuses' WHEN s.material IS NULL THEN 'open' ELSE 'holds' END AS state,
       CASE WHEN b.material IS NULL AND bs.finding_id IS NOT NULL AND s.material IS NULL
                 THEN concat('SAP has no batch ', h.right_batch, ' of ', h.material, ': find out which of its batches that is')
            WHEN s.material IS NULL THEN concat('look where batch ', h.right_batch, ' is: SAP shows no unrestricted stock of it at the plant') END AS reason
FROM held_to h
LEFT JOIN (SELECT DISTINCT system, plant, material, batch FROM canonical."sap.batch") b
       ON b.system = h.system AND b.plant IN (h.plant, '*') AND b.material = h.material AND b.batch = h.right_batch
LEFT JOIN (SELECT DISTINCT system, plant, material, batch FROM canonical."sap.stock" WHERE stock_type = '01' AND quantity > 0) s
       ON s.system = h.system AND s.plant = h.plant AND s.material = h.material AND s.batch = h.right_batch
LEFT JOIN (
    SELECT DISTINCT d.finding_id FROM held_to d JOIN supplied s ON s.name = 'sap.batch' AND s.system = d.system AND s.plant = d.plant
) bs USING (finding_id)
