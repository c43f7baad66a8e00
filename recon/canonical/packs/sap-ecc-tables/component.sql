/* ---
canonical: component
key: [AUFNR]
reads:
  AUFK: [AUFNR]
  RESB: [AUFNR]
  AFPO: [AUFNR]
  mapped.movement: [order_no]
driving: [RESB, AFPO]
asked: {order_no: AUFNR, batch: [RESB.CHARG, AFPO.CHARG]}
--- */
-- What an order takes and, besides its product, gives: its reservation, and items that only the order has. The source is of one client.
WITH last_movement AS (
    SELECT order_no, reservation, reservation_item, max(changed_at) AS changed_at
    FROM mapped.movement
    WHERE order_no IS NOT NULL AND reservation IS NOT NULL
    GROUP BY ALL
),
item AS (
    SELECT MANDT, AUFNR, RSNUM AS reservation, RSPOS AS item_no, MATNR, CHARG, WERKS, LGORT, VORNR, PLNFL, BWART, BDMNG, ENMNG, MEINS, KZEAR, XLOEK IS NOT NULL AS deleted, DUMPS, SCHGT, RGEKZ,
           -- A by-product or co-product comes out: negative, or received (S).
           KZKUP IS NULL AND (BDMNG < 0 OR coalesce(SHKZG = 'S', false)) AS by_product,
           KZKUP IS NOT NULL AS co_product,
           FMENG IS NOT NULL AS fixed_quantity, AUSCH, AVOAU, XWAOK, ALPGR, POSNR, SOBKZ, BDTER, row_ref, problems, ambiguous
    FROM raw.RESB
    WHERE AUFNR IS NOT NULL
    UNION ALL
    -- Items after the first are co-products. Where the reservation has them too, it says more.
    SELECT p.MANDT, p.AUFNR, NULL, p.POSNR, p.MATNR, p.CHARG, NULL, p.LGORT, NULL, NULL, '101', p.PSMNG, p.WEMNG, p.AMEIN, p.ELIKZ,
           CASE WHEN p.XLOEK IS NOT NULL THEN true END, NULL, NULL, NULL,
           false, true, false, NULL, NULL, 'X', NULL, NULL, NULL, NULL, p.row_ref, p.problems, p.ambiguous
    FROM raw.AFPO p
    ANTI JOIN (SELECT MANDT, AUFNR, min(POSNR) AS POSNR FROM raw.AFPO GROUP BY MANDT, AUFNR) f USING (MANDT, AUFNR, POSNR)
    ANTI JOIN raw.RESB r ON r.MANDT = p.MANDT AND r.AUFNR = p.AUFNR AND r.MATNR = p.MATNR AND r.KZKUP IS NOT NULL
)
SELECT i.AUFNR,
       coalesce(i.WERKS, a.WERKS) AS plant,
       greatest(utc(a.AEDAT, NULL), utc(a.ERDAT, NULL), m.changed_at) AS changed_at,
       i.row_ref,
       nullif(concat_ws('; ', i.problems, CASE WHEN a.AUFNR IS NULL THEN 'no AUFK row' END), '') AS problems,
       i.ambiguous OR coalesce(a.ambiguous, false) AS ambiguous,
       i.AUFNR AS order_no,
       i.reservation,
       i.item_no,
       i.MATNR AS material,
       i.CHARG AS batch,
       i.VORNR AS operation_no,
       i.PLNFL AS sequence_no,
       i.LGORT AS storage_location,
       i.BWART AS movement_type,
       abs(i.BDMNG) AS required_quantity,
       abs(i.ENMNG) AS withdrawn_quantity,
       i.MEINS AS unit,
       i.KZEAR IS NOT NULL AS final_issue,
       i.deleted,
       i.DUMPS IS NOT NULL AS phantom,
       i.SCHGT IS NOT NULL AS bulk,
       i.RGEKZ IS NOT NULL AS backflush,
       i.by_product,
       i.co_product,
       i.fixed_quantity,
       i.AUSCH AS component_scrap,
       i.AVOAU AS operation_scrap,
       i.XWAOK IS NOT NULL AS movement_allowed,
       i.ALPGR AS alternative_group,
       i.POSNR AS bom_item_no,
       i.SOBKZ AS special_stock,
       i.BDTER AS required_on
FROM item i
LEFT JOIN raw.AUFK a ON a.MANDT = i.MANDT AND a.AUFNR = i.AUFNR
LEFT JOIN last_movement m ON m.order_no = i.AUFNR AND m.reservation = i.reservation AND m.reservation_item = i.item_no
