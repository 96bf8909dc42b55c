//! The figures of one snapshot file, for `seep analyze` and `analyzeFile`.

use std::{io::Read, path::Path, time::Instant};

use serde::Serialize;

use crate::{
    analysis::{Analysis, AnalyzeOptions, BIGGEST, Measured, PathFigures},
    beside::beside,
    column::{self, Recycling},
    error::Result,
    explore::{BigObjects, Explorer, Only, PathRow, Recorded, Rows, StringHolder, Suspect},
    files::{OnProgress, read_into, read_stream},
    graph::{GraphReader, HeapGraph},
    session::Session,
};

/// What is wanted of a file.
#[derive(Clone, Debug)]
pub struct FileOptions {
    /// Figures, as DevTools has them.
    pub figures: AnalyzeOptions,
    /// The objects that count in classes.
    pub only: Only,
    /// Whether holders are named, which takes half as long again, and more memory.
    pub holders: bool,
    /// Parts of the paths of seep's own scripts.
    pub own_scripts: Vec<String>,
}

/// Wants these figures, and nothing else.
impl From<AnalyzeOptions> for FileOptions {
    fn from(figures: AnalyzeOptions) -> Self {
        Self { figures, only: Only::All, holders: false, own_scripts: Vec::new() }
    }
}

/// The figures of a file.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FileAnalysis {
    /// As DevTools has them; `paths` are moved below.
    #[serde(flatten)]
    pub figures: Analysis,
    /// The paths to the objects whose paths were asked for.
    pub paths: Vec<FilePath>,
    /// What holds the heap, where that was asked for.
    pub holders: Option<Holders>,
    /// How much of the heap was recorded with the stacks of allocations, if anything was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recorded: Option<Recorded>,
}

/// How one object is held.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FilePath {
    /// The shortest path, and the references.
    #[serde(flatten)]
    pub figures: PathFigures,
    /// The path by which a person knows it, where holders are named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<Vec<PathRow>>,
}

/// What holds a heap.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Holders {
    /// What may be too much.
    pub suspects: Vec<Suspect>,
    /// The biggest objects.
    pub biggest: Vec<BigObjects>,
    /// Copies of strings.
    pub strings: Rows<StringHolder>,
}

/// Analyses the snapshot in the file at `path`, which may be gzipped.
///
/// # Errors
///
/// When the file cannot be read or is not a snapshot, when memory runs out, or when
/// `on_progress` returns an error.
pub fn analyze_file(
    path: &Path,
    options: &FileOptions,
    on_progress: OnProgress<'_>,
) -> Result<FileAnalysis> {
    analyze(options, |reader| read_into(path, reader, on_progress))
}

/// Analyses the snapshot that `source` yields, which may be gzipped.
///
/// # Errors
///
/// As for [`analyze_file`].
pub fn analyze_reader(
    source: impl Read,
    options: &FileOptions,
    on_progress: OnProgress<'_>,
) -> Result<FileAnalysis> {
    analyze(options, |reader| read_stream(source, reader, on_progress))
}

/// Measures the graph that `read` returns, including the time and memory of reading it.
fn analyze(
    options: &FileOptions,
    read: impl FnOnce(GraphReader) -> Result<HeapGraph>,
) -> Result<FileAnalysis> {
    let figures = &options.figures;
    column::catch_no_memory(|| {
        column::reset_peak();
        let _recycling = Recycling::begin();
        let began = Instant::now();
        let graph = read(figures.reader())?;
        let parsing = began.elapsed();
        if options.holders || options.only != Only::All || graph.recorded().is_some() {
            let explorer = Explorer::of(graph, &options.own_scripts);
            if options.holders {
                // Where there is no second core, each is worked out when it is asked for.
                beside(|| explorer.prepare_figures(), || explorer.prepare_holders());
            }
            let found = explorer.analysis(figures, options.only, parsing);
            let holders = options.holders.then(|| Holders {
                suspects: explorer.top_suspects(BIGGEST),
                biggest: explorer.biggest(BIGGEST),
                strings: explorer.string_holders(BIGGEST),
            });
            let path = |figures: &PathFigures| {
                options.holders.then(|| explorer.readable_path(figures.id)).flatten()
            };
            let found = with_paths(found, path, holders);
            return Ok(FileAnalysis { recorded: explorer.recorded(), ..found });
        }
        let found = if figures.ask_for_objects() {
            Session::lean(graph).analysis(figures, parsing)
        } else {
            Measured::of(graph).figures().analysis(parsing)
        };
        Ok(with_paths(found, |_| None, None))
    })
}

fn with_paths(
    mut figures: Analysis,
    path: impl Fn(&PathFigures) -> Option<Vec<PathRow>>,
    holders: Option<Holders>,
) -> FileAnalysis {
    let paths = std::mem::take(&mut figures.paths).into_iter();
    let paths = paths.map(|figures| FilePath { path: path(&figures), figures }).collect();
    FileAnalysis { figures, paths, holders, recorded: None }
}
