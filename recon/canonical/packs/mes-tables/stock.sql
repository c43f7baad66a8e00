/* ---
canonical: stock
key: [plant, material, batch, storage_location]
empty: [batch, storage_location]
reads:
  stock: [plant, material, batch, storage_location]
--- */
-- A stock type that is none of SAP's may well be an unrestricted one: such stock cannot be judged, and is not passed over.
SELECT plant,
       changed_at,
       row_ref,
       nullif(concat_ws('; ', problems, unknown_code('stock_type', stock_type, ['01', '02', '03', '04', '05', '06', '07', '08']),
                        missing_value('quantity', quantity, problems), missing_value('unit', unit, problems)), '') AS problems,
       ambiguous,
       material, batch, storage_location,
       coalesce(stock_type, '01') AS stock_type,
       special_stock, quantity, unit, partner, bin, handling_unit, counted_at
FROM raw.stock
WHERE quantity <> 0 OR quantity IS NULL OR problems IS NOT NULL
