/* ---
canonical: batch_characteristic
key: [MANDT, MATNR, CHARG]
reads:
  MCH1: [MANDT, MATNR, CHARG]
  MCHA: [MANDT, MATNR, CHARG]
  AUSP: >-
    SELECT b.MANDT, b.MATNR, b.CHARG FROM raw.MCH1 b SEMI JOIN changed.AUSP c ON c.MANDT = b.MANDT AND c.OBJEK = b.CUOBJ_BM
    UNION
    SELECT b.MANDT, b.MATNR, b.CHARG FROM raw.MCHA b SEMI JOIN changed.AUSP c ON c.MANDT = b.MANDT AND c.OBJEK = b.CUOBJ_BM
  CABN: >-
    SELECT b.MANDT, b.MATNR, b.CHARG FROM raw.MCH1 b
    SEMI JOIN (SELECT v.MANDT, v.OBJEK FROM raw.AUSP v SEMI JOIN changed.CABN c ON c.MANDT = v.MANDT AND c.ATINN = v.ATINN) v
      ON v.MANDT = b.MANDT AND v.OBJEK = b.CUOBJ_BM
    UNION
    SELECT b.MANDT, b.MATNR, b.CHARG FROM raw.MCHA b
    SEMI JOIN (SELECT v.MANDT, v.OBJEK FROM raw.AUSP v SEMI JOIN changed.CABN c ON c.MANDT = v.MANDT AND c.ATINN = v.ATINN) v
      ON v.MANDT = b.MANDT AND v.OBJEK = b.CUOBJ_BM
asked: {batch: CHARG}
--- */
-- The classification of a batch hangs on its internal object number CUOBJ_BM [M]. Numeric characteristics have their value in ATFLV, texts in ATWRT.
WITH object AS (
    SELECT MANDT, MATNR, CHARG, '*' AS plant, CUOBJ_BM, utc(coalesce(LAEDA, ERSDA), NULL) AS changed_at FROM raw.MCH1 WHERE CUOBJ_BM IS NOT NULL
    UNION
    SELECT MANDT, MATNR, CHARG, WERKS, CUOBJ_BM, utc(coalesce(LAEDA, ERSDA), NULL)
    FROM raw.MCHA a ANTI JOIN raw.MCH1 m ON m.MANDT = a.MANDT AND m.MATNR = a.MATNR AND m.CHARG = a.CHARG
    WHERE CUOBJ_BM IS NOT NULL
)
SELECT o.MANDT,
       o.MATNR,
       o.CHARG,
       o.plant,
       o.changed_at,
       v.row_ref,
       nullif(concat_ws('; ', v.problems, c.problems, CASE WHEN c.ATINN IS NULL THEN concat('no CABN row of characteristic ', v.ATINN) END,
                        CASE WHEN c.ATFOR = 'NUM' THEN float_misfit('ATFLV', v.ATFLV) END), '') AS problems,
       v.ambiguous OR coalesce(c.ambiguous, false) AS ambiguous,
       o.MATNR AS material,
       o.CHARG AS batch,
       coalesce(c.ATNAM, v.ATINN) AS characteristic,
       v.ATZHL AS counter,
       CASE WHEN c.ATFOR = 'NUM' THEN as_float(v.ATFLV) END AS value,
       CASE WHEN c.ATFOR = 'NUM' THEN v.ATFLV ELSE v.ATWRT END AS value_text,
       c.MSEHI AS unit
FROM raw.AUSP v
JOIN object o ON o.MANDT = v.MANDT AND o.CUOBJ_BM = v.OBJEK
LEFT JOIN raw.CABN c ON c.MANDT = v.MANDT AND c.ATINN = v.ATINN
-- 022 and 023 are the class types of batches [M].
WHERE v.KLART IN ('022', '023')
