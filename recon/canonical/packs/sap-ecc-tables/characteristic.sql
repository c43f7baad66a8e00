/* ---
canonical: characteristic
key: [MANDT, PLNNR]
reads:
  PLMK: [MANDT, PLNNR]
  PLAS: [MANDT, PLNNR]
  MAPL: [MANDT, PLNNR]
  PLPO: [MANDT, PLNNR]
  QAMV: [MANDANT, PRUEFLOS]
  QALS: [MANDANT, PRUEFLOS]
  AFVC: >-
    SELECT l.MANDANT, l.PRUEFLOS FROM raw.QALS l SEMI JOIN changed.AFVC c ON c.MANDT = l.MANDANT AND c.AUFPL = l.AUFPL
driving: [PLMK, QAMV]
--- */
-- Two kinds of rows in one key: characteristics of plans by their task list group, and those that were copied to a lot by the number of the lot in its place.
WITH assigned AS (
    SELECT MANDT, MATNR, WERKS, PLNTY, PLNNR, PLNAL, bool_or(ambiguous) AS ambiguous, string_agg(problems, '; ' ORDER BY problems) AS problems
    FROM raw.MAPL
    WHERE LOEKZ IS NULL
    GROUP BY ALL
),
node AS (
    SELECT MANDT, PLNTY, PLNNR, PLNAL, PLNKN FROM raw.PLAS WHERE LOEKZ IS NULL GROUP BY ALL
),
operation AS (
    SELECT MANDT, PLNTY, PLNNR, PLNKN, max_by({'number': VORNR}, concat(lpad(ZAEHL, 8, '0'), VORNR)).number AS VORNR FROM raw.PLPO GROUP BY ALL
),
lot_operation AS (
    SELECT MANDT, AUFPL, APLZL, min(VORNR) AS VORNR FROM raw.AFVC GROUP BY ALL
),
known AS (
    SELECT k.MANDT, k.PLNNR, m.WERKS AS plant, utc(k.GUELTIGAB, NULL) AS changed_at, k.row_ref, concat_ws('; ', k.problems, m.problems) AS problems, k.ambiguous OR m.ambiguous AS ambiguous,
           m.MATNR AS material, NULL AS lot, k.PLNNR AS inspection_plan, m.PLNAL AS plan_alternative, k.AENNR AS revision, o.VORNR AS operation_no,
           k.VERWMERKM, k.MERKNR, k.KURZTEXT, k.MASSEINHSW, k.STELLEN, k.SOLLWERT, k.SOLLWNI, k.TOLERANZUN, k.TOLUNNI, k.TOLERANZOB, k.TOLOBNI, CAST(NULL AS DECIMAL(18, 6)) AS sample_size,
           k.STICHPRVER, k.AUSWMENGE1, k.GUELTIGAB AS valid_from,
           -- A changed characteristic is a further row with a higher counter.
           CAST(min(k.GUELTIGAB) OVER (PARTITION BY m.MANDT, m.MATNR, m.WERKS, m.PLNTY, m.PLNNR, m.PLNAL, k.PLNKN, k.MERKNR ORDER BY lpad(k.ZAEHL, 8, '0')
                                       GROUPS BETWEEN 1 FOLLOWING AND 1 FOLLOWING) - INTERVAL 1 DAY AS DATE) AS valid_to
    FROM raw.PLMK k
    JOIN node n ON n.MANDT = k.MANDT AND n.PLNTY = k.PLNTY AND n.PLNNR = k.PLNNR AND n.PLNKN = k.PLNKN
    JOIN assigned m ON m.MANDT = n.MANDT AND m.PLNTY = n.PLNTY AND m.PLNNR = n.PLNNR AND m.PLNAL = n.PLNAL
    LEFT JOIN operation o ON o.MANDT = k.MANDT AND o.PLNTY = k.PLNTY AND o.PLNNR = k.PLNNR AND o.PLNKN = k.PLNKN
    WHERE k.LOEKZ IS NULL
    UNION ALL
    SELECT v.MANDANT, v.PRUEFLOS, l.WERK, utc(l.ENSTEHDAT, l.ENTSTEZEIT), v.row_ref, concat_ws('; ', v.problems, l.problems, CASE WHEN l.PRUEFLOS IS NULL THEN 'no QALS row' END),
           v.ambiguous OR coalesce(l.ambiguous, false),
           l.MATNR, v.PRUEFLOS, l.PLNNR, NULL, NULL, coalesce(o.VORNR, v.VORGLFNR),
           v.VERWMERKM, v.MERKNR, v.KURZTEXT, v.MASSEINHSW, v.STELLEN, v.SOLLWERT, v.SOLLWNI, v.TOLERANZUN, v.TOLUNNI, v.TOLERANZOB, v.TOLOBNI, v.SOLLSTPUMF, v.STICHPRVER, v.AUSWMENGE1,
           NULL, NULL
    FROM raw.QAMV v
    LEFT JOIN raw.QALS l USING (MANDANT, PRUEFLOS)
    -- The operations of a lot are kept like those of an order, under the number of its plan [M].
    LEFT JOIN lot_operation o ON o.MANDT = l.MANDANT AND o.AUFPL = l.AUFPL AND o.APLZL = v.VORGLFNR
)
SELECT MANDT,
       PLNNR,
       plant,
       changed_at,
       row_ref,
       nullif(concat_ws('; ', nullif(problems, ''), float_misfit('SOLLWERT', SOLLWERT), float_misfit('TOLERANZUN', TOLERANZUN), float_misfit('TOLERANZOB', TOLERANZOB)), '')
           AS problems,
       ambiguous,
       material,
       lot,
       inspection_plan,
       plan_alternative,
       revision,
       operation_no,
       coalesce(VERWMERKM, KURZTEXT) AS characteristic,
       MERKNR AS item_no,
       KURZTEXT AS text,
       -- A qualitative characteristic has a selected set or code group of its answers [M].
       CASE WHEN AUSWMENGE1 IS NULL THEN 'quantitative' ELSE 'qualitative' END AS kind,
       MASSEINHSW AS unit,
       TRY_CAST(STELLEN AS INTEGER) AS decimals,
       -- A flag tells a value of 0 from none [M].
       CASE WHEN SOLLWNI IS NOT NULL OR as_float(SOLLWERT) <> 0 THEN as_float(SOLLWERT) END AS target,
       CASE WHEN TOLUNNI IS NOT NULL OR as_float(TOLERANZUN) <> 0 THEN as_float(TOLERANZUN) END AS lower_limit,
       CASE WHEN TOLOBNI IS NOT NULL OR as_float(TOLERANZOB) <> 0 THEN as_float(TOLERANZOB) END AS upper_limit,
       sample_size,
       STICHPRVER AS sampling_procedure,
       AUSWMENGE1 AS code_set,
       valid_from,
       valid_to
FROM known
