"""Source shapes become canonical tables: packs declare what a source looks like and map it with SQL."""
