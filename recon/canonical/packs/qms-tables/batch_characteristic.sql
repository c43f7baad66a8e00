/* ---
canonical: batch_characteristic
key: [plant, material, batch, characteristic]
reads:
  batch_characteristic: [plant, material, batch, characteristic]
--- */
SELECT plant,
       changed_at,
       row_ref,
       nullif(concat_ws('; ', problems, missing_value('value', coalesce(CAST(value AS VARCHAR), value_text), problems)), '') AS problems,
       ambiguous,
       material, batch, characteristic, counter, value, value_text, unit
FROM raw.batch_characteristic
