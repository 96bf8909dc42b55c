//! Decides what leaks. Census in, decision out: no graph, no clock, no IO.
