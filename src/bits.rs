//! Sets of small numbers, one bit each.
