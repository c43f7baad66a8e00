/* ---
id: ORD-003
title: Order started in the MES and never released in SAP
over: order
severity: high
owner: production-control
authority: "-"
judges: state
compares: [work_order.released_at]
material: sap_material
yields_to:
  - {rule: ORD-014, match: {order_no: order_no}}
rationale: SAP accepts no goods movement and no confirmation for an order that was never released, and nobody has checked its material, its documents or its costs.
false_positives: The release is read from the status history or the actual release date, never from an active REL, which TECO takes away. An order that the MES merely holds has not started.
correction: A person decides whether the order is released, or stopped in the MES.
since: 2
--- */
SELECT system,
       plant,
       order_no,
       changed_at,
       not_evaluated,
       sap_order_type,
       sap_material,
       sap_planned,
       mes_started_at,
       mes_completed_at,
       mes_produced,
       CAST(NULL AS DECIMAL(18, 6)) AS difference,
       sap_planned AS quantity,
       sap_unit AS unit,
       sap_moving OR mes_start_moving AS in_flight
FROM pairing.order
WHERE sap_knows
  AND sap_unreleased
  AND mes_knows
  AND (unclear OR mes_started)
