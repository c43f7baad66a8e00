/* ---
guard: lot-open
holds: an inspection lot of the batch is open
--- */
-- There is a lot that the stock can be moved through.
SELECT h.finding_id, h.rank, CASE WHEN l.lot IS NULL THEN 'refuses' ELSE 'holds' END AS state,
       CASE WHEN l.lot IS NULL THEN 'no inspection lot of the batch is open' END AS reason
FROM held_to h
LEFT JOIN open_lot l ON l.system = h.system AND l.plant = h.plant AND l.material = h.material AND l.batch IS NOT DISTINCT FROM h.batch
