/* ---
id: INT-010
title: Sent with success, and not there at the receiver
over: sent_message
severity: high
owner: interface-support
authority: "-"
judges: existence
yields_to:
  - {rule: CON-002, match: {mes_order_no: order_no, mes_material: component, mes_batch: batch}}
  - {rule: CON-001, match: {mes_order_no: order_no, mes_material: component, mes_batch: batch}}
  - {rule: CON-008, match: {mes_order_no: order_no, mes_material: material}}
  - {rule: CON-009, match: {mes_order_no: order_no, mes_material: material}}
  - {rule: ORD-009, match: {mes_order_no: order_no, mes_material: material, mes_batch: batch}}
  - {rule: ORD-001, match: {sap_reference: order_no}}
  - {rule: CON-002, match: {wms_order_no: order_no, wms_material: component, wms_batch: batch}}
  - {rule: CON-001, match: {wms_order_no: order_no, wms_material: component, wms_batch: batch}}
  - {rule: ORD-009, match: {wms_order_no: order_no, wms_material: material, wms_batch: batch}}
rationale: Both monitors are green, and what the message carried is nowhere. Nobody will ever look for it.
false_positives: >-
  What has arrived stands in the log of the receiver, by the number of the message or of its event, or is in SAP. Whose log is whose is told by the names under which systems receive: of an event for
  two receivers that the sender calls otherwise than they do, it is not found that one of them has lost it. A receiver that recon does not read cannot show anything: name it
  in `receivers_not_read` of the pairing sent_message. An interface whose messages are never found, because its references do not travel with them, is not judged. Of what SAP sends, that is judged
  whose receiver has a log with this interface and under this name (RCVPRN), and not what goes to a middleware by the middleware's name; since order and material of an IDoc are not read, the log
  has to quote the number of the IDoc or its ARCKEY. Two systems must not receive under one name where only one of them has a log. A log is taken to begin with the first message that it shows as
  applied, and has to keep all that came since. A document has to be written as SAP's is, number/year/item. What a receiver lawfully drops, such as a repetition of what it knows, has to be
  logged as ignored.
correction: Look whether its event has reached the receiver in another way, by hand for instance; resend the message only if it has not.
since: 4
--- */
SELECT system,
       plant,
       interface,
       message_id,
       changed_at,
       not_evaluated,
       sap_status,
       sap_receiver,
       sap_reference,
       sap_since,
       mes_status,
       mes_receiver,
       mes_reference,
       mes_document,
       mes_order_no,
       mes_material,
       mes_batch,
       mes_movement_type,
       mes_quantity,
       mes_unit,
       mes_since,
       qms_status,
       qms_receiver,
       qms_reference,
       qms_document,
       qms_order_no,
       qms_material,
       qms_batch,
       qms_movement_type,
       qms_quantity,
       qms_unit,
       qms_since,
       wms_status,
       wms_receiver,
       wms_reference,
       wms_document,
       wms_order_no,
       wms_material,
       wms_batch,
       wms_movement_type,
       wms_quantity,
       wms_unit,
       wms_since,
       CAST(NULL AS DECIMAL(18, 6)) AS difference,
       CAST(NULL AS DECIMAL(18, 6)) AS quantity,
       CAST(NULL AS VARCHAR) AS unit,
       moving AS in_flight
FROM pairing.sent_message
WHERE not_evaluated IS NOT NULL OR lost
