//! One snapshot as a graph in compressed sparse rows.
