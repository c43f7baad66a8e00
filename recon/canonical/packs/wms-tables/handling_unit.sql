/* ---
canonical: handling_unit
key: [plant, handling_unit]
reads:
  handling_unit: [plant, handling_unit]
--- */
SELECT plant,
       changed_at,
       row_ref,
       nullif(concat_ws('; ', problems, unknown_code('stock_type', stock_type, ['01', '02', '03', '04', '05', '06', '07', '08']),
                        negative_value('quantity', quantity), unclear_flag('available', available)), '') AS problems,
       ambiguous,
       handling_unit, material, batch, stock_type, quantity, unit, parent, storage_location, bin, order_no, delivery, status,
       as_flag(available) AS available,
       packaging_material
FROM raw.handling_unit
