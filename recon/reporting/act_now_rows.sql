-- Where the stock lies, and what restricts it since when, for the few findings on top.
SELECT finding_id, side, canonical_table, row::VARCHAR AS row
FROM evidence
WHERE list_contains($finding_ids::VARCHAR[], finding_id)
  AND canonical_table IN ('stock', 'hold', 'disposition', 'inspection_lot', 'movement', 'delivery_item', 'reservation', 'batch')
ORDER BY finding_id, side, canonical_table, ordinal
