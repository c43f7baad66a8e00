/* ---
canonical: delivery_item
key: [VBELN]
reads:
  LIPS: [VBELN]
  LIKP: [VBELN]
  VBUP: [VBELN]
  mapped.movement: [delivery]
asked: {batch: LIPS.CHARG}
--- */
-- An item has left when its goods movement status is C (VBUP-WBSTA [M]), or, where statuses are not kept, when the delivery has an actual goods issue day.
WITH issue AS (
    SELECT delivery, delivery_item, max(changed_at) FILTER (WHERE quantity > 0) AS issued_at,
           max_by(movement_id, concat(changed_at, movement_id)) FILTER (WHERE quantity > 0) AS movement_id,
           sum(quantity) <= 0 AS taken_back,
           max(changed_at) AS changed_at,
           string_agg(DISTINCT problems, '; ' ORDER BY problems) AS problems,
           bool_or(ambiguous) AS ambiguous
    FROM mapped.movement
    WHERE delivery IS NOT NULL AND kind = 'delivery'
    GROUP BY delivery, delivery_item
)
SELECT i.VBELN,
       i.WERKS AS plant,
       greatest(utc(h.ERDAT, h.ERZET), utc(h.AEDAT, NULL), utc(i.ERDAT, i.ERZET), utc(i.AEDAT, NULL), m.changed_at) AS changed_at,
       i.row_ref,
       nullif(concat_ws('; ', i.problems, h.problems, s.problems, m.problems, CASE WHEN h.VBELN IS NULL THEN 'no LIKP row' END), '') AS problems,
       i.ambiguous OR coalesce(h.ambiguous, false) OR coalesce(s.ambiguous, false) OR coalesce(m.ambiguous, false) AS ambiguous,
       i.VBELN AS delivery,
       i.POSNR AS item_no,
       i.UECHA AS parent_item,
       -- Document category: J delivery, T returns, 7 inbound [M]; a movement type 64x goes to another plant.
       CASE WHEN h.VBTYP = 'T' THEN 'return' WHEN h.VBTYP = '7' THEN 'inbound'
            WHEN meaning('movement_type', i.BWART) LIKE '64%' THEN 'transfer' ELSE 'outbound' END AS kind,
       h.LFART AS delivery_type,
       i.MATNR AS material,
       i.CHARG AS batch,
       i.LGMNG AS quantity,
       i.MEINS AS unit,
       i.LGORT AS storage_location,
       CASE WHEN i.INSMK IN ('X', '2') THEN '02' WHEN i.INSMK IN ('S', '3') THEN '07' END AS stock_type,
       i.SOBKZ AS special_stock,
       h.KUNNR AS customer,
       CASE WHEN i.VGBEL IS NOT NULL THEN concat_ws('/', i.VGBEL, i.VGPOS) END AS sales_order,
       coalesce(s.WBSTA = 'C', h.WADAT_IST IS NOT NULL) AS goods_issued,
       CASE WHEN coalesce(s.WBSTA = 'C', h.WADAT_IST IS NOT NULL) THEN coalesce(m.issued_at, utc(h.WADAT_IST, NULL)) END AS goods_issue_at,
       h.WADAT_IST AS goods_issue_on,
       h.WADAT AS planned_goods_issue_on,
       m.movement_id,
       CASE WHEN h.SPE_LOEKZ IS NOT NULL THEN true END AS cancelled,
       coalesce(m.taken_back, false) AS returned
FROM raw.LIPS i
LEFT JOIN raw.LIKP h USING (MANDT, VBELN)
LEFT JOIN raw.VBUP s USING (MANDT, VBELN, POSNR)
LEFT JOIN issue m ON m.delivery = i.VBELN AND m.delivery_item = i.POSNR
