/* ---
id: CON-008
title: By-product or co-product of the MES that SAP did not receive
over: scrap_and_by_product
severity: medium
owner: production-control
authority: mes
judges: quantity
compares: [movement.quantity]
params:
  abs_tol: 0.001
  rel_tol: 0.005
rationale: What comes out besides the product has a value, a batch and often a hazard; what SAP does not know of can be neither sold nor disposed of.
false_positives: >-
  A by-product that is weighed at the line and received once a day. One that the site lets go without a posting.
correction:
  text: Post the receipt (531, or 101 for a co-product).
  ways:
    # A co-product is put out like the product.
    - {action: sap.receive-co-product, when: mes_co_product}
    - {action: sap.receive-by-product, when: NOT mes_co_product}
since: 1
--- */
SELECT s.system,
       s.plant,
       s.order_no,
       s.material,
       s.by_product_changed_at AS changed_at,
       s.by_product_not_evaluated AS not_evaluated,
       s.sap_by_product AS sap_quantity,
       s.sap_by_product_rows AS sap_rows,
       s.mes_by_product AS mes_quantity,
       s.mes_by_product_rows AS mes_rows,
       s.mes_co_product,
       s.mes_by_product - s.sap_by_product AS difference,
       s.mes_by_product - s.sap_by_product AS quantity,
       s.unit,
       s.mes_by_product_low <= s.sap_by_product_high + greatest(p.abs_tol, p.rel_tol * abs(s.mes_by_product)) AS in_flight
FROM pairing.scrap_and_by_product s
JOIN params p ON p.system = s.system AND p.plant = s.plant
WHERE s.by_product_not_evaluated IS NOT NULL
   OR s.mes_by_product - s.sap_by_product > greatest(p.abs_tol, p.rel_tol * abs(s.mes_by_product))
