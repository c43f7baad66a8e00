/* ---
id: STK-018
title: Held batch lies with a subcontractor or customer, at another plant or in transit, and nothing holds it there
over: batch_elsewhere
severity: critical
owner: quality-assurance
authority: qms
judges: state
compares: [stock.stock_type]
rationale: A hold at one plant stops nobody who has the goods already. Who has them has to be told.
false_positives: >-
  A subcontractor or customer who was told by telephone: record it as a hold of scope location that names the partner. Stock with others that SAP shows in inspection or in restricted
  use counts as held there. A batch number that two plants give to different goods.
correction:
  text: Extend the hold to the place, and tell who has the goods.
  action: qms.extend-hold
since: 3
--- */
SELECT system,
       plant,
       material,
       batch,
       place,
       changed_at,
       not_evaluated,
       sap_kind_of_place,
       qms_hold_id,
       qms_reason,
       qms_owner,
       qms_held_since,
       CAST(NULL AS DECIMAL(18, 6)) AS difference,
       quantity,
       unit,
       hold_moving OR settled <= 0 AS in_flight
FROM pairing.batch_elsewhere
WHERE not_evaluated IS NOT NULL
   OR quantity > 0
