//! The report on growth outside the JavaScript heap.

use super::text;
use crate::{
    growth::{NativeFinding, Reading},
    report::{NativeCounter, NativeGrowthReport, NativeKind},
};

/// Returns the report on `finding`, where `now` is the latest reading. `holders` are those of the
/// snapshot's backing stores.
pub(crate) fn report(
    finding: &NativeFinding,
    now: &Reading,
    holders: &[String],
) -> NativeGrowthReport {
    let &NativeFinding { kind, is_growth, memory, bytes_per_ms, checks, .. } = finding;
    let counter = match memory {
        NativeKind::ArrayBuffers => NativeCounter::ArrayBuffers,
        NativeKind::External => NativeCounter::External,
        _ => NativeCounter::Resident,
    };
    let bytes_per_hour = bytes_per_ms * 3_600_000.0;
    let held = [NativeKind::ArrayBuffers, NativeKind::Wasm].contains(&kind);
    NativeGrowthReport {
        kind,
        is_growth,
        counter,
        title: title(finding, bytes_per_hour),
        bytes: finding.bytes.clone(),
        counts: finding.counts.clone(),
        checks,
        bytes_per_hour,
        culprits: if held { holders.to_vec() } else { culprits(finding) },
        evidence: evidence(finding, now),
        advice: advice(finding, now).to_owned(),
        stacks: Vec::new(),
    }
}

fn title(finding: &NativeFinding, bytes_per_hour: f64) -> String {
    let last = text::bytes(text::as_f64(finding.bytes.last().copied().unwrap_or(0)));
    let rate = text::bytes(bytes_per_hour);
    let what = |kind: NativeKind| match kind {
        NativeKind::ArrayBuffers => "ArrayBuffer memory",
        NativeKind::Wasm => "WebAssembly memory",
        NativeKind::External => "External memory of native objects",
        NativeKind::Mappings => "Memory that libraries have mapped",
        NativeKind::MappedFiles => "Memory of mapped files",
        NativeKind::Resident => "Resident memory outside the JavaScript heap",
        _ => "Memory allocated by native code",
    };
    match finding.kind {
        NativeKind::Waiting => format!(
            "{} rises until V8 collects garbage, and falls then: up to {}",
            what(finding.memory),
            text::bytes(text::as_f64(finding.bytes.iter().copied().max().unwrap_or(0)))
        ),
        NativeKind::Fragmentation if finding.is_growth => {
            format!("The allocator keeps more and more free memory: {last}, {rate}/h more")
        }
        NativeKind::Fragmentation => format!("The allocator keeps {last} of free memory"),
        NativeKind::HeapFree => format!("V8 keeps {last} that its heap does not use"),
        NativeKind::Threads => format!("Threads accumulate: {}", numbers(finding)),
        NativeKind::Handles => {
            format!("Active handles and requests accumulate: {}", numbers(finding))
        }
        // With many small files, it is their number that grows.
        NativeKind::MappedFiles if bytes_per_hour <= 0.0 => {
            format!("Mapped files accumulate: {}", numbers(finding))
        }
        kind => format!("{} grows: {rate}/h", what(kind)),
    }
}

/// Spells how a number has grown.
fn numbers(finding: &NativeFinding) -> String {
    let counts = finding.counts.as_deref().unwrap_or_default();
    let spell = |count: Option<&u32>| text::count(u64::from(count.copied().unwrap_or(0)));
    format!(
        "from {} to {} in {}",
        spell(counts.first()),
        spell(counts.last()),
        readings(finding.bytes.len())
    )
}

fn readings(n: usize) -> String {
    if n == 1 { "1 reading".to_owned() } else { format!("{n} readings") }
}

fn culprits(finding: &NativeFinding) -> Vec<String> {
    let spelled = |(name, by): &(String, u64)| match finding.kind {
        NativeKind::MappedFiles => format!("{name}: {} more", text::bytes(text::as_f64(*by))),
        _ => format!("{name}: {} more", text::count(*by)),
    };
    finding.culprits.iter().map(spelled).collect()
}

