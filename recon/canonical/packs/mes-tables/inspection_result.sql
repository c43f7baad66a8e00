/* ---
canonical: inspection_result
key: [result_id]
reads:
  inspection_result: [result_id]
--- */
SELECT plant,
       changed_at,
       row_ref,
       nullif(concat_ws('; ', problems, unknown_code('qualifier', qualifier, ['<', '<=', '>', '>=']),
                        unknown_code('valuation', valuation, ['accepted', 'rejected']), negative_value('decimals', decimals),
                        broken_number('decimals', decimals), negative_value('values_recorded', values_recorded), unclear_flag('certified', certified),
                        unclear_flag('superseded', superseded), unclear_flag('cancelled', cancelled),
                        missing_value('value', coalesce(CAST(value AS VARCHAR), value_text, code, valuation), problems)), '') AS problems,
       ambiguous,
       result_id, lot, material, batch, order_no, operation_no, characteristic, item_no, sample_no, value, value_text, qualifier, unit, decimals,
       lower(valuation) AS valuation,
       code, lower_limit, upper_limit, values_recorded, measured_at,
       as_flag(certified) AS certified,
       certified_at, supersedes,
       as_mark(superseded) AS superseded,
       as_mark(cancelled) AS cancelled,
       equipment, case_no, reference, owner
FROM raw.inspection_result
