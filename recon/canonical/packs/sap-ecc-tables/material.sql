/* ---
canonical: material
key: [MANDT, MATNR]
reads:
  MARA: [MANDT, MATNR]
  MAKT: [MANDT, MATNR]
  MARC: [MANDT, MATNR]
  QMAT: [MANDT, MATNR]
asked: {material: MATNR}
--- */
-- One row for the material as such (plant *), and one for each plant that it is extended to.
WITH text AS (
    -- One text for people: English where there is one, German next, otherwise any; the first of several versions.
    SELECT MANDT, MATNR, min_by(MAKTX, concat(CASE SPRAS WHEN 'E' THEN '1' WHEN 'EN' THEN '1' WHEN 'D' THEN '2' WHEN 'DE' THEN '2' ELSE '3' END, SPRAS, MAKTX)) AS text
    FROM raw.MAKT
    GROUP BY MANDT, MATNR
),
inspected AS (
    SELECT MANDT, MATNR, WERKS, true AS active
    FROM raw.QMAT
    WHERE AKTIV IS NOT NULL
    GROUP BY ALL
)
SELECT a.MANDT,
       a.MATNR,
       coalesce(p.WERKS, '*') AS plant,
       greatest(utc(a.LAEDA, NULL), utc(a.ERSDA, NULL)) AS changed_at,
       coalesce(p.row_ref, a.row_ref) AS row_ref,
       nullif(concat_ws('; ', a.problems, p.problems), '') AS problems,
       a.ambiguous OR coalesce(p.ambiguous, false) AS ambiguous,
       a.MATNR AS material,
       t.text,
       a.MEINS AS base_unit,
       a.MTART AS material_type,
       a.XCHPF IS NOT NULL OR p.XCHPF IS NOT NULL AS batch_managed,
       a.LVORM IS NOT NULL OR p.LVORM IS NOT NULL AS deletion_flag,
       a.MATKL AS material_group,
       coalesce(p.MMSTA, a.MSTAE) AS status,
       p.SERNP AS serial_profile,
       CASE WHEN p.WERKS IS NOT NULL THEN coalesce(q.active, false) END AS inspection_relevant
FROM raw.MARA a
JOIN (
    SELECT MANDT, MATNR, WERKS, LVORM, XCHPF, MMSTA, SERNP, row_ref, problems, ambiguous FROM raw.MARC
    UNION ALL
    SELECT MANDT, MATNR, NULL, NULL, NULL, NULL, NULL, NULL, NULL, false FROM (SELECT DISTINCT MANDT, MATNR FROM raw.MARA)
) p USING (MANDT, MATNR)
LEFT JOIN text t USING (MANDT, MATNR)
LEFT JOIN inspected q ON q.MANDT = p.MANDT AND q.MATNR = p.MATNR AND q.WERKS = p.WERKS
