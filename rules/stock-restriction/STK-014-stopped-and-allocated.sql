/* ---
id: STK-014
title: Held, rejected or expired batch allocated
over: allocation
severity: critical
owner: quality-assurance
authority: qms
judges: existence
compares: [hold.closed_at]
yields_to:
  - {rule: STK-002, match: {material: material, batch: batch}}
  - {rule: STK-001, match: {material: material, batch: batch}}
  - {rule: STK-012, match: {material: material, batch: batch}}
rationale: An open delivery, reservation or order is about to take the batch. Blocked stock stops the posting, not the picking, and nothing that is still on its way changes that.
false_positives: >-
  A reservation for a movement that restricts, samples or scraps the batch, where its type is not among lawful_movements; deliveries out of blocked stock are left out as returns to
  the supplier. A hold on a part of the quantity, or
  on a single bin, is left out, since SAP allocates neither.
correction:
  text: Take the batch out of the delivery, reservation or order, and allocate another.
  because: quality decides what may be used, and what has expired may not
  ways:
    - {action: sap.deallocate-from-delivery, when: delivery IS NOT NULL}
    - {action: sap.deallocate-from-order, when: delivery IS NULL AND sap_order_no IS NOT NULL}
    - {action: sap.deallocate-from-reservation, when: delivery IS NULL AND sap_order_no IS NULL}
  checks:
    - The finding without a delivery is about all reservations and orders that have allocated the batch; the rows behind it name each.
since: 3
--- */
SELECT system,
       plant,
       material,
       batch,
       delivery,
       changed_at,
       not_evaluated,
       sap_items,
       sap_customer,
       sap_wanted_on,
       sap_reservation,
       sap_order_no,
       sap_expired_on,
       sap_rejected_lot,
       qms_rejection,
       qms_hold_id,
       qms_reason,
       qms_owner,
       qms_held_since,
       CAST(NULL AS DECIMAL(18, 6)) AS difference,
       quantity,
       unit,
       false AS in_flight
FROM pairing.allocation
WHERE not_evaluated IS NOT NULL
   OR quantity > 0
