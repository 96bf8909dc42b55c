//! Opens a snapshot file to be looked through.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde::Serialize;

use super::{
    Explorer, Follower, Stage, compare,
    contents::{Contents, FileState},
    dominator_cells,
    known_files::KnownFiles,
    page::SortedLists,
    retainers, within,
};
use crate::{
    column::{Account, Recycling},
    error::{DetectError, Result},
    files::{OnProgress, read_into},
    graph::{GraphReader, HeapGraph},
    session::{Facet, Policy, Session},
};

/// How a file is opened.
#[derive(Clone, Debug, Default)]
pub struct OpenOptions {
    /// Whether the texts of strings may be read from the file when somebody asks for them.
    pub contents: bool,
    /// Bytes that the heap and everything derived from it may take.
    pub max_bytes: Option<u64>,
    /// Parts of the paths of seep's own scripts in the process that the snapshot was taken of.
    pub own_scripts: Vec<String>,
}

/// The file that was opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Opened {
    /// Its path.
    pub path: PathBuf,
    /// Its size; 0 for a pipe.
    pub file_bytes: u64,
}

impl Explorer {
    /// Reads the snapshot in the file at `path`, which may be gzipped, and names its classes.
    ///
    /// # Errors
    ///
    /// When the file cannot be read or is not a snapshot, when memory runs out, or when
    /// `on_progress` returns an error.
    pub fn open(
        path: &Path,
        options: &OpenOptions,
        on_progress: OnProgress<'_>,
        follows: &Follower,
    ) -> Result<Self> {
        let before = fs::metadata(path).map_err(DetectError::file)?;
        let state = FileState::of(&before);
        let file_bytes = if before.is_file() { before.len() } else { 0 };
        let account = Account::open();
        let graph = within(&account, options.max_bytes, follows, || {
            let _recycling = Recycling::begin();
            let reader = GraphReader::new().with_traces();
            let reader = if options.contents { reader.with_text_places() } else { reader };
            follows.begin(Stage::Reading);
            read_into(path, reader, &mut |read| {
                on_progress(read)?;
                if read.total == Some(read.bytes) {
                    follows.begin(Stage::Graph);
                }
                Ok(())
            })
        })?;
        let opened = Opened { path: path.to_owned(), file_bytes };
        let contents = options.contents.then_some(Contents { state });
        let explorer = Self::over(graph, opened, contents, options, account);
        within(&explorer.account, explorer.max_bytes, follows, || {
            follows.begin(Stage::Classes);
            drop(explorer.session.readings());
            Ok(())
        })?;
        Ok(explorer)
    }

    /// Looks through `graph` without its file: what strings say cannot be read. Memory counts as
    /// this thread's.
    pub(crate) fn of(graph: HeapGraph, own_scripts: &[String]) -> Self {
        let opened = Opened { path: PathBuf::new(), file_bytes: 0 };
        let options = OpenOptions { own_scripts: own_scripts.to_vec(), ..OpenOptions::default() };
        Self::over(graph, opened, None, &options, Account::share())
    }

