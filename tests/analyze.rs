//! The figures of snapshot files.

#[path = "../testkit/mod.rs"]
mod testkit;

use std::{fs, path::PathBuf};

use seep::{
    analysis::{AnalyzeOptions, Step},
    error::DetectError,
    offline::{FileOptions, analyze_file, analyze_reader},
    units::ObjectId,
};
use testkit::{draw, fixture};

/// A temporary file of this test, removed when dropped.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str, bytes: &[u8]) -> Self {
        let path = std::env::temp_dir().join(format!("seep-{}-{name}", std::process::id()));
        fs::write(&path, bytes).expect("temporary folder");
        Self(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

fn packed(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("fixtures/{name}.heapsnapshot.gz"))
}

#[test]
fn gzipped_files_plain_files_and_streams_say_the_same() {
    let options: FileOptions = AnalyzeOptions {
        ids: vec![ObjectId(3), ObjectId(999_999_998), ObjectId(1)],
        ..AnalyzeOptions::default()
    }
    .into();
    let bytes = fixture("node22");
    let plain = Scratch::new("plain", &bytes);
    let mut shares = Vec::new();
    let first = analyze_file(&packed("node22"), &options, &mut |progress| {
        shares.push(progress.bytes);
        Ok(())
    })
    .expect("a fixture")
    .figures;
    assert!(shares.is_sorted() && shares.len() > 10);
    assert_eq!(*shares.last().expect("some"), fs::metadata(packed("node22")).expect("it").len());
    let others = [
        analyze_file(&plain.0, &options, &mut |_| Ok(())).expect("the same").figures,
        analyze_reader(&bytes[..], &options, &mut |_| Ok(())).expect("the same").figures,
    ];
    assert_eq!(first.objects.iter().map(|it| it.node.id.0).collect::<Vec<_>>(), [3, 1]);
    assert_eq!(first.dominators.len(), 100);
    assert_eq!(first.dominators[0].retained_bytes, first.total_bytes);
    for other in others {
        assert_eq!(first.classes, other.classes);
        assert_eq!(first.dominators, other.dominators);
        assert_eq!(first.objects, other.objects);
        assert_eq!(first.statistics, other.statistics);
    }
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)
}

#[test]
fn files_packed_with_zstd_say_the_same_and_bad_ones_are_refused() {
    let options: FileOptions = AnalyzeOptions::default().into();
    let bytes = fixture("node24");
    let packed = Scratch::new("zstd", &zstd(&bytes));
    let plain = analyze_reader(&bytes[..], &options, &mut |_| Ok(())).expect("a fixture").figures;
    let others = [
        analyze_file(&packed.0, &options, &mut |_| Ok(())).expect("the same").figures,
        analyze_reader(&zstd(&bytes)[..], &options, &mut |_| Ok(())).expect("the same").figures,
    ];
    for other in others {
        assert_eq!(plain.classes, other.classes);
        assert_eq!(plain.dominators, other.dominators);
    }
    let refused = |name, bytes: &[u8]| {
        let file = Scratch::new(name, bytes);
        let error = analyze_file(&file.0, &options, &mut |_| Ok(())).expect_err("bad");
        (error.code(), error.offset().expect("a place"))
    };
    let whole = zstd(&bytes);
    let (code, at) = refused("zstd-cut", &whole[..whole.len() / 2]);
    assert_eq!(code, "ERR_SNAPSHOT_TRUNCATED");
    assert!(at > 0);
    let mut damaged = whole.clone();
    let last = damaged.len() - 1;
    damaged[last] ^= 1;
    assert_eq!(refused("zstd-sum", &damaged), ("ERR_SNAPSHOT_MALFORMED", bytes.len() as u64));
    let more = [&whole[..], b"something else"].concat();
    assert_eq!(refused("zstd-more", &more), ("ERR_SNAPSHOT_MALFORMED", bytes.len() as u64));
}

