/* ---
id: ORD-002
title: Order in the MES that SAP does not know
over: order
severity: medium
owner: production-control
authority: sap
judges: existence
compares: [work_order.order_no]
material: mes_material
params:
  test_types: []
rationale: Nothing that such an order consumes or makes can be posted, and nobody plans, costs or releases it.
false_positives: Orders that the MES marks as its own, and types that the site names in test_types, are left out. What is older than SAP's extract may have been archived and is not judged.
correction:
  text: Close the order in the MES, after what it consumed and made has been assigned to an order that SAP has.
  action: mes.close-order
since: 2
--- */
SELECT o.system,
       o.plant,
       o.order_no,
       o.changed_at,
       o.not_evaluated,
       o.mes_order_type,
       o.mes_material,
       o.mes_planned,
       o.mes_received_at,
       o.mes_started_at,
       o.mes_completed_at,
       CAST(NULL AS DECIMAL(18, 6)) AS difference,
       coalesce(o.mes_produced, o.mes_planned) AS quantity,
       o.mes_unit AS unit,
       false AS in_flight
FROM pairing.order o
JOIN params p ON p.system = o.system AND p.plant = o.plant
WHERE NOT o.sap_knows
  AND NOT o.mes_local
  AND NOT o.mes_cancelled
  AND (o.mes_order_type IS NULL OR NOT list_contains(p.test_types, o.mes_order_type))
  AND (o.not_evaluated IS NOT NULL OR NOT o.mes_receipt_moving)
