/* ---
canonical: crosswalk
key: [plant, code_list, code]
reads:
  crosswalk: [plant, code_list, code]
--- */
SELECT plant,
       changed_at,
       row_ref,
       problems,
       ambiguous,
       code_list, code, canonical_code, text, valid_from, valid_to
FROM raw.crosswalk