#[test]
fn figures_are_those_of_the_drawing() {
    let json = draw(
        "root -> cache; cache -> list; list -[0]-> item; list -[1]-> item2; cache -weak:w-> item
         cache: object Cache id=11; list: array \"\" size=100; item: object Item size=20
         item2: object Item size=22 id=13",
    )
    .json();
    let options = AnalyzeOptions { ids: vec![ObjectId(13)], ..AnalyzeOptions::default() };
    let analysis =
        analyze_reader(json.as_bytes(), &options.into(), &mut |_| Ok(())).expect("valid");
    assert_eq!((analysis.figures.node_count, analysis.figures.edge_count), (5, 5));
    assert_eq!(analysis.figures.total_bytes, 158);
    let rows: Vec<_> = analysis
        .figures
        .classes
        .iter()
        .map(|row| (row.name.as_str(), row.count, row.self_bytes, row.retained_bytes, row.distance))
        .collect();
    // The list's 100 bytes are attributed to the cache that owns it.
    assert_eq!(rows, [("Cache", 1, 116, 158, Some(1)), ("Item", 2, 42, 42, Some(3))]);
    let object = &analysis.figures.objects[0];
    let item = &object.node;
    assert_eq!((item.class_name.as_str(), item.kind, item.distance), ("Item", "object", Some(3)));
    assert_eq!((item.self_bytes, item.retained_bytes, object.dominator_id), (22, 22, ObjectId(5)));
}

#[test]
fn a_gzip_file_that_ends_early_is_truncated() {
    let bytes = fs::read(packed("node20")).expect("a fixture");
    let cut = Scratch::new("cut", &bytes[..bytes.len() / 2]);
    let error =
        analyze_file(&cut.0, &AnalyzeOptions::default().into(), &mut |_| Ok(())).expect_err("cut");
    assert_eq!(error.code(), "ERR_SNAPSHOT_TRUNCATED");
    assert!(error.offset().is_some_and(|at| at > 100_000));
}

#[test]
fn an_empty_or_missing_file_is_an_error() {
    let empty = Scratch::new("empty", b"");
    let options = AnalyzeOptions::default().into();
    let code = |path| analyze_file(path, &options, &mut |_| Ok(())).expect_err("nothing").code();
    assert_eq!(code(&empty.0), "ERR_SNAPSHOT_TRUNCATED");
    assert_eq!(code(&empty.0.with_extension("missing")), "ERR_FILE_OS");
}

#[test]
fn progress_can_cancel() {
    let mut calls = 0;
    let error = analyze_file(&packed("node20"), &AnalyzeOptions::default().into(), &mut |_| {
        calls += 1;
        if calls == 3 { Err(DetectError::Aborted) } else { Ok(()) }
    });
    assert!(matches!(error, Err(DetectError::Aborted)));
    assert_eq!(calls, 3);
}

#[test]
fn a_path_is_a_shortest_one_and_retainers_come_nearest_first() {
    let json = draw(
        "root -> app; root -[1]-> gc; gc -> item; app -> cache other; other -> deep; deep -> item
         cache -items-> list; list -[7]-> item; app -weak:ref-> item
         gc: synthetic \"(GC roots)\"; app: object App id=21; list: array \"\"
         item: object Item id=99 size=20; deep: object Deep",
    )
    .json();
    let options =
        AnalyzeOptions { paths: vec![ObjectId(99), ObjectId(12)], ..AnalyzeOptions::default() };
    let analysis =
        analyze_reader(json.as_bytes(), &options.into(), &mut |_| Ok(())).expect("valid");
    assert_eq!(analysis.paths.len(), 1, "12 is not there");
    let path = &analysis.paths[0].figures;
    let names = |steps: &[Step]| -> Vec<_> {
        let names = steps.iter().map(|it| (it.edge.name.clone(), it.node.class_name.clone()));
        names.collect()
    };
    let owned = |steps: &[(&str, &str)]| -> Vec<_> {
        steps.iter().map(|&(edge, class)| (edge.to_owned(), class.to_owned())).collect()
    };
    let ways = [
        owned(&[("app", "App"), ("other", "other"), ("deep", "Deep"), ("item", "Item")]),
        owned(&[("app", "App"), ("cache", "cache"), ("items", "(array)"), ("7", "Item")]),
    ];
    assert!(ways.contains(&names(&path.steps)), "{:?}", names(&path.steps));
    assert_eq!((path.id, path.omitted_steps, path.retainer_count), (ObjectId(99), 0, 4));
    let retainers = names(&path.retainers);
    assert_eq!(retainers[2..], owned(&[("item", "(synthetic)"), ("ref", "App")]));
    assert_eq!(path.steps[3].node.distance, Some(4));
}