    fn over(
        graph: HeapGraph,
        opened: Opened,
        contents: Option<Contents>,
        options: &OpenOptions,
        account: Account,
    ) -> Self {
        Self {
            session: Session::new(graph, Policy::Keep),
            opened,
            contents,
            own_scripts: options.own_scripts.clone(),
            account,
            max_bytes: options.max_bytes,
            places: Facet::default(),
            book: Facet::default(),
            creators: Facet::default(),
            members: Default::default(),
            totals: Default::default(),
            counts: Facet::default(),
            unreachable: Facet::default(),
            spelled: Facet::default(),
            copies: Facet::default(),
            around: retainers::Around::default(),
            biggest: dominator_cells::KnownCells::default(),
            suspected: Facet::default(),
            compared: compare::Compared::default(),
            changed: KnownFiles::default(),
            sorted: SortedLists::default(),
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::{
        env,
        fmt::Write as _,
        hint::black_box,
        process,
        sync::{
            Arc,
            atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
            mpsc,
        },
    };

    use parking_lot::Mutex;

    use super::*;
    use crate::{
        column,
        explain::GuideBook,
        explore::{Answer, Follow, Query},
        testkit::{Random, draw, random_heap},
    };

    /// A module with a variable for a map of sessions, and one for the last of them.
    pub(in crate::explore) const PROGRAM: &str = "
        root -> roots; roots -> handles; handles -internal:native-> native
        native -internal:main-> main; main -internal:context-> scope; main -internal:shared-> info
        info -internal:script-> script
        scope -context:sessions-> sessions; scope -context:last-> last
        sessions -internal:table-> table; table -internal:1-> s1; table -internal:2-> s2
        table -internal:3-> s3; s1 -token-> t1; s2 -token-> t2; s3 -token-> t3
        s1 -rest-> t1; s2 -rest-> t2
        roots: synthetic \"(GC roots)\" size=0; handles: synthetic \"(Global handles)\" size=0
        native: hidden \"system / NativeContext\"; main: closure main
        info: code \"(shared function info)\"
        script: code \"system / Script / /srv/app/sessions.js\"; scope: object \"system / Context\"
        sessions: object Map size=32; table: array \"\" size=128
        s1: object Session id=101; s2: object Session id=103; s3: object Session id=105
        last: object Session id=107
        t1: string secret size=40; t2: string secret size=40; t3: string secret size=40";

    /// Waits for the answer, whatever it takes.
    fn patient() -> Follower {
        Arc::new(|| false)
    }

    /// Opens what `drawing` shows.
    #[track_caller]
    pub(in crate::explore) fn explore(drawing: &str) -> Explorer {
        Explorer::of(draw(drawing).graph(), &[])
    }

    /// Opens a file with this text.
    fn open(name: &str, text: &[u8], options: &OpenOptions) -> (PathBuf, Result<Explorer>) {
        let path = env::temp_dir().join(format!("seep-explore-{}-{name}", process::id()));
        fs::write(&path, text).expect("a temporary file");
        let explorer = Explorer::open(&path, options, &mut |_| Ok(()), &patient());
        (path, explorer)
    }

    fn text_of(explorer: &Explorer, id: u32) -> Result<Option<String>> {
        let query = format!(
            r#"{{"query":"object","id":{id},"sort":null,"order":"asc","filter":null,"paths":true,
                "page":{{"offset":0,"limit":1}}}}"#
        );
        let query: Query = serde_json::from_str(&query).expect("a query");
        match explorer.answer(&query, &patient())? {
            Answer::Object(Some(object)) => Ok(object.text),
            answer => panic!("{answer:?}"),
        }
    }

    #[test]
    fn texts_are_read_from_the_file_where_that_is_permitted() {
        use std::io::Write as _;
        // More strings than one place serves.
        let more: Vec<_> = (0..300).map(|at| format!("root -x{at}y-> n{at}y")).collect();
        let more = more.join("\n");
        let json = draw(&format!(
            "root -> a b; a: string \"tell é me\" id=901; b: string last id=903\n{more}"
        ))
        .json();
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(json.as_bytes()).expect("in memory");
        let gzip = gzip.finish().expect("in memory");
        for (name, bytes) in [("plain", json.as_bytes()), ("gzip", &gzip)] {
            let options = OpenOptions { contents: true, ..OpenOptions::default() };
            let (path, explorer) = open(name, bytes, &options);
            let explorer = explorer.expect("a snapshot");
            assert_eq!(text_of(&explorer, 901).expect("there").as_deref(), Some("tell é me"));
            assert_eq!(text_of(&explorer, 903).expect("there").as_deref(), Some("last"));
            let (_, silent) = open(name, bytes, &OpenOptions::default());
            assert_eq!(text_of(&silent.expect("a snapshot"), 901).expect("there"), None);
            fs::write(&path, &bytes[1..]).expect("a temporary file");
            let changed = text_of(&explorer, 901).expect_err("another file");
            assert_eq!(changed.code(), "ERR_FILE_OS");
            fs::remove_file(path).expect("a temporary file");
        }
    }

    #[test]
    fn no_more_memory_is_taken_than_is_permitted() {
        let heap: Vec<_> = (0..40_000).map(|at| format!("root -x-> n{at}y")).collect();
        let json = draw(&heap.join("\n")).json();
        let options = OpenOptions { max_bytes: Some(1 << 18), ..OpenOptions::default() };
        let (path, explorer) = open("budget", json.as_bytes(), &options);
        assert!(matches!(explorer.err(), Some(DetectError::NoMemory { .. })));
        let (_, explorer) = open("budget", json.as_bytes(), &OpenOptions::default());
        let explorer = explorer.expect("a snapshot");
        assert!(explorer.live_bytes() > 1 << 18);
        let before = column::live_bytes();
        explorer.close();
        assert_eq!(column::live_bytes(), before, "nobody else is credited with it");
        fs::remove_file(path).expect("a temporary file");
    }

    /// Checks that what is below a cell of a tree adds up to it, where it is divided at all.
    fn check_cells(tree: &serde_json::Value) {
        let rows = tree["rows"].as_array().expect("rows");
        let number = |row: &serde_json::Value, name: &str| row[name].as_u64().expect("a number");
        let below = |parent: Option<usize>| -> u64 {
            let of = parent.map(|at| at as u64);
            rows.iter()
                .filter(|row| row["parent"].as_u64() == of)
                .map(|row| number(row, "bytes"))
                .sum()
        };
        let is_divided = |sum: u64, whole: &serde_json::Value, bytes: &str| {
            sum == 0 || sum + number(whole, "selfBytes") == number(whole, bytes)
        };
        assert!(is_divided(below(None), tree, "totalBytes"), "{tree}");
        for (at, row) in rows.iter().enumerate() {
            assert!(row["parent"].as_u64().is_none_or(|parent| parent < at as u64));
            assert!(is_divided(below(Some(at)), row, "bytes"), "{at} of {tree}");
        }
    }

