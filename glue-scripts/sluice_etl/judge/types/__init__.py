"""How texts are read, one rule a type: docs/contract.md, "How values are read"."""
