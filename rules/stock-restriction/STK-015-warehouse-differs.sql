/* ---
id: STK-015
title: Stock of a stock type differs between SAP and the warehouse
over: warehouse_stock
severity: medium
owner: warehouse
authority: wms
judges: state
compares: [stock.quantity]
params:
  abs_tol: 0.001
  rel_tol: 0
yields_to:
  # SAP restricts the batch and the warehouse does not: that the quantities by stock type differ follows from it.
  - {rule: STK-013, match: {material: material, batch: batch}}
rationale: What SAP promises is not there, or what is there cannot be sold. After a count nobody knows any more when it went wrong.
false_positives: >-
  Goods that are picked or packed, where one of the two has them out of the stock type already. Stock of a bin that the warehouse emptied within the settle time and that SAP still shows,
  where neither queues nor messages are read. Special stock or restricted use that the warehouse does not tell apart (special_stock_told, restricted_use_told). What changes its stock type
  on one side alone is two findings, one for each stock type.
correction:
  text: Work off the queues, compare the stock of both systems, and count where it still differs.
  action: wms.compare-stock
since: 3
--- */
SELECT s.system,
       s.plant,
       s.material,
       s.batch,
       s.stock_type,
       s.changed_at,
       s.not_evaluated,
       s.sap_quantity,
       s.sap_awaited,
       s.wms_quantity,
       s.wms_awaited,
       s.wms_quantity - s.sap_quantity AS difference,
       abs(s.wms_quantity - s.sap_quantity) AS quantity,
       s.unit,
       s.moving
       OR abs(s.wms_quantity + s.wms_awaited - s.sap_quantity - s.sap_awaited) <= greatest(p.abs_tol, p.rel_tol * abs(s.wms_quantity)) AS in_flight
FROM pairing.warehouse_stock s
JOIN params p ON p.system = s.system AND p.plant = s.plant
WHERE s.not_evaluated IS NOT NULL
   OR abs(s.wms_quantity - s.sap_quantity) > greatest(p.abs_tol, p.rel_tol * abs(s.wms_quantity))
