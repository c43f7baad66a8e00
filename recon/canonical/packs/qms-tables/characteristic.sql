/* ---
canonical: characteristic
key: [plant, material, characteristic]
reads:
  characteristic: [plant, material, characteristic]
--- */
SELECT plant,
       changed_at,
       row_ref,
       nullif(concat_ws('; ', problems, unknown_code('kind', coalesce(kind, ''), ['quantitative', 'qualitative']), negative_value('decimals', decimals),
                        broken_number('decimals', decimals), negative_value('sample_size', sample_size), unclear_flag('required', required),
                        unclear_flag('long_term', long_term), unclear_flag('transferred', transferred)), '') AS problems,
       ambiguous,
       material, lot, inspection_plan, plan_alternative, revision, operation_no, characteristic, item_no, text,
       lower(kind) AS kind,
       unit, decimals, target, lower_limit, upper_limit, lower_control_limit, upper_control_limit, sample_size, sampling_procedure, code_set,
       as_flag(required) AS required,
       as_mark(long_term) AS long_term,
       as_flag(transferred) AS transferred,
       valid_from, valid_to
FROM raw.characteristic
