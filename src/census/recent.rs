//! Answers that have been given lately: quicker than a map of all that there are.

/// Answers that are remembered.
const SLOTS: usize = 1 << 11;

/// The last answer of each slot, with its question.
pub(super) struct Recent<Q, A>(Box<[Option<(Q, A)>]>);

impl<Q: Copy, A: Copy> Default for Recent<Q, A> {
    fn default() -> Self {
        Self(vec![None; SLOTS].into_boxed_slice())
    }
}

impl<Q: Copy + PartialEq, A: Copy> Recent<Q, A> {
    /// Returns the answer to `question`, whose slot is a part of `hash`: the remembered one, or what
    /// `find` returns.
    #[inline]
    pub(super) fn get(&mut self, hash: usize, question: Q, find: impl FnOnce() -> A) -> A {
        let slot = &mut self.0[hash % SLOTS];
        match *slot {
            Some((known, answer)) if known == question => answer,
            _ => slot.insert((question, find())).1,
        }
    }

    /// Does the same where there may be no answer, which is not remembered.
    #[inline]
    pub(super) fn find(
        &mut self,
        hash: usize,
        question: Q,
        find: impl FnOnce() -> Option<A>,
    ) -> Option<A> {
        let slot = &mut self.0[hash % SLOTS];
        match *slot {
            Some((known, answer)) if known == question => Some(answer),
            _ => {
                let answer = find()?;
                *slot = Some((question, answer));
                Some(answer)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_that_to_the_question_whatever_is_remembered() {
        let mut recent = Recent::default();
        for question in [5, 5 + SLOTS, 5, 9] {
            assert_eq!(recent.find(question, question, || None::<usize>), None);
            assert_eq!(recent.get(question, question, || 3 * question), 3 * question);
            assert_eq!(recent.find(question, question, || None), Some(3 * question));
        }
    }
}