fn evidence(finding: &NativeFinding, now: &Reading) -> Vec<String> {
    let size = |bytes: u64| text::bytes(text::as_f64(bytes));
    let (first, last) =
        (finding.bytes.first().copied().unwrap_or(0), finding.bytes.last().copied().unwrap_or(0));
    let account = now.account.as_ref();
    let mut evidence = Vec::new();
    if finding.is_growth {
        evidence.push(format!(
            "It grew in {} of {}, from {} to {}.",
            finding.checks.min(text::number(finding.bytes.len()).saturating_sub(1)),
            readings(finding.bytes.len().saturating_sub(1)),
            size(first),
            size(last)
        ));
    }
    let collected = match finding.collections {
        0 => None,
        1 => Some("a major collection".to_owned()),
        n => Some(format!("{n} major collections")),
    };
    match finding.kind {
        NativeKind::ArrayBuffers
        | NativeKind::Wasm
        | NativeKind::External
        | NativeKind::Allocations
        | NativeKind::Mappings
        | NativeKind::Resident => evidence.push(match collected {
            Some(collected) => {
                format!("It was not freed by {collected} in that time, so it is not garbage.")
            }
            None => {
                "V8 ran no major collection in that time, so some of it may be garbage.".to_owned()
            }
        }),
        NativeKind::Waiting => {
            if let Some(collected) = collected {
                evidence
                    .push(format!("It fell with {collected}, most of the way that it had risen."));
            }
        }
        NativeKind::Fragmentation
        | NativeKind::HeapFree
        | NativeKind::Threads
        | NativeKind::MappedFiles
        | NativeKind::Handles => {}
    }
    if let Some(account) = account {
        match finding.kind {
            NativeKind::Fragmentation => {
                if let Some(used) = account.used {
                    let arenas = match account.arenas {
                        Some(1) => " in 1 arena".to_owned(),
                        Some(arenas) => format!(" in {arenas} arenas"),
                        None => String::new(),
                    };
                    evidence.push(format!("{} are free{arenas}, and {} are in use.", size(last), size(used)));
                }
            }
            NativeKind::Allocations => {
                if let Some(kept) = account.kept {
                    evidence.push(format!("The allocator has handed it out: its free memory ({}) is not part of it.", size(kept)));
                }
            }
            NativeKind::HeapFree => evidence.push(format!(
                "Objects, garbage included, take {}; {} of what is free are in the space of young objects.",
                size(account.heap.0),
                size(account.young_free.min(last))
            )),
            NativeKind::Threads => evidence.push(format!("Their stacks take {}, and their allocator's arenas are more.", size(account.stacks))),
            NativeKind::MappedFiles if account.shared > 0 => {
                evidence.push(format!("{} of it are shared memory.", size(account.shared)));
            }
            _ => {}
        }
    }
    if finding.kind == NativeKind::Fragmentation && finding.is_growth {
        let grown = finding.used_growth.map_or(0, |grown| u64::try_from(grown).unwrap_or(0));
        evidence.push(format!("Memory in use has grown by {} in that time.", size(grown)));
    }
    evidence
}

