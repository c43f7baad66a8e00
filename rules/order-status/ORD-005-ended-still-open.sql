/* ---
id: ORD-005
title: Order ended in SAP and still open in the MES
over: order
severity: high
owner: production-control
authority: "-"
judges: state
compares: [work_order.closed]
material: sap_material
params:
  ended_by: [confirmed, delivered, technically complete, closed]
yields_to:
  - {rule: ORD-014, match: {order_no: order_no}}
messages:
  - {workflows: [order-status, order-release], match: {order_no: order_no}}
rationale: The MES goes on offering work for an order whose reservations and capacity are gone; what it still reports is posted late or refused.
false_positives: Where DLV is set within the under-delivery tolerance while the line still runs, the order is in flight for the settle time; a site that works so takes "delivered" out of ended_by.
correction: Close the order in the MES, or revoke the technical completion in SAP where work is left.
since: 2
--- */
SELECT o.system,
       o.plant,
       o.order_no,
       o.changed_at,
       o.not_evaluated,
       o.sap_material,
       o.sap_finally_confirmed,
       o.sap_delivery_completed,
       o.sap_technically_complete,
       o.sap_closed,
       o.sap_received,
       o.mes_started_at,
       o.mes_produced,
       CAST(NULL AS DECIMAL(18, 6)) AS difference,
       -- What is still to be made; of what was made in another unit than was planned nobody knows how much of it that is.
       CASE WHEN o.mes_produced IS NULL OR o.mes_unit = o.sap_unit THEN greatest(o.sap_planned - coalesce(o.mes_produced, 0), 0) END AS quantity,
       o.sap_unit AS unit,
       o.sap_moving OR o.mes_moving AS in_flight
FROM pairing.order o
JOIN params p ON p.system = o.system AND p.plant = o.plant
WHERE o.sap_knows
  AND o.mes_has_order
  AND (o.unclear
       OR (NOT o.mes_complete
           AND NOT o.mes_cancelled
           AND ((o.sap_finally_confirmed AND list_contains(p.ended_by, 'confirmed'))
                OR (o.sap_delivery_completed AND list_contains(p.ended_by, 'delivered'))
                OR (o.sap_technically_complete AND list_contains(p.ended_by, 'technically complete'))
                OR (o.sap_closed AND list_contains(p.ended_by, 'closed')))))
