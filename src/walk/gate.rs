//! Decides which Node binaries are walked at all.
//!
//! | binary                               | walked                                  |
//! |--------------------------------------|-----------------------------------------|
//! | V8 that the tests have run on        | when all probes pass                    |
//! | another patch of such a major.minor  | when, besides, a comparison has agreed  |
//! | any other V8                         | never                                   |
//! | Electron, Bun                        | never                                   |
//! | another processor than x86-64        | never                                   |
//! | pointers compressed, sandbox         | never: constants differ                 |

use serde::Deserialize;

use super::layout::{Unknown, VERSIONS, Version};

/// The versions of a process (`process.versions`).
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Versions {
    /// V8's.
    pub v8: String,
    /// Electron's.
    #[serde(default)]
    pub electron: Option<String>,
    /// Bun's.
    #[serde(default)]
    pub bun: Option<String>,
}

/// Why a process is not walked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It is another runtime.
    Runtime(&'static str),
    /// Walks have not been tested on its processor.
    Processor,
    /// Its V8 is not in the table.
    Version(String),
    /// Its binary lacks a constant, or has an unexpected one.
    Layout(Unknown),
    /// This check of the table against real objects failed.
    Probe(&'static str),
}

impl Refusal {
    /// Returns the reason, for people.
    pub fn reason(&self) -> String {
        match self {
            Self::Runtime(name) => format!("the runtime is {name}"),
            Self::Processor => "the processor is not x86-64".into(),
            Self::Version(v8) => format!("V8 {v8} is not known"),
            Self::Layout(Unknown::Missing(name)) => format!("the binary lacks v8dbg_{name}"),
            Self::Layout(Unknown::Unexpected(name)) => {
                format!("the binary has an unexpected v8dbg_{name}")
            }
            Self::Probe(name) => format!("the self-check \"{name}\" failed"),
        }
    }
}

/// Returns the table's row for a process, and whether its exact V8 was tested.
///
/// # Errors
///
/// Why there is no row.
pub fn admit(versions: &Versions) -> Result<(Version, bool), Refusal> {
    if versions.electron.is_some() {
        return Err(Refusal::Runtime("Electron"));
    }
    if versions.bun.is_some() {
        return Err(Refusal::Runtime("Bun"));
    }
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        return Err(Refusal::Processor);
    }
    let mut numbers = versions.v8.split('.').map_while(|number| number.parse::<u32>().ok());
    let v8 = numbers.next().zip(numbers.next());
    let version = VERSIONS.iter().find(|version| Some(version.v8) == v8);
    let version = version.ok_or_else(|| Refusal::Version(versions.v8.clone()))?;
    Ok((*version, version.tested.contains(&versions.v8.as_str())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(v8: &str) -> Versions {
        Versions { v8: v8.into(), ..Versions::default() }
    }

    #[test]
    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    fn known_versions_pass_and_their_patches_are_told_apart() {
        assert_eq!(admit(&of("12.4.254.21-node.57")), Ok((VERSIONS[1], true)));
        assert_eq!(admit(&of("12.4.254.21-node.58")), Ok((VERSIONS[1], false)));
        assert_eq!(admit(&of("12.5.1")), Err(Refusal::Version("12.5.1".into())));
        assert_eq!(admit(&of("")), Err(Refusal::Version(String::new())));
    }

    #[test]
    fn other_runtimes_do_not_pass() {
        let v8 = "13.6.233.17-node.53".to_owned();
        let electron = Versions { v8: v8.clone(), electron: Some("40".into()), bun: None };
        assert_eq!(admit(&electron).err(), Some(Refusal::Runtime("Electron")));
        let bun = Versions { v8, electron: None, bun: Some("2".into()) };
        assert_eq!(admit(&bun).err(), Some(Refusal::Runtime("Bun")));
    }
}
