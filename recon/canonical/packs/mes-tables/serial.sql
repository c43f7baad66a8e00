/* ---
canonical: serial
key: [plant, material, serial_no]
reads:
  serial: [plant, material, serial_no]
--- */
SELECT plant,
       changed_at,
       row_ref,
       nullif(concat_ws('; ', problems, unclear_flag('available', available)), '') AS problems,
       ambiguous,
       material, serial_no, parent_material, parent_serial_no, installed_at, removed_at, batch, order_no, produced_at, status,
       as_flag(available) AS available,
       storage_location, bin, handling_unit, customer, delivery
FROM raw.serial
