/* ---
id: GEN-009
title: Required component that is absent from the as-built record
over: component_plan
severity: high
owner: quality-assurance
authority: sap
judges: existence
compares: [component.required_quantity]
yields_to:
  - {rule: CON-003, match: {order_no: order_no, component: component}}
rationale: Either the product lacks a part, or the record of what it is made of does; both matter to whoever uses it.
false_positives: >-
  Components that the MES never records and its list does not mark as not measured. An order that took something under a deviation, which is believed to stand for
  whatever is absent from it.
correction:
  text: Complete the record, or open a deviation.
  action: qms.open-deviation
  fields: {material: component}
since: 1
--- */
SELECT system,
       plant,
       order_no,
       component,
       changed_at,
       coalesce(not_evaluated, mes_not_evaluated) AS not_evaluated,
       required AS sap_required,
       sap_settled AS sap_quantity,
       sap_final_issue,
       mes_settled AS mes_quantity,
       mes_rows,
       CAST(NULL AS DECIMAL(18, 6)) AS difference,
       required AS quantity,
       unit,
       false AS in_flight
FROM pairing.component_plan
WHERE mes_complete AND NOT sap_final_issue AND mes_measured AND NOT mes_stood_for
  AND (not_evaluated IS NOT NULL OR mes_not_evaluated IS NOT NULL OR NOT mes_built)
