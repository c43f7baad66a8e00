/* ---
canonical: equipment_status
key: [status_id]
reads:
  equipment_status: [status_id]
--- */
SELECT plant,
       changed_at,
       row_ref,
       nullif(concat_ws('; ', problems, unknown_code('kind', coalesce(kind, ''), ['calibration', 'cleaning', 'qualification', 'maintenance']),
                        unclear_flag('passed', passed)), '') AS problems,
       ambiguous,
       status_id, equipment,
       lower(kind) AS kind,
       status,
       as_flag(passed) AS passed,
       performed_at, valid_from, valid_until, resource, order_no, material, text, performed_by
FROM raw.equipment_status
