/* ---
canonical: nonconformance
key: [MANDT, QMNUM]
reads:
  QMEL: [MANDT, QMNUM]
  JEST: SELECT q.MANDT, q.QMNUM FROM raw.QMEL q SEMI JOIN changed.JEST c ON c.MANDT = q.MANDT AND c.OBJNR = q.OBJNR
asked: {batch: QMEL.CHARG, lot: QMEL.PRUEFLOS, order_no: QMEL.FERTAUFNR}
--- */
-- Quality notifications have types that begin with Q; those of maintenance are in the same table, and are none unless they name a lot or a batch [M].
WITH status AS (
    SELECT MANDT, OBJNR, bool_or(STAT = 'I0072') AS completed, bool_or(STAT IN ('I0076', 'I0013')) AS deleted,
           string_agg(CASE STAT WHEN 'I0068' THEN 'OSNO' WHEN 'I0070' THEN 'NOPR' WHEN 'I0072' THEN 'NOCO' WHEN 'I0076' THEN 'DLFL' END, ' ' ORDER BY STAT) AS words,
           string_agg(problems, '; ' ORDER BY problems) AS problems, bool_or(ambiguous) AS ambiguous
    FROM raw.JEST SEMI JOIN raw.QMEL USING (MANDT, OBJNR)
    WHERE INACT IS NULL OR ambiguous OR problems IS NOT NULL
    GROUP BY MANDT, OBJNR
)
SELECT q.MANDT,
       q.QMNUM,
       coalesce(q.MAWERK, '*') AS plant,
       greatest(utc(q.ERDAT, NULL), utc(q.AEDAT, NULL), utc(q.QMDAB, q.QMZAB)) AS changed_at,
       q.row_ref,
       nullif(concat_ws('; ', q.problems, s.problems, CASE WHEN s.completed AND q.QMDAB IS NULL THEN 'completed, and nothing says when' END), '') AS problems,
       q.ambiguous OR coalesce(s.ambiguous, false) AS ambiguous,
       q.QMNUM AS case_no,
       CASE WHEN q.QMART = 'Q1' THEN 'complaint' ELSE 'nonconformance' END AS kind,
       q.QMART AS class,
       q.QMTXT AS text,
       q.MATNR AS material,
       q.CHARG AS batch,
       q.PRUEFLOS AS lot,
       q.FERTAUFNR AS order_no,
       q.LIFNUM AS supplier,
       q.RKMNG AS quantity,
       q.MGEIN AS unit,
       nullif(concat_ws('/', q.QMGRP, q.QMCOD), '') AS defect_code,
       s.words AS status,
       utc(coalesce(q.QMDAT, q.ERDAT), NULL) AS opened_at,
       CASE WHEN s.completed OR s.OBJNR IS NULL THEN utc(q.QMDAB, q.QMZAB) END AS closed_at,
       q.LTRMN AS due_on
FROM raw.QMEL q
LEFT JOIN status s ON s.MANDT = q.MANDT AND s.OBJNR = q.OBJNR
WHERE (q.QMART LIKE 'Q%' OR q.PRUEFLOS IS NOT NULL OR q.CHARG IS NOT NULL) AND q.KZLOESCH IS NULL AND NOT coalesce(s.deleted, false)
