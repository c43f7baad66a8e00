/* ---
id: ORD-012
title: Order package in the MES is not what SAP says now
over: order_package
severity: medium
owner: production-control
authority: sap
judges: state
compares:
  work_order.material: sap_material IS DISTINCT FROM mes_material
  work_order.planned_quantity: sap_planned IS DISTINCT FROM mes_planned
  operation.resource: sap_elsewhere IS NOT NULL
  work_order.serial_profile: sap_serial_profile IS DISTINCT FROM mes_serial_profile
  work_order.inspection_requirement: sap_inspection_requirement IS DISTINCT FROM mes_inspection_requirement
  work_order.revision: sap_revision IS DISTINCT FROM mes_revision
material: sap_material
params:
  fields: [material, planned quantity, work centre, serial profile, inspection requirement, revision]
  after_start: false
  abs_tol: 0.001
  rel_tol: 0
rationale: The MES makes what it was told, in the quantity, at the place and by the revision that it was told, whatever planning has changed since.
false_positives: Dates are not compared unless a site adds "dates" to fields. The package is frozen once the MES has started. A field that one of the systems does not keep has to be taken out of fields, or every order differs in it. Work centres are compared by the crosswalk of resources.
correction:
  text: Send the order to the MES again, as long as it has not started.
  action: sap.resend-order
  fields: {material: sap_material}
since: 2
--- */
SELECT o.system,
       o.plant,
       o.order_no,
       o.changed_at,
       o.not_evaluated,
       o.sap_material,
       o.sap_planned,
       o.sap_serial_profile,
       o.sap_inspection_requirement,
       o.sap_revision,
       o.sap_scheduled_start,
       o.sap_scheduled_end,
       o.sap_elsewhere,
       o.mes_material,
       o.mes_planned,
       o.mes_serial_profile,
       o.mes_inspection_requirement,
       o.mes_revision,
       o.mes_scheduled_start,
       o.mes_scheduled_end,
       o.mes_planned - o.sap_planned AS difference,
       o.sap_planned AS quantity,
       o.unit,
       o.moving AS in_flight
FROM pairing.order_package o
JOIN params p ON p.system = o.system AND p.plant = o.plant
WHERE (p.after_start OR NOT o.mes_started)
  AND (o.not_evaluated IS NOT NULL
       OR (list_contains(p.fields, 'material') AND o.sap_material IS DISTINCT FROM o.mes_material)
       OR (list_contains(p.fields, 'planned quantity')
           AND ((o.sap_planned IS NULL) <> (o.mes_planned IS NULL) OR abs(o.sap_planned - o.mes_planned) > greatest(p.abs_tol, p.rel_tol * abs(o.sap_planned))))
       OR (list_contains(p.fields, 'work centre') AND o.sap_elsewhere IS NOT NULL)
       OR (list_contains(p.fields, 'serial profile') AND o.sap_serial_profile IS DISTINCT FROM o.mes_serial_profile)
       OR (list_contains(p.fields, 'inspection requirement') AND o.sap_inspection_requirement IS DISTINCT FROM o.mes_inspection_requirement)
       OR (list_contains(p.fields, 'revision') AND o.sap_revision IS DISTINCT FROM o.mes_revision)
       OR (list_contains(p.fields, 'dates')
           AND (o.sap_scheduled_start IS DISTINCT FROM o.mes_scheduled_start OR o.sap_scheduled_end IS DISTINCT FROM o.mes_scheduled_end)))
