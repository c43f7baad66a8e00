/* ---
canonical: reservation
key: [reservation, item_no]
reads:
  reservation: [reservation, item_no]
--- */
SELECT plant,
       changed_at,
       row_ref,
       nullif(concat_ws('; ', problems, unknown_code('stock_type', stock_type, ['01', '02', '03', '04', '05', '06', '07', '08']),
                        missing_value('required_quantity', required_quantity, problems), negative_value('required_quantity', required_quantity),
                        negative_value('withdrawn_quantity', withdrawn_quantity), missing_value('unit', unit, problems),
                        unclear_flag('final_issue', final_issue), unclear_flag('deleted', deleted)), '') AS problems,
       ambiguous,
       reservation, item_no, material, batch, storage_location, stock_type, special_stock, movement_type, required_quantity, withdrawn_quantity,
       unit, required_on,
       as_mark(final_issue) AS final_issue,
       as_mark(deleted) AS deleted,
       order_no, customer, target_storage_location
FROM raw.reservation
