//! Consumers of the bytes of a capture: a graph, or a file.

use std::{io::Write, path::Path};

use super::Skip;
use crate::{
    allocations::Allocations,
    error::DetectError,
    files::WholeFile,
    graph::{GraphReader, HeapGraph},
};
#[cfg(target_os = "linux")]
use crate::{graph::GraphBuilder, walk::decode::Decoder};

/// Who writes the bytes of a capture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bytes {
    /// V8.
    Json,
    /// A walk.
    #[cfg(target_os = "linux")]
    Walk,
}

/// Takes one snapshot's bytes as they arrive.
pub(super) trait Consumer {
    /// The result of a whole snapshot.
    type Output;

    /// Whether it makes a graph of its bytes: then it can read the stream of a walk, and has a use
    /// for samples.
    const MAKES_GRAPH: bool = false;

    /// Whether only a child may write its bytes, because it may have to wait for somebody.
    const NEEDS_CHILD: bool = false;

    /// Takes the next bytes.
    fn push(&mut self, bytes: &[u8]) -> Result<(), Skip>;

    /// Returns the wild words of a walk (see [`Doubt`](crate::walk::scan::Doubt)), once its stream
    /// has ended.
    #[cfg(target_os = "linux")]
    fn wild_words(&mut self) -> u64 {
        0
    }

    /// Finishes a stream that has ended where its writer meant it to.
    fn finish(self) -> Result<Self::Output, Skip>;
}

/// A snapshot, and what samples came with it.
pub(super) struct Snapshot {
    pub(super) graph: HeapGraph,
    /// `None` where V8 takes no samples, or has written the snapshot itself.
    pub(super) allocations: Option<Allocations>,
}

/// Builds the graph while the bytes arrive.
pub(super) enum GraphConsumer {
    Json(Box<GraphReader>),
    #[cfg(target_os = "linux")]
    Walk(Box<Decoder>),
}

impl GraphConsumer {
    pub(super) fn new(bytes: Bytes) -> Self {
        match bytes {
            Bytes::Json => Self::Json(Box::default()),
            #[cfg(target_os = "linux")]
            Bytes::Walk => Self::Walk(Box::default()),
        }
    }
}

impl Consumer for GraphConsumer {
    type Output = Snapshot;

    const MAKES_GRAPH: bool = true;

    fn push(&mut self, bytes: &[u8]) -> Result<(), Skip> {
        match self {
            Self::Json(reader) => Ok(reader.push(bytes)?),
            #[cfg(target_os = "linux")]
            Self::Walk(decoder) => Ok(decoder.push(bytes)?),
        }
    }

    #[cfg(target_os = "linux")]
    fn wild_words(&mut self) -> u64 {
        match self {
            Self::Json(_) => 0,
            Self::Walk(decoder) => decoder.doubt().wild,
        }
    }

    fn finish(self) -> Result<Snapshot, Skip> {
        match self {
            Self::Json(reader) => Ok(Snapshot { graph: reader.finish()?, allocations: None }),
            #[cfg(target_os = "linux")]
            Self::Walk(decoder) => {
                let (builder, allocations) = decoder.finish_with_samples(GraphBuilder::lean())?;
                Ok(Snapshot { graph: builder.finish()?, allocations })
            }
        }
    }
}

/// Writes a snapshot to a file that appears when it is complete. Only its owner can
/// read it: a snapshot contains every string of the program.
pub(super) struct FileConsumer {
    file: WholeFile,
    written: u64,
    last: u8,
}

impl FileConsumer {
    pub(super) fn create(path: &Path) -> Result<Self, Skip> {
        let file = WholeFile::create(path).map_err(|error| Skip::file(&error))?;
        Ok(Self { file, written: 0, last: 0 })
    }
}

impl Consumer for FileConsumer {
    type Output = u64;

    fn push(&mut self, bytes: &[u8]) -> Result<(), Skip> {
        self.file.write_all(bytes).map_err(|error| Skip::file(&error))?;
        self.written += bytes.len() as u64;
        if let Some(last) = bytes.iter().rfind(|byte| !byte.is_ascii_whitespace()) {
            self.last = *last;
        }
        Ok(())
    }

    fn finish(self) -> Result<u64, Skip> {
        if self.last != b'}' {
            return Err(DetectError::Truncated { at: self.written }.into());
        }
        self.file.publish().map_err(|error| Skip::file(&error))?;
        Ok(self.written)
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, path::PathBuf};

    use super::*;

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("seep-test-{}-{name}", std::process::id()));
        fs::create_dir_all(&folder).expect("a temporary folder");
        folder
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).expect("readable");
        entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect()
    }

    #[test]
    fn a_whole_snapshot_is_there_under_its_name_only() {
        let folder = folder("whole");
        let path = folder.join("a.heapsnapshot");
        let mut consumer = FileConsumer::create(&path).expect("created");
        consumer.push(b"{\"snapshot\":").expect("written");
        assert!(!path.exists());
        consumer.push(b"{}}\n").expect("written");
        assert_eq!(consumer.finish().ok(), Some(16));
        assert_eq!(names(&folder), ["a.heapsnapshot"]);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(&path).expect("there").permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        fs::remove_dir_all(folder).expect("ours");
    }

    #[test]
    fn half_a_snapshot_leaves_nothing() {
        let folder = folder("half");
        let path = folder.join("a.heapsnapshot");
        let mut consumer = FileConsumer::create(&path).expect("created");
        consumer.push(b"{\"snapshot\":{").expect("written");
        let skip = consumer.finish().expect_err("not whole");
        assert_eq!(skip.code, "ERR_SNAPSHOT_TRUNCATED");
        drop(FileConsumer::create(&path).expect("created"));
        assert!(names(&folder).is_empty());
        fs::remove_dir_all(folder).expect("ours");
    }

    #[test]
    fn two_captures_into_one_folder_do_not_meet() {
        let folder = folder("two");
        let paths = [folder.join("a.heapsnapshot"), folder.join("b.heapsnapshot")];
        let mut both = paths.each_ref().map(|path| FileConsumer::create(path).expect("created"));
        for (consumer, bytes) in both.iter_mut().zip([b"{1}", b"{2}"]) {
            consumer.push(bytes).expect("written");
        }
        for consumer in both {
            assert_eq!(consumer.finish().ok(), Some(3));
        }
        let texts = paths.map(|path| fs::read_to_string(path).expect("there"));
        assert_eq!(texts, ["{1}", "{2}"]);
        fs::remove_dir_all(folder).expect("ours");
    }

    #[test]
    fn a_folder_that_is_not_there_is_an_error_with_a_code() {
        let skip = FileConsumer::create(Path::new("/nowhere/at/all")).err().map(|s| s.code);
        assert_eq!(skip, Some("ERR_FILE_OS"));
    }
}