#[test]
fn a_long_path_is_shown_by_its_ends() {
    let links: Vec<_> = (0..1000).map(|link| format!("n{link}x -> n{}x", link + 1)).collect();
    let heap = format!("root -> n0x; {}; n1000x: object Last id=4001", links.join("; "));
    let json = draw(&heap).json();
    let options = AnalyzeOptions { paths: vec![ObjectId(4001)], ..AnalyzeOptions::default() };
    let analysis =
        analyze_reader(json.as_bytes(), &options.into(), &mut |_| Ok(())).expect("valid");
    let path = &analysis.paths[0].figures;
    assert_eq!((path.steps.len(), path.omitted_steps), (200, 801));
    let names = [0, 99, 100, 199].map(|at: usize| path.steps[at].edge.name.as_str());
    assert_eq!(names, ["n0x", "n99x", "n901x", "n1000x"]);
}

#[test]
fn the_objects_of_a_class_are_listed_by_retained_size() {
    let json = draw(
        "root -> a b c; b -> x; a: object Item size=20; b: object Item size=10
         c: object Thing; x: object X size=15",
    )
    .json();
    let options = AnalyzeOptions { class: Some("Item".into()), ..AnalyzeOptions::default() };
    let analysis =
        analyze_reader(json.as_bytes(), &options.into(), &mut |_| Ok(())).expect("valid");
    let instances = analysis.figures.instances.expect("asked for");
    assert_eq!((instances.class_name.as_str(), instances.count), ("Item", 2));
    let retained: Vec<_> =
        instances.objects.iter().map(|object| object.node.retained_bytes).collect();
    assert_eq!(retained, [25, 20]);
}

#[test]
fn holders_are_named_where_that_is_asked_for() {
    let items: Vec<_> = (0..40)
        .map(|at| format!("table -internal:{at}-> s{at}x; s{at}x: object Session size=100"))
        .collect();
    let json = draw(&format!(
        "root -shortcut:app-> app; app -sessions-> map; map -internal:table-> table
         app: object global size=0; map: object Map size=0; table: array \"\" size=0
         {}; s7x: object Session size=100 id=71",
        items.join("\n")
    ))
    .json();
    let figures = AnalyzeOptions { paths: vec![ObjectId(71)], ..AnalyzeOptions::default() };
    let plain = analyze_reader(json.as_bytes(), &figures.clone().into(), &mut |_| Ok(()));
    let plain = plain.expect("valid");
    assert!(plain.holders.is_none() && plain.paths[0].path.is_none());
    let options = FileOptions { holders: true, ..figures.into() };
    let analysis = analyze_reader(json.as_bytes(), &options, &mut |_| Ok(())).expect("valid");
    assert_eq!(analysis.figures.classes, plain.figures.classes);
    let holders = analysis.holders.expect("asked for");
    let suspect = &holders.suspects[0];
    assert_eq!((suspect.class_name.as_str(), suspect.count, suspect.bytes), ("Session", 40, 4000));
    let sessions = holders.biggest.iter().find(|row| row.count == 40).expect("one row");
    assert_eq!(sessions.path, ["global", ".sessions", "[…]"]);
    let path = analysis.paths[0].path.as_ref().expect("asked for");
    let labels: Vec<_> = path.iter().map(|step| step.edge.label()).collect();
    assert_eq!(labels, ["global", ".sessions", "[…]"]);
}
