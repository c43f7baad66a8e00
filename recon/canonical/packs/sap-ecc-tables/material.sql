/* ---
canonical: material
key: [MANDT, MATNR]
reads:
  MARA: [MANDT, MATNR]
  MAKT: [MANDT, MATNR]
--- */
SELECT MANDT, MATNR,
       '*' AS plant,
       greatest(utc(a.LAEDA, NULL), utc(a.ERSDA, NULL)) AS changed_at,
       a.row_ref,
       a.problems,
       a.ambiguous,
       a.MATNR AS material,
       t.text,
       a.MEINS AS base_unit,
       a.MTART AS material_type,
       a.XCHPF IS NOT NULL AS batch_managed,
       a.LVORM IS NOT NULL AS deletion_flag
FROM raw.MARA a
LEFT JOIN (
    -- One text for people: English where there is one, German next, otherwise any.
    SELECT MANDT, MATNR, min_by(MAKTX, concat(CASE SPRAS WHEN 'E' THEN '1' WHEN 'EN' THEN '1' WHEN 'D' THEN '2' WHEN 'DE' THEN '2' ELSE '3' END, SPRAS)) AS text
    FROM raw.MAKT
    GROUP BY MANDT, MATNR
) t USING (MANDT, MATNR)
