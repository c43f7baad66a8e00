/* ---
canonical: serial
key: [MANDT, EQUNR]
reads:
  EQUI: [MANDT, EQUNR]
  EQBS: [MANDT, EQUNR]
--- */
-- A serial number is an equipment record (EQUI); EQBS says where in stock it lies [M]. One that is in no stock lies somewhere else, or is built in.
SELECT e.MANDT,
       e.EQUNR,
       coalesce(b.B_WERK, '*') AS plant,
       greatest(utc(e.ERDAT, NULL), utc(e.AEDAT, NULL)) AS changed_at,
       e.row_ref,
       nullif(concat_ws('; ', e.problems, b.problems), '') AS problems,
       e.ambiguous OR coalesce(b.ambiguous, false) AS ambiguous,
       e.MATNR AS material,
       e.SERNR AS serial_no,
       b.B_CHARGE AS batch,
       CASE WHEN b.LBBSA IS NOT NULL THEN concat('stock ', b.LBBSA) END AS status,
       coalesce(b.LBBSA = '01', false) AS available,
       b.B_LAGER AS storage_location,
       b.KUNNR AS customer
FROM raw.EQUI e
LEFT JOIN raw.EQBS b USING (MANDT, EQUNR)
WHERE e.SERNR IS NOT NULL AND e.MATNR IS NOT NULL
