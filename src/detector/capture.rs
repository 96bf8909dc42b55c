//! One capture: by which method, within which budget, and what to do when it fails.

use std::time::Instant;

use super::{
    Choice, Options, Skip,
    budget::{Budget, LOOK},
    consumer::{Bytes, Consumer},
    estimate::Pace,
    memory,
    round::Round,
    sampling::Mode,
    stage::{Chunk, Ticket},
    taken::Taken,
    ways::Shared,
};
use crossbeam_channel::RecvTimeoutError;

use crate::{capture::Method, error::DetectError, report::Memory};

/// Captures for all detectors of one environment, and learns from each capture.
pub(super) struct Capturer {
    pub(super) pace: Pace,
    #[cfg(target_os = "linux")]
    pub(super) forking: super::backoff::Forking,
    pub(super) ways: Shared,
}

impl Capturer {
    pub(super) fn new(ways: Shared) -> Self {
        Self {
            pace: Pace::default(),
            #[cfg(target_os = "linux")]
            forking: super::backoff::Forking::default(),
            ways,
        }
    }

    /// Takes one snapshot into a consumer that `fresh` makes; each attempt gets
    /// a new one.
    pub(super) fn capture<C: Consumer>(
        &mut self,
        round: &Round<'_>,
        options: &Options,
        now: &Memory,
        mut fresh: impl FnMut(Bytes) -> Result<C, Skip>,
    ) -> Result<(C::Output, Taken), Skip> {
        round.go_on()?;
        let mut not_walked = None;
        #[cfg(target_os = "linux")]
        if C::MAKES_GRAPH && matches!(options.capture, Choice::Auto | Choice::Walk) {
            match self.walked(round, options, now, &mut fresh) {
                Ok(outcome) => return outcome,
                Err(reason) if options.capture == Choice::Walk => {
                    return Err(Skip::not_walked(&reason));
                }
                Err(reason) => not_walked = Some(reason),
            }
        }
        let (output, mut taken) = self.written(round, options, now, fresh)?;
        taken.not_walked = not_walked;
        Ok((output, taken))
    }

    /// Takes one snapshot that V8 writes, in a child or in this process.
    fn written<C: Consumer>(
        &mut self,
        round: &Round<'_>,
        options: &Options,
        now: &Memory,
        fresh: impl FnMut(Bytes) -> Result<C, Skip>,
    ) -> Result<(C::Output, Taken), Skip> {
        #[cfg(target_os = "linux")]
        let mut fresh = fresh;
        #[cfg(target_os = "linux")]
        if options.capture != Choice::Inline {
            let forked = self.forked(round, options, now, &mut fresh);
            self.ways.lock().is_without_forks = self.forking.is_out_of_use();
            match forked {
                Err(skip) if options.capture == Choice::Auto && self.forking.is_out_of_use() => {
                    // In-process instead, if the pause is affordable. If it is not,
                    // report why there is no fork.
                    if self.pace.inline_ms(now) > options.max_pause_ms {
                        return Err(skip);
                    }
                }
                outcome => return outcome,
            }
        }
        #[cfg(not(target_os = "linux"))]
        if matches!(options.capture, Choice::Fork | Choice::Walk) {
            return Err(Skip::unavailable("this is not Linux"));
        }
        self.in_process(round, options, now, fresh)
    }

    /// Learns from a snapshot of `nodes` nodes that has been analysed.
    pub(super) fn learn(&mut self, now: &Memory, nodes: u64, taken: &Taken) {
        self.pace.learn_nodes(now, nodes);
        match taken.child {
            // The child is gone before the analysis reaches its peak.
            Some(child) => {
                let bytes = taken.budget.taken.max(child.private_bytes);
                self.pace.learn_bytes(taken.method, nodes, bytes);
                if taken.method == Method::Walk {
                    self.pace.learn_swing(taken.budget.taken_by_others());
                }
            }
            None => self.pace.learn_inline(nodes, taken.pause),
        }
    }

    /// Learns from an analysis that exceeded its budget.
    pub(super) fn learn_overrun(&mut self, now: &Memory, taken: &Taken) {
        if taken.method.is_forked() {
            self.learn_ended(taken.method, now, &taken.budget);
        }
    }

    /// Learns from a budget that did not suffice.
    pub(super) fn learn_ended(&mut self, by: Method, now: &Memory, budget: &Budget) {
        if by == Method::Walk {
            self.pace.learn_swing(budget.taken_by_others());
            if budget.lost_to_others() {
                return;
            }
        }
        self.pace.learn_stop(by, now, budget.taken);
    }

    pub(super) fn in_process<C: Consumer>(
        &mut self,
        round: &Round<'_>,
        options: &Options,
        now: &Memory,
        mut fresh: impl FnMut(Bytes) -> Result<C, Skip>,
    ) -> Result<(C::Output, Taken), Skip> {
        if C::NEEDS_CHILD {
            return Err(Skip::unavailable("a snapshot would be written in the process itself"));
        }
        let budget = Budget::open(&mut self.pace, now, Method::Inline, options)?;
        let consumer = fresh(Bytes::Json)?;
        let mut growth = Growth::of(budget);
        let reads_samples = C::MAKES_GRAPH && options.allocations != Mode::Off;
        let outcome = write_in_process(round, consumer, &mut growth, reads_samples);
        self.pace.learn_inline_bytes(now, growth.most);
        outcome
    }
}

