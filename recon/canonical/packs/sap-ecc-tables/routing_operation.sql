/* ---
canonical: routing_operation
key: [MANDT, PLNNR]
reads:
  MAPL: [MANDT, PLNNR]
  PLKO: [MANDT, PLNNR]
  PLAS: [MANDT, PLNNR]
  PLPO: [MANDT, PLNNR]
  CRHD: SELECT o.MANDT, o.PLNNR FROM raw.PLPO o SEMI JOIN changed.CRHD c ON c.MANDT = o.MANDT AND c.OBJID = o.ARBID
--- */
-- Routings (N), rate routings (R) and master recipes (2) [M]: MAPL gives the material, PLAS which operations a group counter has.
WITH head AS (
    SELECT MANDT, PLNTY, PLNNR, PLNAL,
           -- The newest header's, which may have none.
           max_by({'number': AENNR}, concat(lpad(ZAEHL, 8, '0'), AENNR)).number AS AENNR,
           bool_or(LOEKZ IS NOT NULL) AS deleted,
           greatest(max(AEDAT), max(ANDAT)) AS changed_on,
           string_agg(problems, '; ' ORDER BY problems) AS problems,
           bool_or(ambiguous) AS ambiguous
    FROM raw.PLKO
    GROUP BY MANDT, PLNTY, PLNNR, PLNAL
),
place AS (
    SELECT MANDT, OBJID, min(ARBPL) AS ARBPL FROM raw.CRHD WHERE OBJTY = 'A' GROUP BY MANDT, OBJID
),
assigned AS (
    SELECT MANDT, MATNR, WERKS, PLNTY, PLNNR, PLNAL, bool_and(LOEKZ IS NOT NULL) AS deleted, bool_or(ambiguous) AS ambiguous,
           string_agg(problems, '; ' ORDER BY problems) AS problems
    FROM raw.MAPL
    WHERE PLNTY IN ('N', 'R', '2')
    GROUP BY ALL
)
SELECT m.MANDT,
       m.PLNNR,
       m.WERKS AS plant,
       utc(greatest(h.changed_on, o.ANDAT, o.AEDAT), NULL) AS changed_at,
       o.row_ref,
       nullif(concat_ws('; ', o.problems, m.problems, s.problems, h.problems, CASE WHEN h.PLNNR IS NULL THEN 'no PLKO row' END,
                        CASE WHEN o.ARBID IS NOT NULL AND c.ARBPL IS NULL THEN concat('no CRHD row of work centre ', o.ARBID) END), '') AS problems,
       o.ambiguous OR m.ambiguous OR s.ambiguous OR coalesce(h.ambiguous, false) AS ambiguous,
       m.MATNR AS material,
       m.PLNNR AS routing,
       m.PLNAL AS routing_alternative,
       coalesce(o.AENNR, h.AENNR) AS revision,
       s.PLNFL AS sequence_no,
       o.VORNR AS operation_no,
       o.LTXA1 AS text,
       c.ARBPL AS resource,
       o.STEUS AS control_key,
       o.BMSCH AS base_quantity,
       o.MEINH AS unit,
       o.AUFAK AS operation_scrap,
       o.DATUV AS valid_from,
       -- A changed operation is a further row of the same node with a higher counter.
       CAST(min(o.DATUV) OVER (PARTITION BY m.MANDT, m.MATNR, m.WERKS, m.PLNTY, m.PLNNR, m.PLNAL, s.PLNFL, o.PLNKN ORDER BY lpad(o.ZAEHL, 8, '0')
                               GROUPS BETWEEN 1 FOLLOWING AND 1 FOLLOWING) - INTERVAL 1 DAY AS DATE) AS valid_to,
       m.deleted OR o.LOEKZ IS NOT NULL OR s.LOEKZ IS NOT NULL OR coalesce(h.deleted, false) AS deletion_flag
FROM assigned m
JOIN (
    SELECT MANDT, PLNTY, PLNNR, PLNAL, PLNFL, PLNKN, max(LOEKZ) AS LOEKZ, string_agg(problems, '; ' ORDER BY problems) AS problems, bool_or(ambiguous) AS ambiguous
    FROM raw.PLAS
    GROUP BY ALL
) s USING (MANDT, PLNTY, PLNNR, PLNAL)
JOIN raw.PLPO o ON o.MANDT = s.MANDT AND o.PLNTY = s.PLNTY AND o.PLNNR = s.PLNNR AND o.PLNKN = s.PLNKN
LEFT JOIN head h ON h.MANDT = m.MANDT AND h.PLNTY = m.PLNTY AND h.PLNNR = m.PLNNR AND h.PLNAL = m.PLNAL
LEFT JOIN place c ON c.MANDT = o.MANDT AND c.OBJID = o.ARBID
