/* ---
canonical: component
key: [order_no, item_no]
reads:
  component: [order_no, item_no]
--- */
SELECT plant,
       changed_at,
       row_ref,
       nullif(concat_ws('; ', problems, missing_value('required_quantity', required_quantity, problems),
                        negative_value('required_quantity', required_quantity), negative_value('withdrawn_quantity', withdrawn_quantity),
                        missing_value('unit', unit, problems), unclear_flag('final_issue', final_issue), unclear_flag('deleted', deleted),
                        unclear_flag('phantom', phantom), unclear_flag('bulk', bulk), unclear_flag('backflush', backflush),
                        unclear_flag('by_product', by_product), unclear_flag('co_product', co_product), unclear_flag('fixed_quantity', fixed_quantity),
                        unclear_flag('measured', measured)), '') AS problems,
       ambiguous,
       order_no, reservation, item_no, material, batch, operation_no, sequence_no, storage_location, required_quantity, withdrawn_quantity, unit,
       as_mark(final_issue) AS final_issue,
       as_mark(deleted) AS deleted,
       as_mark(phantom) AS phantom,
       as_mark(bulk) AS bulk,
       as_flag(backflush) AS backflush,
       as_mark(by_product) AS by_product,
       as_mark(co_product) AS co_product,
       as_flag(fixed_quantity) AS fixed_quantity,
       component_scrap, operation_scrap,
       as_flag(measured) AS measured,
       alternative_group, substitute_for, bom_item_no, required_on
FROM raw.component
