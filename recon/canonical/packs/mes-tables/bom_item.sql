/* ---
canonical: bom_item
key: [plant, material, item]
reads:
  bom_item: [plant, material, item]
--- */
SELECT plant,
       changed_at,
       row_ref,
       nullif(concat_ws('; ', problems, missing_value('quantity', quantity, problems), missing_value('unit', unit, problems),
                        missing_value('base_quantity', base_quantity, problems), negative_value('base_quantity', base_quantity),
                        unclear_flag('fixed_quantity', fixed_quantity), unclear_flag('phantom', phantom), unclear_flag('bulk', bulk),
                        unclear_flag('backflush', backflush), unclear_flag('by_product', by_product), negative_value('alternative_rank', alternative_rank),
                        unclear_flag('deletion_flag', deletion_flag), CASE WHEN base_quantity = 0 THEN 'base_quantity is 0' END), '') AS problems,
       ambiguous,
       material, bom, alternative, revision, item, item_no, component, operation_no, quantity, unit, base_quantity, base_unit,
       as_flag(fixed_quantity) AS fixed_quantity,
       component_scrap, operation_scrap,
       as_mark(phantom) AS phantom,
       as_mark(bulk) AS bulk,
       as_flag(backflush) AS backflush,
       coalesce(as_flag(by_product), quantity < 0) AS by_product,
       alternative_group, alternative_rank, valid_from, valid_to,
       as_mark(deletion_flag) AS deletion_flag
FROM raw.bom_item
