//! Variables in contexts that the followed function has created.

use super::value::Value;

/// Variables that are followed.
const MOST: usize = 24;

/// What they hold, by context and slot.
#[derive(Debug)]
pub(super) struct Own {
    list: [(u8, u16, Value); MOST],
    count: usize,
}

impl Own {
    pub(super) fn new() -> Self {
        Self { list: [(0, 0, Value::Unknown); MOST], count: 0 }
    }

    pub(super) fn get(&self, context: u8, slot: u16) -> Value {
        let found = self.list[..self.count].iter().find(|it| (it.0, it.1) == (context, slot));
        found.map_or(Value::Unknown, |it| it.2)
    }

    /// Functions inside may assign to it, too, so nothing is sure to be new.
    pub(super) fn set(&mut self, context: u8, slot: u16, value: Value) {
        let known = self.list[..self.count].iter_mut().find(|it| (it.0, it.1) == (context, slot));
        if let Some(it) = known {
            it.2 = value.met();
        } else if let Some(next) = self.list.get_mut(self.count) {
            *next = (context, slot, value.met());
            self.count += 1;
        }
    }

    /// Forgets those of this context and of all inside it.
    pub(super) fn forget(&mut self, context: u8) {
        let mut kept = 0;
        for at in 0..self.count {
            if self.list[at].0 < context {
                self.list[kept] = self.list[at];
                kept += 1;
            }
        }
        self.count = kept;
    }
}
