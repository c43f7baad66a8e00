/* ---
canonical: message
key: [message_id]
reads:
  message: [message_id]
--- */
-- A status in the middleware's own words means what the site says of it (crosswalks, message_status). One that is none of the declared ones may well be a failure: such a message
-- cannot be judged, and is not passed over.
SELECT plant,
       changed_at,
       row_ref,
       nullif(concat_ws('; ', problems, unknown_code('kind', coalesce(kind, ''), ['idoc', 'queue', 'dead-letter', 'log', 'backflush']),
                        unknown_code('direction', direction, ['inbound', 'outbound']),
                        unknown_code('status', coalesce(meaning('message_status', status), ''), ['pending', 'sent', 'posted', 'failed', 'ignored', 'dead']),
                        unknown_code('stock_type', stock_type, ['01', '02', '03', '04', '05', '06', '07', '08']),
                        unknown_code('target_stock_type', target_stock_type, ['01', '02', '03', '04', '05', '06', '07', '08']),
                        unclear_flag('schema_mismatch', schema_mismatch), negative_value('quantity', quantity), negative_value('sequence', sequence),
                        broken_number('sequence', sequence), negative_value('attempts', attempts), broken_number('attempts', attempts)), '') AS problems,
       ambiguous,
       message_id,
       lower(kind) AS kind,
       interface, workflow, queue,
       lower(direction) AS direction,
       sender, receiver,
       lower(meaning('message_status', status)) AS status,
       coalesce(status_code, CASE WHEN meaning('message_status', status) <> status THEN status END) AS status_code,
       status_text, reason,
       as_flag(schema_mismatch) AS schema_mismatch,
       object_type, object_key, order_no, operation_no, material, batch, storage_location, lot, delivery, serial_no, handling_unit, hold_id,
       case_no, reservation, reservation_item, movement_type, quantity, unit, reference, confirmation, document, sequence, occurred_at, sent_at,
       received_at, posted_at, attempts, payload_digest, stock_type, target_stock_type
FROM raw.message
