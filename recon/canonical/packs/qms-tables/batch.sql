/* ---
canonical: batch
key: [plant, material, batch]
reads:
  batch: [plant, material, batch]
--- */
SELECT plant,
       changed_at,
       row_ref,
       nullif(concat_ws('; ', problems, unknown_code('origin', origin, ['produced', 'received']), unclear_flag('restricted', restricted),
                        unclear_flag('deletion_flag', deletion_flag)), '') AS problems,
       ambiguous,
       material, batch, produced_on, expires_on,
       as_flag(restricted) AS restricted,
       retest_on, status,
       lower(origin) AS origin,
       order_no, supplier, supplier_batch, received_on,
       as_mark(deletion_flag) AS deletion_flag
FROM raw.batch
