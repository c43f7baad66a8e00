/* ---
canonical: unit_conversion
key: [plant, material, unit]
reads:
  unit_conversion: [plant, material, unit]
--- */
SELECT plant,
       changed_at,
       row_ref,
       nullif(concat_ws('; ', problems, missing_value('base_unit', base_unit, problems), missing_value('factor', factor, problems),
                        negative_value('factor', factor), CASE WHEN factor = 0 THEN 'factor is 0' END), '') AS problems,
       ambiguous,
       material, unit, base_unit,
       CASE WHEN factor > 0 THEN factor END AS factor
FROM raw.unit_conversion
