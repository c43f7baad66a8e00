/* ---
canonical: bom_item
key: [MANDT, STLNR]
reads:
  MAST: [MANDT, STLNR]
  STKO: [MANDT, STLNR]
  STAS: [MANDT, STLNR]
  STPO: [MANDT, STLNR]
--- */
-- Material BOMs (category M). STAS says which items belong to which alternative and from when; an item that was changed is a new one that names its predecessor.
WITH head AS (
    -- The newest header of an alternative tells its base quantity.
    SELECT MANDT, STLNR, STLAL,
           max_by({'quantity': BMENG, 'unit': BMEIN}, concat(lpad(STKOZ, 8, '0'), BMENG, BMEIN)) AS base,
           bool_or(LOEKZ IS NOT NULL) AS deleted,
           greatest(max(AEDAT), max(ANDAT)) AS changed_on,
           string_agg(problems, '; ' ORDER BY problems) AS problems,
           bool_or(ambiguous) AS ambiguous
    FROM raw.STKO
    WHERE STLTY = 'M'
    GROUP BY MANDT, STLNR, STLAL
),
assigned AS (
    SELECT MANDT, STLNR, STLAL, STLKN,
           min(DATUV) FILTER (WHERE LKENZ IS NULL) AS from_day,
           max(DATUV) FILTER (WHERE LKENZ IS NOT NULL) AS gone_on,
           string_agg(problems, '; ' ORDER BY problems) AS problems,
           bool_or(ambiguous) AS ambiguous
    FROM raw.STAS
    WHERE STLTY = 'M'
    GROUP BY MANDT, STLNR, STLAL, STLKN
),
successor AS (
    SELECT MANDT, STLNR, VGKNT, VGPZL, min(DATUV) AS from_day
    FROM raw.STPO
    WHERE STLTY = 'M' AND VGKNT IS NOT NULL
    GROUP BY MANDT, STLNR, VGKNT, VGPZL
)
SELECT m.MANDT,
       m.STLNR,
       m.WERKS AS plant,
       utc(greatest(h.changed_on, p.ANDAT, p.AEDAT), NULL) AS changed_at,
       p.row_ref,
       nullif(concat_ws('; ', p.problems, m.problems, h.problems, s.problems, CASE WHEN h.STLNR IS NULL THEN 'no STKO row' END), '') AS problems,
       p.ambiguous OR m.ambiguous OR s.ambiguous OR coalesce(h.ambiguous, false) AS ambiguous,
       m.MATNR AS material,
       m.STLNR AS bom,
       m.STLAN AS bom_usage,
       m.STLAL AS alternative,
       p.AENNR AS revision,
       concat_ws('/', p.STLKN, p.STPOZ) AS item,
       p.POSNR AS item_no,
       p.IDNRK AS component,
       p.MENGE AS quantity,
       p.MEINS AS unit,
       h.base.quantity AS base_quantity,
       h.base.unit AS base_unit,
       p.FMENG IS NOT NULL AS fixed_quantity,
       p.AUSCH AS component_scrap,
       p.AVOAU AS operation_scrap,
       p.SCHGT IS NOT NULL AS bulk,
       -- What comes out has a negative quantity.
       p.MENGE < 0 AS by_product,
       p.ALPGR AS alternative_group,
       p.ALPRF AS alternative_rank,
       greatest(p.DATUV, s.from_day) AS valid_from,
       CAST(least(n.from_day, s.gone_on) - INTERVAL 1 DAY AS DATE) AS valid_to,
       p.LKENZ IS NOT NULL OR coalesce(h.deleted, false) AS deletion_flag
FROM raw.MAST m
JOIN assigned s USING (MANDT, STLNR, STLAL)
JOIN raw.STPO p ON p.MANDT = s.MANDT AND p.STLNR = s.STLNR AND p.STLKN = s.STLKN AND p.STLTY = 'M'
LEFT JOIN head h ON h.MANDT = m.MANDT AND h.STLNR = m.STLNR AND h.STLAL = m.STLAL
LEFT JOIN successor n ON n.MANDT = p.MANDT AND n.STLNR = p.STLNR AND n.VGKNT = p.STLKN AND n.VGPZL = p.STPOZ