    #[test]
    fn no_heap_breaks_a_question() {
        let page = r#""page":{"offset":0,"limit":20}"#;
        let list = |sort: &str| format!(r#""sort":"{sort}","order":"desc","filter":null,{page}"#);
        let class = r#""class":{"classId":null,"className":"n"}"#;
        let mut random = Random::new(17);
        for _ in 0..150 {
            let drawing = random_heap(&mut random, 25);
            let explorer = Explorer::of(drawing.graph(), &[]);
            let ask = |query: &str| {
                let query: Query = serde_json::from_str(query).expect("a query");
                let answer = explorer.answer(&query, &patient()).expect("an answer");
                serde_json::to_value(answer).expect("no map with other keys than texts")
            };
            ask(r#"{"query":"summary"}"#);
            ask(r#"{"query":"suspects","limit":9}"#);
            let query = r#""query":"tree","of":"holders","id":null,"key":null,"depth":9,"limit":4"#;
            check_cells(&ask(&format!("{{{query}}}")));
            let holders =
                ask(&format!(r#"{{"query":"holders","key":null,{}}}"#, list("heldBytes")));
            let held = holders["rows"].as_array().expect("rows").iter();
            let held: u64 = held.map(|row| row["heldBytes"].as_u64().expect("bytes")).sum();
            let is_whole = holders["total"].as_u64().is_some_and(|total| total <= 20);
            assert!(!is_whole || held == drawing.graph().total_self_size());
            for only in ["all", "unreachable", "contexts", "detached", "console", "eventHandlers"] {
                let sort = list("count");
                ask(&format!(r#"{{"query":"classes",{sort},"only":"{only}","retained":true}}"#));
                let sort = list("distance");
                for by_holder in [true, false] {
                    ask(&format!(
                        r#"{{"query":"instances",{class},{sort},"only":"{only}","since":null,"holder":null,
                            "byHolder":{by_holder}}}"#
                    ));
                }
            }
            ask(&format!(r#"{{"query":"mergedPaths",{class},"ids":null,"key":null,{page}}}"#));
            ask(&format!(r#"{{"query":"whatIf",{class},"ids":null}}"#));
            ask(&format!(r#"{{"query":"strings","holder":null,{}}}"#, list("copies")));
            for node in &drawing.nodes {
                let id = node.id;
                ask(&format!(
                    r#"{{"query":"object","id":{id},"sort":null,"order":"asc","filter":"a",
                        "paths":true,{page}}}"#
                ));
                let sort = list("distance");
                for ignore in ["", "3,5"] {
                    ask(&format!(
                        r#"{{"query":"retainers","id":{id},{sort},"weak":true,"ignore":[{ignore}]}}"#
                    ));
                }
                let tree = ask(&format!(
                    r#"{{"query":"tree","of":"dominators","id":{id},"key":null,"depth":3,"limit":5}}"#
                ));
                check_cells(&tree);
                ask(&format!(r#"{{"query":"path","id":{id},"ignore":[3,5]}}"#));
                let sort = list("retainedBytes");
                let below = |by_class: bool| {
                    let by = format!(r#""fold":true,"class":null,"byClass":{by_class}"#);
                    ask(&format!(r#"{{"query":"dominators","id":{id},{sort},{by}}}"#))
                };
                let objects = below(false);
                let others = objects["others"]["count"].as_u64().expect("a count");
                let rows = objects["rows"].as_array().expect("rows").len() as u64;
                assert_eq!(Some(rows + others), objects["total"].as_u64());
                let classes = below(true);
                let rows = classes["rows"].as_array().expect("rows");
                let shown: u64 = rows.iter().filter_map(|row| row["count"].as_u64()).sum();
                let others = classes["others"]["count"].as_u64().expect("a count");
                assert_eq!(Some(shown + others), objects["total"].as_u64());
            }
        }
    }

    #[test]
    fn a_cancelled_question_is_not_answered() {
        let impatient: Follower = Arc::new(|| true);
        let cancelled = explore(PROGRAM).answer(&Query::Prepare, &impatient);
        assert!(matches!(cancelled, Err(DetectError::Aborted)));
        let prepared = explore(PROGRAM).answer(&Query::Prepare, &patient());
        assert!(matches!(prepared, Ok(Answer::Prepared)));
    }

    /// Cancels a question when it is asked for the last of so many times.
    struct After {
        times: usize,
        asked: AtomicUsize,
        stage: Mutex<Option<Stage>>,
    }

    impl Follow for After {
        fn is_cancelled(&self) -> bool {
            self.asked.fetch_add(1, Relaxed) + 1 >= self.times
        }

        fn begin(&self, stage: Stage) {
            *self.stage.lock() = Some(stage);
        }
    }

    #[test]
    fn work_is_cancelled_wherever_it_is_and_the_next_question_does_it_again() {
        // Tens of thousands of objects: each loop over all of them asks more than once.
        let mut heap = PROGRAM.to_owned();
        for at in 0..40_000 {
            let (above, more) = (at / 3, at / 2);
            write!(heap, "\nn{at}y: string word{more}y size=24").expect("in memory");
            let above = if at == 0 { "sessions".to_owned() } else { format!("n{above}y") };
            write!(heap, "\n{above} -x-> n{at}y").expect("in memory");
        }
        let graph = draw(&heap);
        let ask = |explorer: &Explorer| {
            let answer = explorer.answer(&Query::Summary, &patient()).expect("an answer");
            serde_json::to_string(&answer).expect("no map with other keys than texts")
        };
        let expected = ask(&Explorer::of(graph.graph(), &[]));
        let explorer = Explorer::of(graph.graph(), &[]);
        let mut stages = Vec::new();
        for times in 1.. {
            let impatient =
                Arc::new(After { times, asked: AtomicUsize::new(0), stage: Mutex::new(None) });
            let follower: Follower = Arc::<After>::clone(&impatient);
            let fresh = Explorer::of(graph.graph(), &[]);
            let Err(error) = fresh.answer(&Query::Prepare, &follower) else { break };
            assert!(matches!(error, DetectError::Aborted), "{error:?}");
            // Both threads may have asked once more.
            let asked = impatient.asked.load(Relaxed);
            assert!(asked <= times + 1, "went on after it was cancelled: {asked} of {times}");
            stages.extend(*impatient.stage.lock());
            if times % 7 == 0 {
                assert_eq!(ask(&fresh), expected, "after {times}");
                assert!(fresh.answer(&Query::Prepare, &patient()).is_ok());
                assert_eq!(ask(&fresh), expected, "after {times}");
            }
            // In this one, the parts add up to the whole.
            drop(explorer.answer(&Query::Prepare, &follower));
        }
        let inside = |stage| stages.iter().filter(|&&other| other == stage).count() > 3;
        for stage in [Stage::Dominators, Stage::Holders, Stage::Retainers, Stage::Strings] {
            assert!(inside(stage), "{stage:?} among {stages:?}");
        }
        assert_eq!(ask(&explorer), expected);
    }

    #[test]
    fn whoever_waits_for_another_thread_is_cancelled_too() {
        let explorer = explore(PROGRAM);
        let (begun, cancelled) = (mpsc::channel::<()>(), Arc::new(AtomicBool::new(false)));
        let begun_to = Mutex::new(Some(begun.0));
        let is_cancelled = Arc::clone(&cancelled);
        // Works out the holders, and comes to no end.
        let endless: Follower = Arc::new(move || {
            drop(begun_to.lock().take());
            is_cancelled.load(Relaxed)
        });
        std::thread::scope(|scope| {
            scope.spawn(|| {
                within(&explorer.account, None, &endless, || {
                    drop(explorer.book.get(Policy::Keep, || {
                        while black_box(true) {
                            column::ask();
                        }
                        GuideBook::of(&explorer.session, explorer.places(), &[])
                    }));
                    Ok(())
                })
            });
            assert!(begun.1.recv().is_err(), "it has begun");
            let impatient: Follower = Arc::new(|| true);
            let waiting = within(&explorer.account, None, &impatient, || {
                drop(explorer.book());
                Ok(())
            });
            assert!(matches!(waiting, Err(DetectError::Aborted)));
            cancelled.store(true, Relaxed);
        });
        assert!(explorer.answer(&Query::Prepare, &patient()).is_ok());
    }

    #[test]
    fn questions_may_come_from_several_threads() {
        let explorer = explore(PROGRAM);
        let expected = format!("{:?}", explore(PROGRAM).answer(&Query::Summary, &patient()));
        std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4)
                .map(|at| {
                    let explorer = &explorer;
                    scope.spawn(move || {
                        let first = if at % 2 == 0 { Query::Prepare } else { Query::Summary };
                        drop(explorer.answer(&first, &patient()));
                        format!("{:?}", explorer.answer(&Query::Summary, &patient()))
                    })
                })
                .collect();
            for thread in threads {
                assert_eq!(thread.join().expect("no panic"), expected);
            }
        });
    }
}
