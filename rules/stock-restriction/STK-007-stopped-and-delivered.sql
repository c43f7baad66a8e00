/* ---
id: STK-007
title: Held or rejected batch delivered
over: delivery_under_stop
severity: critical
owner: quality-assurance
authority: qms
judges: existence
compares: [hold.closed_at]
rationale: A customer has goods that quality had stopped. Whether they have to come back is decided in hours, and nothing that is still on its way changes that.
false_positives: >-
  Goods that left before the hold on the day of the hold, and whose issue was entered after it. A delivery to the customer's quality department by agreement. A hold that was lifted
  afterwards is no excuse: an assessment of the batch, recorded in the quality system after the goods issue, ends the finding. Returns to the supplier and goods sent to another plant
  are no deliveries; the latter are STK-018's.
correction:
  text: Assess whether the delivery has to be recalled, and tell the customer.
  action: qms.assess-delivery
  fields: {issued_at: sap_issued_at}
  checks:
    - Has it arrived? A carrier can be stopped; a customer has to be told.
since: 3
--- */
SELECT system,
       plant,
       material,
       batch,
       delivery,
       changed_at,
       not_evaluated,
       sap_customer,
       sap_issued_at,
       sap_rejected_lot,
       qms_rejection,
       qms_hold_id,
       qms_reason,
       qms_owner,
       qms_held_since,
       qms_held_until,
       CAST(NULL AS DECIMAL(18, 6)) AS difference,
       quantity,
       unit,
       false AS in_flight
FROM pairing.delivery_under_stop
WHERE not_evaluated IS NOT NULL
   OR (quantity > 0 AND NOT assessed)
