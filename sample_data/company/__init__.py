"""A small make-believe manufacturer: its MES, SAP and QMS, and the middleware between them that now and then goes wrong."""
