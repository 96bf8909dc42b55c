//! Records where native memory is allocated while it grows.

use serde::Deserialize;

use crate::{
    native_stacks::Recording,
    report::{NativeGrowthReport, NativeKind},
};

/// When native stacks are recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NativeStacks {
    /// While native code's memory grows.
    Auto,
    /// Never.
    #[default]
    Off,
}

/// The most stacks of a report.
const STACKS: usize = 10;
/// For how many readings without a growth it goes on.
const PATIENCE: u32 = 3;

/// The recording of one detector.
#[derive(Debug)]
pub(super) struct NativeRecording {
    choice: NativeStacks,
    state: State,
    /// Readings since the last that found growth.
    quiet: u32,
}

#[derive(Debug)]
enum State {
    Off,
    On(Recording),
    /// Not possible here, for this reason.
    Refused(&'static str),
}

impl NativeRecording {
    pub(super) fn new(choice: NativeStacks) -> Self {
        Self { choice, state: State::Off, quiet: 0 }
    }

    /// Starts or ends the recording by what a reading found.
    pub(super) fn follow(&mut self, finding: Option<&NativeGrowthReport>) {
        if self.choice == NativeStacks::Off {
            return;
        }
        if finding.is_some_and(is_of_native_code) {
            self.quiet = 0;
            if matches!(self.state, State::Off) {
                self.state = Recording::start().map_or_else(State::Refused, State::On);
            }
        } else {
            self.quiet = self.quiet.saturating_add(1);
            if self.quiet >= PATIENCE && matches!(self.state, State::On(_)) {
                self.state = State::Off;
            }
        }
    }

    /// Adds the stacks to a growth.
    pub(super) fn write_to(&self, growth: &mut NativeGrowthReport) {
        if !is_of_native_code(growth) {
            return;
        }
        match &self.state {
            State::On(recording) => growth.stacks = recording.live(STACKS),
            State::Refused(why) => {
                growth.evidence.push(format!("Native stacks are not recorded: {why}."));
            }
            State::Off => {}
        }
    }
}

/// Whether the stacks of allocations say something about a growth.
fn is_of_native_code(growth: &NativeGrowthReport) -> bool {
    growth.is_growth && matches!(growth.kind, NativeKind::Allocations | NativeKind::Resident)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::NativeCounter;

    fn growth(kind: NativeKind) -> NativeGrowthReport {
        NativeGrowthReport {
            kind,
            is_growth: true,
            counter: NativeCounter::Resident,
            title: String::new(),
            bytes: Vec::new(),
            counts: None,
            checks: 0,
            bytes_per_hour: 0.0,
            culprits: Vec::new(),
            evidence: Vec::new(),
            advice: String::new(),
            stacks: Vec::new(),
        }
    }

    #[test]
    fn it_is_off_unless_asked_for_and_begins_only_with_growth_of_native_code() {
        let (native, threads) = (growth(NativeKind::Allocations), growth(NativeKind::Threads));
        let mut off = NativeRecording::new(NativeStacks::Off);
        off.follow(Some(&native));
        assert!(matches!(off.state, State::Off));
        let mut auto = NativeRecording::new(NativeStacks::Auto);
        auto.follow(Some(&threads));
        auto.follow(None);
        assert!(matches!(auto.state, State::Off));
        auto.follow(Some(&native));
        assert!(!matches!(auto.state, State::Off));
    }

    #[test]
    fn a_growth_says_why_there_are_no_stacks() {
        let mut recording = NativeRecording::new(NativeStacks::Auto);
        recording.state = State::Refused("no");
        let (mut native, mut threads) = (growth(NativeKind::Resident), growth(NativeKind::Threads));
        recording.write_to(&mut native);
        recording.write_to(&mut threads);
        assert_eq!(native.evidence, ["Native stacks are not recorded: no."]);
        assert!(threads.evidence.is_empty());
    }
}
