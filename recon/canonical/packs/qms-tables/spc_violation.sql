/* ---
canonical: spc_violation
key: [plant, chart, point]
reads:
  spc_violation: [plant, chart, point]
--- */
SELECT plant,
       recorded_at AS changed_at,
       row_ref,
       problems,
       ambiguous,
       chart, point, violation, material, batch, order_no, operation_no, characteristic, resource, equipment, value, unit, center_line,
       lower_control_limit, upper_control_limit, occurred_at, acknowledged_at, case_no, reason
FROM raw.spc_violation
