//! The Node-API border: conversions, nothing else.
