/* ---
id: MD-005
title: Operation of a routing is missing, extra, in another sequence or at another work centre in the MES
over: routing_step
severity: medium
owner: master-data
authority: sap
judges: state
compares:
  routing_operation.operation_no: mes_deviation NOT IN ('another sequence', 'another work centre')
  routing_operation.sequence_no: mes_deviation = 'another sequence'
  routing_operation.resource: mes_deviation = 'another work centre'
params:
  deviations: [missing, extra, another sequence, another work centre]
rationale: Confirmations find their operation by its number, and cost by its work centre; a routing that differs makes every order of it fail there.
false_positives: Steps that exist in the MES alone, and are marked so, are left out unless a site adds "step of the MES alone" to deviations. Operations that SAP alone confirms are named by their control keys. Work centres are compared by the crosswalk of resources. Only routings that the MES holds are demanded of it.
correction:
  text: Send the routing to the MES again.
  action: sap.resend-routing
since: 3
--- */
SELECT r.system,
       r.plant,
       r.material,
       r.operation_no,
       r.changed_at,
       r.not_evaluated,
       r.sap_sequence,
       r.sap_resource,
       r.mes_routing,
       r.mes_sequence,
       r.mes_resource,
       r.deviation AS mes_deviation,
       CAST(NULL AS DECIMAL(18, 6)) AS difference,
       CAST(NULL AS DECIMAL(18, 6)) AS quantity,
       CAST(NULL AS VARCHAR) AS unit,
       r.moving AS in_flight
FROM pairing.routing_step r
JOIN params p ON p.system = r.system AND p.plant = r.plant
WHERE r.not_evaluated IS NOT NULL OR list_contains(p.deviations, r.deviation)
