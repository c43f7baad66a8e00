/* ---
id: ORD-010
title: Order released without operations, components or its inspection
over: order_content
severity: medium
owner: production-control
authority: "-"
judges: state
material: sap_material
params:
  asks_for: [operations, components, inspection]
  types_without_components: []
yields_to:
  - {rule: ORD-001, match: {order_no: order_no}}
rationale: Such an order cannot be executed as it stands, or is executed without what it should consume and without being inspected.
false_positives: Orders that only rework or repack may have no components; the site names their types in types_without_components. By- and co-products are no components.
correction: Complete the order in SAP; a person decides how.
since: 2
--- */
SELECT o.system,
       o.plant,
       o.order_no,
       o.changed_at,
       o.not_evaluated,
       o.sap_order_type,
       o.sap_material,
       o.sap_released_at,
       o.sap_operations,
       o.sap_components,
       o.sap_inspection_required,
       o.sap_inspection_lots,
       CAST(NULL AS DECIMAL(18, 6)) AS difference,
       o.sap_planned AS quantity,
       o.sap_unit AS unit,
       o.sap_moving AS in_flight
FROM pairing.order_content o
JOIN params p ON p.system = o.system AND p.plant = o.plant
WHERE o.sap_released_at IS NOT NULL
  AND NOT o.sap_ended
  AND ((o.sap_operations = 0 AND list_contains(p.asks_for, 'operations'))
       OR (o.sap_components = 0 AND list_contains(p.asks_for, 'components') AND NOT coalesce(list_contains(p.types_without_components, o.sap_order_type), false))
       OR (o.sap_inspection_required AND o.sap_inspection_lots = 0 AND list_contains(p.asks_for, 'inspection')))
