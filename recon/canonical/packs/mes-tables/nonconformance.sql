/* ---
canonical: nonconformance
key: [case_no]
reads:
  nonconformance: [case_no]
--- */
SELECT plant,
       changed_at,
       row_ref,
       nullif(concat_ws('; ', problems,
                        unknown_code('kind', coalesce(kind, ''), ['nonconformance', 'deviation', 'investigation', 'exception', 'complaint']),
                        unknown_code('decision', decision, ['rework', 'scrap', 'use-as-is', 'return', 'none']), negative_value('quantity', quantity),
                        unclear_flag('capa_required', capa_required), unclear_flag('approved', approved)), '') AS problems,
       ambiguous,
       case_no,
       lower(kind) AS kind,
       class, text, material, batch, lot, order_no, operation_no, characteristic, result_id, chart, point, equipment, resource, supplier,
       quantity, unit, defect_code, status, owner, opened_at, closed_at, due_on, hold_id, capa_no,
       as_flag(capa_required) AS capa_required,
       lower(decision) AS decision,
       as_flag(approved) AS approved,
       approved_at, rework_order
FROM raw.nonconformance
