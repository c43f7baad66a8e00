/* ---
canonical: routing_operation
key: [plant, material, operation_no]
reads:
  routing_operation: [plant, material, operation_no]
--- */
SELECT plant,
       changed_at,
       row_ref,
       nullif(concat_ws('; ', problems, negative_value('base_quantity', base_quantity), unclear_flag('milestone', milestone),
                        unclear_flag('mes_only', mes_only), unclear_flag('deletion_flag', deletion_flag)), '') AS problems,
       ambiguous,
       material, routing, routing_alternative, revision, sequence_no, operation_no, text, resource, control_key, base_quantity, unit,
       as_flag(milestone) AS milestone,
       as_mark(mes_only) AS mes_only,
       operation_scrap, valid_from, valid_to,
       as_mark(deletion_flag) AS deletion_flag
FROM raw.routing_operation
