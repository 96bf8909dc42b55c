//! Tells a growth to a person: container, items, path, place, advice.
