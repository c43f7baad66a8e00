/* ---
canonical: reservation
key: [MANDT, RSNUM]
reads:
  RESB: [MANDT, RSNUM]
  RKPF: [MANDT, RSNUM]
asked: {batch: RESB.CHARG}
--- */
-- Reservations of no order; dependent requirements of planned orders (PLNUM) are plans, and reserve nothing.
SELECT r.MANDT,
       r.RSNUM,
       r.WERKS AS plant,
       utc(h.RSDAT, NULL) AS changed_at,
       r.row_ref,
       nullif(concat_ws('; ', r.problems, h.problems, CASE WHEN h.RSNUM IS NULL THEN 'no RKPF row' END), '') AS problems,
       r.ambiguous OR coalesce(h.ambiguous, false) AS ambiguous,
       r.RSNUM AS reservation,
       r.RSPOS AS item_no,
       r.MATNR AS material,
       r.CHARG AS batch,
       r.LGORT AS storage_location,
       r.SOBKZ AS special_stock,
       r.BWART AS movement_type,
       r.BDMNG AS required_quantity,
       r.ENMNG AS withdrawn_quantity,
       r.MEINS AS unit,
       r.BDTER AS required_on,
       r.KZEAR IS NOT NULL AS final_issue,
       r.XLOEK IS NOT NULL AS deleted,
       r.XWAOK IS NOT NULL AS movement_allowed,
       h.KUNNR AS customer,
       r.UMLGO AS target_storage_location,
       h.KOSTL AS cost_center
FROM raw.RESB r
LEFT JOIN raw.RKPF h USING (MANDT, RSNUM)
WHERE r.AUFNR IS NULL AND r.PLNUM IS NULL
