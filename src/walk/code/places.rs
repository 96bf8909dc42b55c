//! What one function does with each variable and property.

use super::value::{Bound, Done, Place};
use crate::limits::code::CodeWords;

/// The variables and properties of one function that are told apart.
const MOST_PLACES: usize = 24;
/// Pairs of an array and the variable that counts through it.
const MOST_KEYS: usize = 4;

/// The places of a function.
#[derive(Debug)]
pub(super) struct Places {
    list: [Done; MOST_PLACES],
    count: usize,
    /// Places that are stored in by a number, with the place of that number.
    keyed: [(Place, Place); MOST_KEYS],
    keyed_count: usize,
    /// Numbers that never reach another one.
    wrapped: [(Place, Bound); MOST_KEYS],
    wrapped_count: usize,
}

impl Places {
    /// Begins with what is not known.
    pub(super) fn new() -> Self {
        let nothing = Done { place: Place::Hidden, uses: CodeWords::default(), bound: Bound::None };
        Self {
            list: [nothing; MOST_PLACES],
            count: 1,
            keyed: [(Place::Hidden, Place::Hidden); MOST_KEYS],
            keyed_count: 0,
            wrapped: [(Place::Hidden, Bound::None); MOST_KEYS],
            wrapped_count: 0,
        }
    }

    pub(super) fn all(&self) -> &[Done] {
        &self.list[..self.count]
    }

    /// Returns all that is done with a place.
    pub(super) fn uses(&self, place: Place) -> CodeWords {
        let found = self.all().iter().find(|it| it.place == place);
        found.map_or(CodeWords::default(), |it| it.uses)
    }

    pub(super) fn note(&mut self, place: Place, what: CodeWords) {
        // Any code takes the last part of something.
        let what = if place == Place::Hidden { what.without(CodeWords::LAST) } else { what };
        if let Some(it) = self.of(place) {
            it.uses = it.uses.with(what);
        }
    }

    /// Notes what the size of a place is compared with.
    pub(super) fn bound(&mut self, place: Place, bound: Bound) {
        self.note(place, CodeWords::COMPARED);
        if let Some(it) = self.of(place)
            && place != Place::Hidden
            && bound != Bound::None
        {
            it.bound = bound;
        }
    }

    /// Notes that something is stored in a place by the number in another one.
    pub(super) fn store_by(&mut self, place: Place, key: Place) {
        if let Some(next) = self.keyed.get_mut(self.keyed_count) {
            *next = (place, key);
            self.keyed_count += 1;
        }
        for at in 0..self.wrapped_count {
            if self.wrapped[at].0 == key {
                self.ring(place, self.wrapped[at].1);
            }
        }
    }

    /// Notes that the number in a place never reaches `bound`: what is stored by it is a ring.
    pub(super) fn wrap(&mut self, key: Place, bound: Bound) {
        if let Some(next) = self.wrapped.get_mut(self.wrapped_count) {
            *next = (key, bound);
            self.wrapped_count += 1;
        }
        for at in 0..self.keyed_count {
            if self.keyed[at].1 == key {
                self.ring(self.keyed[at].0, bound);
            }
        }
    }

    /// Notes that what is stored in a place takes the room of what was there.
    pub(super) fn ring(&mut self, place: Place, bound: Bound) {
        self.note(place, CodeWords::FIRST);
        self.bound(place, bound);
    }

    fn of(&mut self, place: Place) -> Option<&mut Done> {
        let known = self.all().iter().position(|it| it.place == place);
        let at = known.or_else(|| {
            let next = self.list.get_mut(self.count)?;
            next.place = place;
            self.count += 1;
            Some(self.count - 1)
        })?;
        self.list.get_mut(at)
    }
}
