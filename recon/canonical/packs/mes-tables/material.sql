/* ---
canonical: material
key: [plant, material]
reads:
  material: [plant, material]
--- */
SELECT plant,
       changed_at,
       row_ref,
       nullif(concat_ws('; ', problems, unclear_flag('batch_managed', batch_managed), unclear_flag('inspection_relevant', inspection_relevant),
                        unclear_flag('deletion_flag', deletion_flag)), '') AS problems,
       ambiguous,
       material, text, base_unit,
       as_flag(batch_managed) AS batch_managed,
       as_mark(deletion_flag) AS deletion_flag,
       material_group, status, serial_profile,
       as_flag(inspection_relevant) AS inspection_relevant
FROM raw.material
