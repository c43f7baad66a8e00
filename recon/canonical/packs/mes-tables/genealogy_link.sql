/* ---
canonical: genealogy_link
key: [order_no]
reads:
  genealogy_link: [order_no]
--- */
SELECT plant,
       recorded_at AS changed_at,
       row_ref,
       nullif(concat_ws('; ', problems, unknown_code('purpose', purpose, ['rework', 'relabel', 'heel', 'blend']), negative_value('quantity', quantity),
                        negative_value('output_quantity', output_quantity)), '') AS problems,
       ambiguous,
       order_no, output_material, output_batch, input_material, input_batch, quantity, unit, output_quantity, output_unit, operation_no,
       consumed_at, produced_at,
       lower(purpose) AS purpose,
       case_no
FROM raw.genealogy_link
