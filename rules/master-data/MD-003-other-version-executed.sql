/* ---
id: MD-003
title: MES executes another version of the order than SAP carries
over: order_version
severity: high
owner: production-control
authority: sap
judges: state
compares:
  work_order.bom: sap_bom IS DISTINCT FROM mes_bom
  work_order.bom_alternative: sap_bom_alternative IS DISTINCT FROM mes_bom_alternative
  work_order.revision: sap_revision IS DISTINCT FROM mes_revision
  work_order.production_version: sap_production_version IS DISTINCT FROM mes_production_version
material: sap_material
params:
  fields: [bom, alternative, revision, production version]
yields_to:
  - {rule: ORD-012, match: {order_no: order_no}}
rationale: Another alternative or revision makes another product, of other components, in other amounts or in other steps than those that were approved for the order.
false_positives: Where both sides have the same components in the same quantities, BOM, alternative and revision are names alone and not told, unless components_govern is off; the production version names steps too and is always compared. A field that one of the systems does not keep has to be taken out of fields. Before the MES starts, a drifted package (ORD-012) is the primary, since sending the order again puts all of it right; once it has started, the package is frozen and this rule speaks alone.
correction:
  text: Send the order to the MES again as long as it has not started; after that, open a deviation for what was made.
  ways:
    - {action: sap.resend-order, when: NOT mes_started, fields: {material: sap_material}}
    - {action: qms.open-deviation, when: mes_started, fields: {material: sap_material}}
since: 3
--- */
SELECT o.system,
       o.plant,
       o.order_no,
       o.changed_at,
       o.not_evaluated,
       o.sap_material,
       o.sap_bom,
       o.sap_bom_alternative,
       o.sap_revision,
       o.sap_production_version,
       o.mes_bom,
       o.mes_bom_alternative,
       o.mes_revision,
       o.mes_production_version,
       o.mes_component,
       o.mes_started,
       CAST(NULL AS DECIMAL(18, 6)) AS difference,
       CAST(NULL AS DECIMAL(18, 6)) AS quantity,
       CAST(NULL AS VARCHAR) AS unit,
       o.moving AS in_flight
FROM pairing.order_version o
JOIN params p ON p.system = o.system AND p.plant = o.plant
WHERE o.not_evaluated IS NOT NULL
   OR (list_contains(p.fields, 'production version') AND o.sap_production_version IS DISTINCT FROM o.mes_production_version)
   OR (NOT o.same_components
       AND ((list_contains(p.fields, 'bom') AND o.sap_bom IS DISTINCT FROM o.mes_bom)
            OR (list_contains(p.fields, 'alternative') AND o.sap_bom_alternative IS DISTINCT FROM o.mes_bom_alternative)
            OR (list_contains(p.fields, 'revision') AND o.sap_revision IS DISTINCT FROM o.mes_revision)))
