/* ---
canonical: genealogy_link
key: [plant, order_no]
reads:
  mapped.movement: [plant, order_no]
--- */
-- SAP links at order level only: every batch an order consumed, net, feeds every batch it produced, net.
-- A movement that could not be read, or was read in two versions, counts as present, so that its link is uncertain rather than missing.
WITH batch_of_order AS (
    SELECT plant, order_no, kind, material, batch,
           max(changed_at) AS changed_at,
           min(row_ref) AS row_ref,
           string_agg(problems, '; ' ORDER BY problems) AS problems,
           bool_or(ambiguous) AS ambiguous
    FROM mapped.movement
    WHERE kind IN ('consumption', 'output') AND order_no IS NOT NULL AND batch IS NOT NULL
    GROUP BY ALL
    HAVING sum(quantity) > 0 OR string_agg(problems, '') IS NOT NULL OR bool_or(ambiguous)
)
SELECT o.plant,
       greatest(o.changed_at, i.changed_at) AS changed_at,
       o.row_ref,
       nullif(concat_ws('; ', o.problems, i.problems), '') AS problems,
       o.ambiguous OR i.ambiguous AS ambiguous,
       o.order_no,
       o.material AS output_material,
       o.batch AS output_batch,
       i.material AS input_material,
       i.batch AS input_batch
FROM batch_of_order o
JOIN batch_of_order i ON i.plant = o.plant AND i.order_no = o.order_no AND i.kind = 'consumption'
WHERE o.kind = 'output'
