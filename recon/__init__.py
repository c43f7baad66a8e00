"""recon proves that SAP, MES and quality systems describe the same factory, and says where they do not."""

__version__ = "0.1.0"
