/* ---
canonical: price
key: [MANDT, MATNR, BWKEY]
reads:
  MBEW: [MANDT, MATNR, BWKEY]
--- */
-- Standard price of one base unit. Split valuation (BWTAR) is left out: the batch decides there, and MBEW's header row carries the total.
SELECT MANDT, MATNR, BWKEY,
       BWKEY AS plant,
       CAST(NULL AS TIMESTAMP) AS changed_at,
       row_ref,
       problems,
       ambiguous,
       MATNR AS material,
       CAST(STPRS / nullif(coalesce(PEINH, 1), 0) AS DECIMAL(18, 6)) AS price
FROM raw.MBEW
WHERE BWTAR IS NULL
