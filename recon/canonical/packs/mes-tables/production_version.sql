/* ---
canonical: production_version
key: [plant, material, production_version]
reads:
  production_version: [plant, material, production_version]
--- */
SELECT plant,
       changed_at,
       row_ref,
       nullif(concat_ws('; ', problems, unclear_flag('approved', approved), unclear_flag('locked', locked),
                        unclear_flag('deletion_flag', deletion_flag)), '') AS problems,
       ambiguous,
       material, production_version, text, bom_alternative, routing, routing_alternative, recipe, recipe_version,
       as_flag(approved) AS approved,
       approved_at,
       as_mark(locked) AS locked,
       valid_from, valid_to,
       as_mark(deletion_flag) AS deletion_flag
FROM raw.production_version
