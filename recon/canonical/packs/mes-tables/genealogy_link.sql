/* ---
canonical: genealogy_link
key: [order_no]
reads:
  genealogy_link: [order_no]
--- */
SELECT plant, recorded_at AS changed_at, row_ref, problems, ambiguous, order_no, output_material, output_batch, input_material, input_batch
FROM raw.genealogy_link
