/* ---
canonical: unit_conversion
key: [MANDT, MATNR]
reads:
  MARA: [MANDT, MATNR]
  MARM: [MANDT, MATNR]
asked: {material: MATNR}
--- */
-- Every unit a material may be counted in. Its own conversions (MARM: one alternative unit = UMREZ / UMREN base units) win over physical ones;
-- one that is stated and cannot be used, such as UMREN 0, is no reason to fall back on physics.
-- Batch-specific units (KZWSO: A proportion unit, B product unit) have in MARM what is planned, and their true ratio in each batch's classification [D]. Of catch
-- weight SAP says so only where its add-on is active (/CWM/XCWMAT) [S]: elsewhere the site's crosswalk does. What is counted (a unit of no physical dimension too)
-- is counted in a fixed number of other such units, whatever a piece weighs.
WITH dimension AS (
    SELECT unit, CASE WHEN dimension IN ('mass', 'volume', 'length', 'area') THEN dimension ELSE 'count' END AS dimension
    FROM units
),
stated AS (
    SELECT MANDT, MATNR, MEINS AS unit, MEINS AS base_unit, CAST(1 AS DECIMAL(20, 12)) AS factor, false AS nominal, 1 AS preference, row_ref, problems, ambiguous
    FROM raw.MARA
    WHERE MEINS IS NOT NULL
    UNION ALL
    SELECT m.MANDT, m.MATNR, m.MEINH, a.MEINS, CAST(m.UMREZ / nullif(m.UMREN, 0) AS DECIMAL(20, 12)),
           CASE
               WHEN m.KZWSO IN ('A', 'B') THEN true
               WHEN coalesce(own.dimension, 'count') = coalesce(other.dimension, 'count') THEN false
               WHEN meaning('material_conversion', a.MATNR) IN ('nominal', 'fixed') THEN meaning('material_conversion', a.MATNR) = 'nominal'
               WHEN meaning('group_conversion', a.MATKL) IN ('nominal', 'fixed') THEN meaning('group_conversion', a.MATKL) = 'nominal'
               WHEN a."/CWM/XCWMAT" IS NOT NULL THEN true
           END,
           2, m.row_ref, m.problems, m.ambiguous
    FROM raw.MARM m
    JOIN raw.MARA a USING (MANDT, MATNR)
    LEFT JOIN dimension own ON own.unit = a.MEINS
    LEFT JOIN dimension other ON other.unit = m.MEINH
    WHERE m.MEINH IS NOT NULL AND m.MEINH <> a.MEINS
    UNION ALL
    SELECT a.MANDT, a.MATNR, other.unit, a.MEINS, CAST(other.factor / own.factor AS DECIMAL(20, 12)), false, 3, a.row_ref, a.problems, a.ambiguous
    FROM raw.MARA a
    JOIN units own ON own.unit = a.MEINS
    JOIN units other ON other.dimension = own.dimension AND other.unit <> own.unit
),
named AS (
    SELECT * FROM stated
    UNION ALL
    -- The ISO code of a unit means the same unit.
    SELECT s.MANDT, s.MATNR, u.iso_code, s.base_unit, s.factor, s.nominal, s.preference + 3, s.row_ref, s.problems, s.ambiguous
    FROM stated s
    JOIN units u USING (unit)
    WHERE u.iso_code <> u.unit
),
preferred AS (
    SELECT MANDT, MATNR, unit, min(preference) AS preference
    FROM named
    GROUP BY MANDT, MATNR, unit
)
SELECT DISTINCT MANDT, MATNR,
       '*' AS plant,
       CAST(NULL AS TIMESTAMP) AS changed_at,
       row_ref,
       problems,
       ambiguous,
       MATNR AS material,
       unit,
       base_unit,
       CASE WHEN factor > 0 THEN factor END AS factor,
       nominal
FROM named
JOIN preferred USING (MANDT, MATNR, unit, preference)
