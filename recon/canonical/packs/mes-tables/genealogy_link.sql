/* ---
canonical: genealogy_link
reads: [genealogy_link]
--- */
SELECT plant, recorded_at AS changed_at, row_ref, problems, ambiguous, order_no, output_material, output_batch, input_material, input_batch
FROM raw.genealogy_link
