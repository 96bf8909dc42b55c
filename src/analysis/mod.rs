//! What one snapshot says: dominators, retained sizes, classes, retainers.
