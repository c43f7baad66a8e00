/* ---
canonical: location
key: [MANDT, WERKS, LGORT]
reads:
  T001L: [MANDT, WERKS, LGORT]
  T320: [MANDT, WERKS, LGORT]
  T340D: SELECT a.MANDT, a.WERKS, a.LGORT FROM raw.T320 a SEMI JOIN changed.T340D c ON c.MANDT = a.MANDT AND c.LGNUM = a.LGNUM
--- */
-- A location that T320 gives a warehouse number is managed by bins: in SAP itself or, where T340D says so, in EWM or another decentralised warehouse system [M].
SELECT l.MANDT,
       l.WERKS,
       l.LGORT,
       l.WERKS AS plant,
       CAST(NULL AS TIMESTAMP) AS changed_at,
       l.row_ref,
       nullif(concat_ws('; ', l.problems, w.problems, CASE WHEN w.LGNUM IS NOT NULL AND d.LGNUM IS NULL THEN concat('no T340D row of warehouse ', w.LGNUM) END), '') AS problems,
       l.ambiguous OR coalesce(w.ambiguous, false) OR coalesce(d.ambiguous, false) AS ambiguous,
       l.LGORT AS storage_location,
       l.LGOBE AS text,
       w.LGNUM AS warehouse,
       CASE WHEN w.LGNUM IS NULL THEN false WHEN d.LGNUM IS NOT NULL THEN d.DECSY IS NOT NULL END AS ewm_managed,
       l.XHUPF IS NOT NULL AS hu_managed,
       CASE WHEN w.LGNUM IS NULL THEN false WHEN d.LGNUM IS NOT NULL THEN d.DECSY IS NULL END AS bin_managed
FROM raw.T001L l
LEFT JOIN raw.T320 w USING (MANDT, WERKS, LGORT)
LEFT JOIN raw.T340D d ON d.MANDT = w.MANDT AND d.LGNUM = w.LGNUM
