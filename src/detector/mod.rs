//! Runs rounds in the background: thread, schedule, budgets, events.
