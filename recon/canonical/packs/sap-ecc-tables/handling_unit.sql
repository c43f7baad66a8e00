/* ---
canonical: handling_unit
key: [MANDT, VENUM]
reads:
  VEKP: [MANDT, VENUM]
  VEPO: [MANDT, VENUM]
--- */
-- Material items of a handling unit (VELIN 1 [M]); an empty one is one row without content.
WITH content AS (
    SELECT MANDT, VENUM, MATNR, CHARG, BESTQ, max(VBELN) AS VBELN, max(WERKS) AS WERKS, max(LGORT) AS LGORT, sum(VEMNG) AS quantity, min(VEMEH) AS unit,
           count(DISTINCT VEMEH) AS units, string_agg(problems, '; ' ORDER BY problems) AS problems, bool_or(ambiguous) AS ambiguous
    FROM raw.VEPO
    WHERE VELIN = '1'
    GROUP BY MANDT, VENUM, MATNR, CHARG, BESTQ
)
SELECT v.MANDT,
       v.VENUM,
       coalesce(c.WERKS, v.WERKS, '*') AS plant,
       greatest(utc(v.ERDAT, v.ERZET), utc(v.AEDAT, v.AEZET)) AS changed_at,
       v.row_ref,
       nullif(concat_ws('; ', v.problems, c.problems, CASE WHEN c.units > 1 THEN 'one content in several units' END), '') AS problems,
       v.ambiguous OR coalesce(c.ambiguous, false) AS ambiguous,
       v.EXIDV AS handling_unit,
       c.MATNR AS material,
       c.CHARG AS batch,
       -- The stock category of its content: blank unrestricted, Q inspection, S blocked, R returns [M].
       CASE WHEN c.MATNR IS NOT NULL THEN CASE WHEN c.BESTQ IS NULL THEN '01' ELSE CASE c.BESTQ WHEN 'Q' THEN '02' WHEN 'S' THEN '07' WHEN 'R' THEN '03' END END END
           AS stock_type,
       CASE WHEN c.units = 1 THEN c.quantity END AS quantity,
       c.unit,
       coalesce(c.LGORT, v.LGORT) AS storage_location,
       v.LGPLA AS bin,
       c.VBELN AS delivery,
       v.STATUS AS status,
       CASE WHEN c.MATNR IS NOT NULL THEN c.BESTQ IS NULL END AS available,
       v.VHILM AS packaging_material
FROM raw.VEKP v
LEFT JOIN content c USING (MANDT, VENUM)
