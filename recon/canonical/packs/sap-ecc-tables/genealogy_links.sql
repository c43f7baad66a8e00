-- Movements and, for 309, the lines of material documents (`document`: columns of MSEG, and CPUDT, CPUTM and BUDAT of their header) → links between batches.
batch_of_order AS (
    SELECT plant, order_no, CASE WHEN kind = 'consumption' THEN 'input' ELSE 'output' END AS side, material, batch,
           max(changed_at) AS changed_at,
           min(row_ref) AS row_ref,
           min(occurred_at) FILTER (WHERE quantity > 0) AS first_at,
           max(occurred_at) FILTER (WHERE quantity > 0) AS last_at,
           string_agg(problems, '; ' ORDER BY problems) AS problems,
           bool_or(ambiguous) AS ambiguous
    FROM mapped.movement
    WHERE kind IN ('consumption', 'output', 'by-product') AND order_no IS NOT NULL AND batch IS NOT NULL
    GROUP BY ALL
    HAVING sum(quantity) > 0 OR string_agg(problems, '') IS NOT NULL OR bool_or(ambiguous)
),
relabelled AS (
    SELECT m.WERKS AS plant, m.CHARG AS batch, m.MATNR AS material, coalesce(m.UMMAT, m.MATNR) AS output_material, coalesce(m.UMCHA, m.CHARG) AS output_batch,
           max(utc(m.CPUDT, m.CPUTM)) AS changed_at,
           min(m.row_ref) AS row_ref,
           min(utc(m.BUDAT, NULL)) FILTER (WHERE m.SHKZG = 'H') AS first_at,
           max(utc(m.BUDAT, NULL)) FILTER (WHERE m.SHKZG = 'H') AS last_at,
           string_agg(m.problems, '; ' ORDER BY m.problems) AS problems,
           bool_or(m.ambiguous) AS ambiguous
    FROM document m
    WHERE meaning('movement_type', m.BWART) IN ('309', '310') AND m.XAUTO IS NULL AND m.CHARG IS NOT NULL AND m.WERKS IS NOT NULL
      AND (m.UMMAT IS NOT NULL OR m.UMCHA IS NOT NULL)
    GROUP BY ALL
    HAVING sum(CASE m.SHKZG WHEN 'H' THEN m.MENGE ELSE -m.MENGE END) > 0 OR string_agg(m.problems, '') IS NOT NULL OR bool_or(m.ambiguous)
)
SELECT o.plant AS WERKS,
       o.order_no AS NODE,
       o.plant,
       o.order_no,
       greatest(o.changed_at, i.changed_at) AS changed_at,
       o.row_ref,
       nullif(concat_ws('; ', o.problems, i.problems), '') AS problems,
       o.ambiguous OR i.ambiguous AS ambiguous,
       o.material AS output_material,
       o.batch AS output_batch,
       i.material AS input_material,
       i.batch AS input_batch,
       i.first_at AS consumed_at,
       o.last_at AS produced_at,
       CAST(NULL AS VARCHAR) AS purpose
FROM batch_of_order o
JOIN batch_of_order i ON i.plant = o.plant AND i.order_no = o.order_no AND i.side = 'input'
WHERE o.side = 'output'
UNION ALL
SELECT plant, batch, plant, NULL, changed_at, row_ref, problems, ambiguous, output_material, output_batch, material, batch, first_at, last_at, 'relabel'
FROM relabelled
