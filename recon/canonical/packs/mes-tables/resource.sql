/* ---
canonical: resource
key: [plant, resource]
reads:
  resource: [plant, resource]
--- */
SELECT plant,
       changed_at,
       row_ref,
       nullif(concat_ws('; ', problems, unclear_flag('locked', locked), unclear_flag('deletion_flag', deletion_flag)), '') AS problems,
       ambiguous,
       resource, text, kind, parent,
       as_mark(locked) AS locked,
       valid_from, valid_to,
       as_mark(deletion_flag) AS deletion_flag
FROM raw.resource
