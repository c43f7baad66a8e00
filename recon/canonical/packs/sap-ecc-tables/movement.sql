/* ---
canonical: movement
key: [MANDT, MBLNR, MJAHR, ZEILE]
reads:
  MSEG: [MANDT, MBLNR, MJAHR, ZEILE]
  MKPF: >-
    SELECT m.MANDT, m.MBLNR, m.MJAHR, m.ZEILE FROM raw.MSEG m SEMI JOIN changed.MKPF c ON c.MANDT = m.MANDT AND c.MBLNR = m.MBLNR AND c.MJAHR = m.MJAHR
    UNION
    SELECT m.MANDT, m.MBLNR, m.MJAHR, m.ZEILE FROM raw.MSEG m SEMI JOIN changed.MKPF c ON c.MANDT = m.MANDT AND c.MBLNR = m.SMBLN AND c.MJAHR = m.SJAHR
--- */
-- The sign of a movement is decided here, from SHKZG (S receipt, H issue): MENGE is never negative and movement types lie.
WITH line AS (
    SELECT m.*,
           CASE
               WHEN m.BWART IN ('261', '262') AND m.AUFNR IS NOT NULL THEN 'consumption'
               -- A receipt for a purchase order may be assigned to an order; that is no output of it.
               WHEN m.BWART IN ('101', '102', '131', '132') AND m.AUFNR IS NOT NULL AND m.KZBEW IS DISTINCT FROM 'B' THEN 'output'
               WHEN m.BWART IN ('531', '532') THEN 'by-product'
               WHEN m.BWART IN ('101', '102', '501', '502', '561', '562') THEN 'receipt'
               WHEN m.BWART IN ('551', '552', '553', '554', '555', '556') THEN 'scrap'
               WHEN m.BWART IN ('601', '602') THEN 'delivery'
               WHEN m.BWART BETWEEN '301' AND '350' OR m.BWART IN ('411', '412') THEN 'transfer'
               ELSE 'other'
           END AS kind
    FROM raw.MSEG m
),
signed AS (
    SELECT *,
           CASE
               WHEN kind = 'transfer' THEN MENGE
               WHEN kind IN ('consumption', 'scrap', 'delivery') THEN CASE SHKZG WHEN 'H' THEN MENGE WHEN 'S' THEN -MENGE END
               ELSE CASE SHKZG WHEN 'S' THEN MENGE WHEN 'H' THEN -MENGE END
           END AS quantity
    FROM line
    -- A transfer writes two lines and counts once: the line the system added is left out.
    WHERE kind <> 'transfer' OR XAUTO IS NULL
)
SELECT s.MANDT, s.MBLNR, s.MJAHR, s.ZEILE,
       s.WERKS AS plant,
       utc(h.CPUDT, h.CPUTM) AS changed_at,
       s.row_ref,
       nullif(concat_ws('; ', s.problems, h.problems,
                        CASE WHEN h.MBLNR IS NULL THEN 'no MKPF row' END,
                        CASE WHEN s.quantity IS NULL AND s.problems IS NULL THEN 'no quantity, or neither S nor H in SHKZG' END,
                        CASE WHEN s.MENGE < 0 THEN 'negative MENGE' END), '') AS problems,
       s.ambiguous OR coalesce(h.ambiguous, false) AS ambiguous,
       concat_ws('/', s.MBLNR, s.MJAHR, s.ZEILE) AS movement_id,
       s.kind,
       s.BWART AS movement_type,
       s.AUFNR AS order_no,
       s.MATNR AS material,
       s.CHARG AS batch,
       s.LGORT AS storage_location,
       s.quantity,
       s.MEINS AS unit,
       -- A cancelling document quotes no event itself: it takes back the one it reverses.
       coalesce(h.XBLNR, original.XBLNR) AS reference,
       -- Year and item are 0000 where nothing is reversed.
       CASE WHEN s.SMBLN IS NOT NULL THEN concat_ws('/', s.SMBLN, s.SJAHR, s.SMBLP) END AS reverses,
       utc(h.BUDAT, NULL) AS occurred_at
FROM signed s
LEFT JOIN raw.MKPF h USING (MANDT, MBLNR, MJAHR)
LEFT JOIN raw.MKPF original ON s.SMBLN IS NOT NULL AND original.MANDT = s.MANDT AND original.MBLNR = s.SMBLN AND original.MJAHR = s.SJAHR
