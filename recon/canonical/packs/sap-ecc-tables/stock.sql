/* ---
canonical: stock
key: [MANDT, MATNR, WERKS, LGORT, CHARG]
reads:
  MCHB: [MANDT, MATNR, WERKS, LGORT, CHARG]
  MSEG: [MANDT, MATNR, WERKS, LGORT, CHARG]
  MKPF: >-
    SELECT m.MANDT, m.MATNR, m.WERKS, m.LGORT, m.CHARG FROM raw.MSEG m
    SEMI JOIN changed.MKPF c ON c.MANDT = m.MANDT AND c.MBLNR = m.MBLNR AND c.MJAHR = m.MJAHR
  MARA: >-
    SELECT s.MANDT, s.MATNR, s.WERKS, s.LGORT, s.CHARG FROM raw.MCHB s SEMI JOIN changed.MARA c ON c.MANDT = s.MANDT AND c.MATNR = s.MATNR
--- */
-- Own batch stock. The time of a stock row is the entry time of the last movement that touched it, transfers included on both of their ends.
WITH last_movement AS (
    SELECT m.MANDT, m.MATNR, m.WERKS, m.LGORT, m.CHARG, max(utc(h.CPUDT, h.CPUTM)) AS changed_at
    FROM raw.MSEG m
    JOIN raw.MKPF h USING (MANDT, MBLNR, MJAHR)
    GROUP BY ALL
),
kind AS (
    SELECT *, unnest([('01', CLABS), ('02', CINSM), ('03', CRETM), ('04', CUMLM), ('07', CSPEM), ('08', CEINM)]) AS kept
    FROM raw.MCHB
)
SELECT k.MANDT, k.MATNR, k.WERKS, k.LGORT, k.CHARG,
       k.WERKS AS plant,
       coalesce(l.changed_at, utc(k.LAEDA, NULL), TIMESTAMP '1900-01-01') AS changed_at,
       k.row_ref,
       nullif(concat_ws('; ', k.problems, CASE WHEN a.MEINS IS NULL THEN 'no base unit in MARA' END), '') AS problems,
       k.ambiguous,
       k.MATNR AS material,
       k.CHARG AS batch,
       k.LGORT AS storage_location,
       k.kept[1] AS stock_type,
       CAST(NULL AS VARCHAR) AS special_stock,
       k.kept[2] AS quantity,
       a.MEINS AS unit
FROM kind k
LEFT JOIN raw.MARA a USING (MANDT, MATNR)
LEFT JOIN last_movement l USING (MANDT, MATNR, WERKS, LGORT, CHARG)
WHERE k.kept[2] <> 0 OR k.problems IS NOT NULL