fn write_in_process<C: Consumer>(
    round: &Round<'_>,
    consumer: C,
    growth: &mut Growth,
    reads_samples: bool,
) -> Result<(C::Output, Taken), Skip> {
    #[cfg(unix)]
    if crate::capture::Pipe::has_paths() {
        return piped(round, consumer, growth, reads_samples);
    }
    streamed(round, consumer, growth)
}

/// Measures what an in-process capture takes, V8's graph and the analysis together:
/// how much the process grows. Nothing can stop V8 before it writes its first byte,
/// but the growth can be measured and remembered.
struct Growth {
    budget: Budget,
    before: Option<u64>,
    most: u64,
    looked: Instant,
}

impl Growth {
    fn of(budget: Budget) -> Self {
        Self { budget, before: memory::anonymous(), most: 0, looked: Instant::now() }
    }

    /// Checks the budget.
    ///
    /// # Errors
    ///
    /// `ERR_CAPTURE_NO_MEMORY` when the capture has exceeded it.
    fn keep(&mut self) -> Result<(), Skip> {
        if self.looked.elapsed() >= LOOK {
            self.looked = Instant::now();
            let grown =
                memory::anonymous().zip(self.before).map(|(now, was)| now.saturating_sub(was));
            self.most = self.most.max(grown.unwrap_or(0));
        }
        self.budget.keep(self.most.saturating_sub(self.budget.columns()))
    }
}

/// Captures through a pipe that the isolate writes into and this thread drains.
#[cfg(unix)]
fn piped<C: Consumer>(
    round: &Round<'_>,
    mut consumer: C,
    growth: &mut Growth,
    reads_samples: bool,
) -> Result<(C::Output, Taken), Skip> {
    use crate::capture::{Arrival, Pipe};

    let Pipe { mut reader, writer } = Pipe::new()?;
    let (answer, written) = crossbeam_channel::bounded(1);
    let asked = Instant::now();
    round.ask(Method::Inline, Ticket::Inline { writer, reads_samples, answer });
    let mut buffer = vec![0; BUFFER];
    let mut json_bytes = 0;
    let drained = loop {
        match reader.read(&mut buffer, LOOK) {
            Ok(Arrival::Bytes(read)) => {
                json_bytes += read as u64;
                if let Err(skip) = consumer.push(&buffer[..read]) {
                    break Err(skip);
                }
            }
            Ok(Arrival::Nothing) => {}
            Ok(Arrival::End) => break Ok(()),
            Err(error) => break Err(error.into()),
        }
        if let Err(skip) = growth.keep() {
            break Err(skip);
        }
    };
    // If V8 is still writing, it gets EPIPE.
    drop(reader);
    let capture = asked.elapsed();
    let written = loop {
        match written.recv_timeout(LOOK) {
            Ok(written) => break written,
            // Over its budget: only how far remains to be measured.
            Err(RecvTimeoutError::Timeout) => _ = growth.keep(),
            Err(RecvTimeoutError::Disconnected) => return Err(DetectError::Aborted.into()),
        }
    };
    round.spend(written.pause);
    drained?;
    if let Some(message) = written.threw {
        return Err(Skip::threw(&message));
    }
    let times = (written.pause, capture);
    let taken = Taken::in_process(Method::Inline, times, json_bytes, growth.budget.clone());
    #[cfg(target_os = "linux")]
    let taken = Taken { samples: written.samples, ..taken };
    Ok((consumer.finish()?, taken))
}

/// Captures through JavaScript, which reads V8's stream and hands the chunks over.
fn streamed<C: Consumer>(
    round: &Round<'_>,
    mut consumer: C,
    growth: &mut Growth,
) -> Result<(C::Output, Taken), Skip> {
    let (chunks, arriving) = crossbeam_channel::unbounded();
    let asked = Instant::now();
    round.ask(Method::Stream, Ticket::Stream { chunks });
    let mut json_bytes = 0;
    for chunk in arriving {
        match chunk {
            Chunk::Bytes(bytes) => {
                json_bytes += bytes.len() as u64;
                if let Err(skip) = consumer.push(&bytes).and_then(|()| growth.keep()) {
                    // JavaScript reports the pause at the end only.
                    round.spend(asked.elapsed());
                    return Err(skip);
                }
            }
            Chunk::End { pause, threw: Some(message) } => {
                round.spend(pause);
                return Err(Skip::threw(&message));
            }
            Chunk::End { pause, threw: None } => {
                round.spend(pause);
                let times = (pause, asked.elapsed());
                let budget = growth.budget.clone();
                let taken = Taken::in_process(Method::Stream, times, json_bytes, budget);
                return Ok((consumer.finish()?, taken));
            }
        }
    }
    Err(DetectError::Aborted.into())
}

/// The most bytes of one read: a quarter of the pipe.
#[cfg(unix)]
pub(super) const BUFFER: usize = 256 << 10;