fn advice(finding: &NativeFinding, now: &Reading) -> &'static str {
    match finding.kind {
        NativeKind::ArrayBuffers => {
            "Buffers are held by JavaScript objects, or by an addon that was given them. Look at what holds the \
             backing stores, and keep copies of small parts of big buffers (`Buffer.from(part)`) instead of \
             the parts themselves: a part keeps the whole buffer."
        }
        NativeKind::Wasm => {
            "WebAssembly memories never shrink. Free what the module has allocated (its `free` or `delete()`), \
             or replace the instance from time to time; an instance that is held keeps its memory."
        }
        NativeKind::External => {
            "Native objects behind JavaScript objects are held: zlib or crypto streams, database handles, images. \
             Close or destroy each one when you are done with it, and drop references to it."
        }
        NativeKind::Allocations => {
            "Native code allocates memory and does not free it: an addon that leaks, or objects of an addon that are \
             not closed (statements, images, streams). Check the addons that work while it grows, and their \
             versions."
        }
        NativeKind::Waiting => {
            "This is no leak. Small JavaScript objects hold big native memory, and V8 collects them late. Create fewer of \
             them: reuse `Intl` formatters, buffers and streams, and close what has a `close()`. A lower \
             `--max-old-space-size` makes V8 collect earlier."
        }
        NativeKind::Fragmentation => {
            "Nothing leaks: pieces in use keep the free pages between them. Set MALLOC_ARENA_MAX=2, or preload jemalloc \
             (LD_PRELOAD). The option `trimMemory` returns free pages to the system after each capture \
             (`malloc_trim`)."
        }
        NativeKind::Threads => {
            "Threads are started and never end. End Workers (`await worker.terminate()`), reuse them in a pool, and \
             close what starts threads of its own, such as a database or an image library."
        }
        NativeKind::MappedFiles => {
            "Files or shared memory are mapped and not unmapped. Close the databases, indexes or models that map \
             the files named here."
        }
        NativeKind::Mappings => {
            "A library maps memory for itself (`mmap`) and does not unmap it: a code generator, an embedded database or \
             engine, or an addon with its own allocator. Check the addons that work while it grows."
        }
        NativeKind::Handles => {
            "Sockets, timers, watchers or requests are opened and not closed. Close each, or set a timeout on \
             connections (`server.requestTimeout`, `socket.setTimeout()`)."
        }
        NativeKind::HeapFree => {
            let young = now.account.as_ref().map_or(0, |account| account.young_free);
            if young * 2 >= finding.bytes.last().copied().unwrap_or(0) {
                "This is no leak. V8 has enlarged the space of young objects for a busy time, and keeps it. A lower \
                 `--max-semi-space-size` bounds it, at the price of more frequent minor collections."
            } else {
                "This is no leak. V8 keeps pages after a peak, and returns them with a major collection that finds \
                 them empty, which an idle program runs late. What makes the peak decides: read big inputs in pieces. \
                 `--max-old-space-size` bounds it."
            }
        }
        NativeKind::Resident => {
            "The process grows while its heap does not, and its allocator does not tell what it holds. The usual causes are \
             an addon that leaks and fragmentation: try jemalloc (LD_PRELOAD), or run the program with glibc, \
             where seep can tell them apart."
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::growth::Readings;
    use crate::report::{Memory, MemoryAccount};

    const MB: u64 = 1_000_000;

    fn finding(kind: NativeKind) -> NativeFinding {
        NativeFinding {
            kind,
            is_growth: true,
            memory: kind,
            bytes: vec![100 * MB, 150 * MB, 200 * MB],
            counts: Some(vec![10, 20, 1030]),
            checks: 2,
            bytes_per_ms: 50_000_000.0 / 60_000.0,
            culprits: vec![("worker".to_owned(), 1020)],
            collections: 2,
            used_growth: Some(0),
        }
    }

    fn now() -> Reading {
        let mut account = MemoryAccount::new(String::new());
        account.allocator.used_bytes = Some(40 * MB);
        account.allocator.arenas = Some(8);
        let mut readings = Readings::default();
        readings.push(Some(&account), crate::growth::Clock::default(), Memory::default(), false);
        readings.all()[0].clone()
    }

    #[test]
    fn held_memory_names_its_holders_and_why_it_is_no_garbage() {
        let holders = ["cache: 120 MB".to_owned()];
        let report = report(&finding(NativeKind::ArrayBuffers), &now(), &holders);
        assert_eq!(report.title, "ArrayBuffer memory grows: 3.0 GB/h");
        assert_eq!(report.culprits, holders);
        assert_eq!(
            report.evidence,
            [
                "It grew in 2 of 2 readings, from 100 MB to 200 MB.",
                "It was not freed by 2 major collections in that time, so it is not garbage."
            ]
        );
    }

    #[test]
    fn what_is_counted_is_told_in_numbers() {
        let report = report(&finding(NativeKind::Threads), &now(), &[]);
        assert_eq!(report.title, "Threads accumulate: from 10 to 1,030 in 3 readings");
        assert_eq!(report.culprits, ["worker: 1,020 more"]);
    }

    #[test]
    fn memory_that_is_kept_is_told_with_its_arenas_and_a_remedy() {
        let kept = NativeFinding { is_growth: false, ..finding(NativeKind::Fragmentation) };
        let report = report(&kept, &now(), &[]);
        assert_eq!(report.title, "The allocator keeps 200 MB of free memory");
        assert_eq!(report.evidence, ["200 MB are free in 8 arenas, and 40 MB are in use."]);
        assert!(report.advice.contains("MALLOC_ARENA_MAX=2"));
    }

    #[test]
    fn garbage_is_called_no_leak() {
        let garbage = NativeFinding {
            is_growth: false,
            memory: NativeKind::ArrayBuffers,
            ..finding(NativeKind::Waiting)
        };
        let report = report(&garbage, &now(), &[]);
        assert_eq!(
            report.title,
            "ArrayBuffer memory rises until V8 collects garbage, and falls then: up to 200 MB"
        );
        assert!(report.advice.starts_with("This is no leak."));
    }
}
