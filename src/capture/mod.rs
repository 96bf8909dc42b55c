//! The bytes of one snapshot arriving: pipe, forked child, in-process, file. Knows no JSON.
