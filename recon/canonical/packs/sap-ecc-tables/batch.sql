/* ---
canonical: batch
key: [MANDT, MATNR, CHARG]
reads:
  MCH1: [MANDT, MATNR, CHARG]
--- */
-- Batches are numbered at material level here (MCH1): one row serves every plant.
SELECT MANDT, MATNR, CHARG,
       '*' AS plant,
       utc(coalesce(LAEDA, ERSDA), NULL) AS changed_at,
       row_ref,
       problems,
       ambiguous,
       MATNR AS material,
       CHARG AS batch,
       HSDAT AS produced_on,
       VFDAT AS expires_on,
       ZUSTD IS NOT NULL AS restricted
FROM raw.MCH1
