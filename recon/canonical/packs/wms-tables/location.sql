/* ---
canonical: location
key: [plant, storage_location]
reads:
  location: [plant, storage_location]
--- */
SELECT plant,
       changed_at,
       row_ref,
       nullif(concat_ws('; ', problems, unclear_flag('ewm_managed', ewm_managed), unclear_flag('hu_managed', hu_managed),
                        unclear_flag('bin_managed', bin_managed), unclear_flag('line_side', line_side), unclear_flag('quarantine', quarantine),
                        unclear_flag('blocked', blocked), unclear_flag('deletion_flag', deletion_flag)), '') AS problems,
       ambiguous,
       storage_location, bin, text, kind, warehouse,
       as_flag(ewm_managed) AS ewm_managed,
       as_flag(hu_managed) AS hu_managed,
       as_flag(bin_managed) AS bin_managed,
       as_flag(line_side) AS line_side,
       as_flag(quarantine) AS quarantine,
       as_mark(blocked) AS blocked,
       resource,
       as_mark(deletion_flag) AS deletion_flag
FROM raw.location
