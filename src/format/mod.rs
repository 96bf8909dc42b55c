//! The snapshot grammar: bytes in, rows out. Knows no pipe.
