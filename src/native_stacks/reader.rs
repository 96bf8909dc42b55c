//! The thread that unwinds stacks while allocations are sampled.

use std::{
    mem,
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    },
    thread::{Builder, JoinHandle},
    time::Duration,
};

use parking_lot::Mutex;
use rustc_hash::FxHashMap;

use super::{
    copies::MOST,
    hooks::{self, COPIES, COPY, SAMPLES, UNKNOWN},
    objects,
    patch::{self, Task},
    read_out,
    unwind::Unwinder,
};
use crate::{allocations::own_memory::OwnMemory, report::NativeStack};

/// How long a sample lives before anybody looks at its stack.
const PAUSE: Duration = Duration::from_millis(50);
/// After how many pauses new objects are looked for.
const LOOK: u32 = 20;
/// After how many pauses the rate of samples is looked at.
const ADAPT: u32 = 4;
/// The most different stacks.
const STACKS: usize = 1 << 14;

/// What is known of stacks.
#[derive(Debug)]
struct Known {
    unwinder: Unwinder,
    /// The number of each stack.
    numbers: FxHashMap<Arc<[u64]>, u32>,
    /// The stack of each number.
    stacks: Vec<Arc<[u64]>>,
    /// Copies that waited at the last look.
    seen: [bool; MOST],
    frames: Vec<u64>,
}

/// The thread.
#[derive(Debug)]
pub(super) struct Reader {
    known: Arc<Mutex<Known>>,
    end: Sender<()>,
    thread: JoinHandle<()>,
}

impl Reader {
    /// Starts it.
    pub(super) fn start(memory: OwnMemory) -> std::io::Result<Self> {
        let nothing: Arc<[u64]> = Arc::new([]);
        let known = Arc::new(Mutex::new(Known {
            unwinder: Unwinder::new(memory),
            numbers: FxHashMap::from_iter([(Arc::clone(&nothing), UNKNOWN)]),
            stacks: vec![nothing],
            seen: [false; MOST],
            frames: Vec::new(),
        }));
        let (end, ends) = channel();
        let thread = Builder::new().name("seep-stacks".into()).spawn({
            let known = Arc::clone(&known);
            move || run(&known, &ends)
        })?;
        Ok(Self { known, end, thread })
    }

    /// Ends it.
    pub(super) fn stop(self) {
        drop(self.end);
        let _ = self.thread.join();
    }

    /// Returns the stacks with the most live memory.
    pub(super) fn live(&self, most: usize) -> Vec<NativeStack> {
        let mut known = self.known.lock();
        known.look(true);
        let mut sums = vec![(0_u64, 0_u32); known.stacks.len()];
        SAMPLES.each(|sample| {
            let stack = if sample.stack & COPY == 0 { sample.stack } else { UNKNOWN };
            let Some(sum) = sums.get_mut(stack as usize) else { return };
            *sum = (sum.0.saturating_add(sample.bytes), sum.1 + 1);
        });
        let mut order: Vec<usize> = (0..sums.len()).filter(|at| sums[*at].1 > 0).collect();
        order.sort_by_key(|at| std::cmp::Reverse(sums[*at].0));
        // Some read alike.
        order.truncate(most.saturating_mul(4));
        let stacks: Vec<_> = order
            .iter()
            .map(|at| (sums[*at].0, sums[*at].1, Arc::clone(&known.stacks[*at])))
            .collect();
        let mut read = read_out::stacks(&known.unwinder.objects, &stacks);
        read.truncate(most);
        read
    }
}

fn run(known: &Mutex<Known>, ends: &Receiver<()>) {
    let mut pauses = 0;
    while ends.recv_timeout(PAUSE) == Err(RecvTimeoutError::Timeout) {
        pauses = (pauses + 1) % LOOK;
        if pauses.is_multiple_of(ADAPT) {
            hooks::adapt();
        }
        if pauses == 0 && objects::changes() != known.lock().unwinder.objects.changes {
            // What is loaded between the two is seen the next time.
            known.lock().unwinder.look_again();
            patch::run(Task::Replace { frees: true });
            patch::run(Task::Replace { frees: false });
        }
        known.lock().look(false);
    }
}

impl Known {
    /// Unwinds what has waited since the last look, or everything.
    fn look(&mut self, all: bool) {
        let waiting: Vec<u32> = COPIES.waiting().collect();
        let is_full = waiting.len() > MOST / 2;
        let mut seen = [false; MOST];
        for number in waiting {
            if all || is_full || self.seen[number as usize] {
                COPIES.read(number, |sample, copied| {
                    let mut frames = mem::take(&mut self.frames);
                    self.unwinder.unwind(copied, &mut frames);
                    SAMPLES.set_stack(sample, COPY | number, self.number_of(&frames));
                    self.frames = frames;
                });
            } else {
                seen[number as usize] = true;
            }
        }
        self.seen = seen;
    }

    fn number_of(&mut self, frames: &[u64]) -> u32 {
        if let Some(number) = self.numbers.get(frames) {
            return *number;
        }
        if self.stacks.len() >= STACKS {
            return UNKNOWN;
        }
        let stack: Arc<[u64]> = frames.into();
        let number = self.stacks.len() as u32;
        self.stacks.push(Arc::clone(&stack));
        self.numbers.insert(stack, number);
        number
    }
}
