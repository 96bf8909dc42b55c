//! Finds the roots: the references that V8 holds for itself and for Node.
//!
//! Nothing describes where these are, so each capture searches for them by their
//! patterns. A table of offsets would not fit another build; a pattern that is not
//! found, or found where it makes no sense, ends the walk.
//!
//! ```text
//! isolate ┌─────────────────────────────┐
//!         │ roots table: undefined, ... │  every tagged word of the isolate is a
//!         │ builtins, pending errors    │  root, but for the heads of weak lists
//!         │ ...                         │
//!         │ handle data: next, limit ───┼─▶ the block of 1,022 words that the newest
//!         │ blocks of handles ──────────┼─▶ begin, end    handle is in, and those before
//!         │ eternal handles ────────────┼─▶ size, blocks of 256 words
//!         │ begin, end, limit ──────────┼─▶ objects that the startup snapshot's code needs
//!         └─────────────────────────────┘
//! napi_ref ─▶ node of 32 bytes in a block of 256: a global handle. The blocks know
//!             each other.
//! native context ─▶ its last word: the queue of microtasks.
//! ```
//!
//! The stack is not read: a capture begins from a timer, and has only Node's and
//! seep's functions below it. Traced handles, which cppgc keeps, are not followed:
//! in Node they belong to few objects, which others hold too.

use super::{
    Anchors,
    heap::{Heap, is_reference, smi},
    layout::Kind,
    memory::{Memory, Words},
    scan::{Scan, Stop},
    table::List,
};

/// Indices of the sorts in [`wire::ROOTS`](super::wire::ROOTS).
mod sort {
    pub(super) const ISOLATE: usize = 0;
    pub(super) const GLOBAL: usize = 1;
    pub(super) const SCOPE: usize = 2;
    pub(super) const ETERNAL: usize = 3;
    pub(super) const MICROTASK: usize = 4;
    pub(super) const STARTUP: usize = 5;
}

/// Words of a block of handles (`kHandleBlockSize`, src/api/api.h).
const HANDLE_BLOCK: u64 = 1022;
/// Nodes of a block of global handles (`NodeBlock::kBlockSize`,
/// src/handles/global-handles.cc), and the size of one.
const NODES: u64 = 256;
const NODE_BYTES: u64 = 32;
/// The state of a strong node (`NodeState::NORMAL`); weak ones are 2, free ones 0.
const STRONG: u64 = 1;
/// Words of a block of eternal handles (`EternalHandles::kSize`).
const ETERNALS: u64 = 256;
/// A longer list of blocks is not one.
const MOST_BLOCKS: u64 = 1 << 16;

/// Writes all roots, and puts them on the stack.
///
/// # Errors
///
/// [`Stop::Doubt`] if one of the patterns is not found.
pub fn take(scan: &mut Scan<'_>, anchors: &Anchors) -> Result<(), Stop> {
    let mut found = List::new(1 << 12, &mut scan.heap().arena).ok_or(Stop::NoRoom)?;
    let isolate = scan
        .heap()
        .pages
        .memory()
        .words(anchors.isolate, anchors.isolate_bytes / 8)
        .ok_or(Stop::Doubt)?;
    let context = of_isolate(scan.heap(), isolate, anchors, &mut found)?;
    scan.roots(sort::ISOLATE, found.as_slice())?;
    found.clear();
    of_global_handles(scan.heap(), anchors, &mut found)?;
    scan.roots(sort::GLOBAL, found.as_slice())?;
    found.clear();
    of_handle_scopes(scan.heap(), isolate, anchors, &mut found)?;
    scan.roots(sort::SCOPE, found.as_slice())?;
    found.clear();
    of_eternal_handles(scan.heap(), isolate, &mut found)?;
    scan.roots(sort::ETERNAL, found.as_slice())?;
    found.clear();
    of_microtasks(scan.heap(), context, &mut found)?;
    scan.roots(sort::MICROTASK, found.as_slice())?;
    found.clear();
    of_startup_cache(scan.heap(), isolate, &mut found)?;
    scan.roots(sort::STARTUP, found.as_slice())
}

fn add(heap: &mut Heap<'_>, word: u64, to: &mut List<u64>) -> Result<Option<Kind>, Stop> {
    let Some((kind, _)) = heap.kind_of(word) else { return Ok(None) };
    to.push(word, &mut heap.arena).ok_or(Stop::NoRoom)?;
    Ok(Some(kind))
}

/// Takes every tagged word of the isolate; returns its native context.
fn of_isolate(
    heap: &mut Heap<'_>,
    isolate: Words,
    anchors: &Anchors,
    to: &mut List<u64>,
) -> Result<Words, Stop> {
    let table = (anchors.roots - anchors.isolate) / 8;
    // Beyond the roots table, such a word is the head of a list of weak references
    // (`native_contexts_list_`, `allocation_sites_list_` and
    // `dirty_js_finalization_registries_list_`, src/heap/heap.h).
    let after_table = table + anchors.root_count;
    let mut context = None;
    for index in 0..isolate.len() {
        let word = isolate.get(index);
        let Some((kind, object)) = heap.kind_of(word) else { continue };
        let is_list = matches!(
            kind,
            Kind::NativeContext | Kind::AllocationSite | Kind::JsFinalizationRegistry
        );
        if kind == Kind::NativeContext {
            context.get_or_insert(object);
        }
        let is_root = (table..after_table).contains(&index);
        let is_weak = is_list && index > after_table;
        let is_left_out = is_weak || is_root && is_number_cache(heap, kind, object);
        if !is_left_out {
            to.push(word, &mut heap.arena).ok_or(Stop::NoRoom)?;
        }
    }
    context.ok_or(Stop::Doubt)
}

/// Returns whether a root is the cache of strings of numbers (`number_string_cache`), which a
/// collection empties: V8 collects before it writes a snapshot, a walk does not. It consists of
/// pairs of a number and its string.
fn is_number_cache(heap: &mut Heap<'_>, kind: Kind, array: Words) -> bool {
    if kind != Kind::FixedArray {
        return false;
    }
    let end = 2 + heap.length(array);
    let mut is_any = false;
    for index in (2..end.saturating_sub(1)).step_by(2) {
        let (number, text) = (array.get(index), array.get(index + 1));
        if !heap.kind_of(text).is_some_and(|(kind, _)| kind.is_string()) {
            continue;
        }
        let is_number = number & 1 == 0
            || heap.kind_of(number).is_some_and(|(kind, _)| kind == Kind::HeapNumber);
        if !is_number {
            return false;
        }
        is_any = true;
    }
    is_any
}

/// Takes all strong global handles, starting from the block of one known handle.
///
/// ```text
/// node    object  class  index flags  data  callback      256 of 32 bytes
/// links   next block, global handles, space, next and previous in use
/// ```
fn of_global_handles(
    heap: &mut Heap<'_>,
    anchors: &Anchors,
    to: &mut List<u64>,
) -> Result<(), Stop> {
    let memory = heap.pages.memory();
    let node = memory.words(anchors.node, 2).ok_or(Stop::Doubt)?;
    let block = anchors.node - NODE_BYTES * (node.get(1) >> 16 & 0xff);
    let owners = links(memory, block).map(|links| (links.get(1), links.get(2)));
    let (owner, space) = owners.ok_or(Stop::Doubt)?;
    let mut blocks = List::new(64, &mut heap.arena).ok_or(Stop::NoRoom)?;
    blocks.push(block, &mut heap.arena).ok_or(Stop::NoRoom)?;
    let mut next = 0;
    while let Some(block) = blocks.get(next) {
        next += 1;
        let links = links(memory, block).ok_or(Stop::Doubt)?;
        for neighbour in [links.get(0), links.get(3), links.get(4)] {
            let is_block = self::links(memory, neighbour)
                .is_some_and(|links| (links.get(1), links.get(2)) == (owner, space));
            if is_block && !blocks.as_slice().contains(&neighbour) {
                blocks.push(neighbour, &mut heap.arena).ok_or(Stop::NoRoom)?;
            }
        }
        for index in 0..NODES {
            let node = memory.words(block + NODE_BYTES * index, 2).ok_or(Stop::Doubt)?;
            let flags = node.get(1);
            if flags >> 16 & 0xff != index {
                return Err(Stop::Doubt); // not where a node says which it is
            }
            if flags >> 24 & 3 == STRONG {
                add(heap, node.get(0), to)?;
            }
        }
    }
    Ok(())
}

fn links(memory: Memory, block: u64) -> Option<Words> {
    memory.words(block.checked_add(NODES * NODE_BYTES)?, 5)
}

/// Takes the handles of all open scopes: they are in blocks, of which the last is used
/// up to the newest handle.
fn of_handle_scopes(
    heap: &mut Heap<'_>,
    isolate: Words,
    anchors: &Anchors,
    to: &mut List<u64>,
) -> Result<(), Stop> {
    let memory = heap.pages.memory();
    let next = anchors.newest_handle + 8;
    let data = (0..isolate.len()).find(|&index| {
        let limit = isolate.get(index + 1);
        isolate.get(index) == next && limit >= next && limit - next <= HANDLE_BLOCK * 8
    });
    let limit = isolate.get(data.ok_or(Stop::Doubt)? + 1);
    let last = limit - HANDLE_BLOCK * 8;
    for index in 0..isolate.len() {
        let Some(implementer) = outside(memory, isolate, isolate.get(index)) else { continue };
        for field in 0..6 {
            let Some((blocks, count)) = vector(memory, implementer, field) else { continue };
            if blocks.get(count - 1) != last {
                continue;
            }
            for block in 0..count {
                let at = blocks.get(block);
                let end = if block + 1 == count { next } else { at + HANDLE_BLOCK * 8 };
                let words = memory.words(at, end.saturating_sub(at) / 8).ok_or(Stop::Doubt)?;
                for index in 0..words.len() {
                    add(heap, words.get(index), to)?;
                }
            }
            return Ok(());
        }
    }
    Err(Stop::Doubt)
}

/// Takes the eternal handles, which are never freed: a count, and blocks.
fn of_eternal_handles(heap: &mut Heap<'_>, isolate: Words, to: &mut List<u64>) -> Result<(), Stop> {
    let memory = heap.pages.memory();
    for index in 0..isolate.len() {
        let Some(handles) = outside(memory, isolate, isolate.get(index)) else { continue };
        let size = handles.get(0) & 0xffff_ffff;
        if !(16..MOST_BLOCKS).contains(&size) {
            continue;
        }
        for field in 1..6 {
            let Some((blocks, count)) = vector(memory, handles, field) else { continue };
            let is_it = count == size.div_ceil(ETERNALS)
                && memory.words(blocks.get(0), size.min(ETERNALS)).is_some_and(|words| {
                    (0..16).all(|index| heap.kind_of(words.get(index)).is_some())
                });
            if !is_it {
                continue;
            }
            for handle in 0..size {
                let block = blocks.get(handle / ETERNALS) + handle % ETERNALS * 8;
                if let Some(word) = memory.word(block) {
                    add(heap, word, to)?;
                }
            }
            return Ok(());
        }
    }
    Err(Stop::Doubt)
}

/// Takes the microtasks, which run when the stack is empty: a ring, to which the last
/// word of the native context leads.
fn of_microtasks(heap: &mut Heap<'_>, context: Words, to: &mut List<u64>) -> Result<(), Stop> {
    let memory = heap.pages.memory();
    let slots = u64::try_from(smi(context.get(1))).unwrap_or(0);
    let queue = memory.words(context.get(2 + slots), 5).ok_or(Stop::Doubt)?;
    let [count, capacity, start] = [1, 2, 3].map(|index| queue.get(index));
    if count == 0 {
        return Ok(());
    }
    if !capacity.is_power_of_two() || count > capacity || start >= capacity {
        return Err(Stop::Doubt);
    }
    let ring = memory.words(queue.get(4), capacity).ok_or(Stop::Doubt)?;
    for index in 0..count {
        add(heap, ring.get((start + index) % capacity), to)?;
    }
    Ok(())
}

/// Takes the objects that the code of the startup snapshot shares
/// (`startup_object_cache_`, src/execution/isolate.h): vectors of objects alone. The
/// two vectors of external strings (`external_string_table_`) are weak.
fn of_startup_cache(heap: &mut Heap<'_>, isolate: Words, to: &mut List<u64>) -> Result<(), Stop> {
    /// The vectors of the four versions have hundreds.
    const LEAST: u64 = 32;
    let memory = heap.pages.memory();
    for index in 0..isolate.len().saturating_sub(2) {
        let [begin, end, limit] = [0, 1, 2].map(|field| isolate.get(index + field));
        let count = end.saturating_sub(begin) / 8;
        if end % 8 != 0 || limit < end || !(LEAST..=MOST_BLOCKS).contains(&count) {
            continue;
        }
        let Some(objects) = memory.words(begin, count) else { continue };
        let is_one = (0..count).all(|index| {
            let kind = heap.kind_of(objects.get(index)).map(|(kind, _)| kind);
            kind.is_some_and(|kind| index > 0 || kind != Kind::ExternalString)
        });
        if is_one {
            for index in 0..count {
                add(heap, objects.get(index), to)?;
            }
        }
    }
    Ok(())
}

/// Returns the first nine words at an address found in the isolate, if it is outside the
/// isolate.
fn outside(memory: Memory, isolate: Words, at: u64) -> Option<Words> {
    let inside = isolate.start()..isolate.start() + isolate.len() * 8;
    if is_reference(at) || inside.contains(&at) { None } else { memory.words(at, 9) }
}

/// Returns the addresses in the vector at word `field` of `object`: it has a begin and an
/// end, or a begin, a capacity and a count (`DetachableVector`).
fn vector(memory: Memory, object: Words, field: u64) -> Option<(Words, u64)> {
    let [begin, second, third] = [0, 1, 2].map(|index| object.get(field + index));
    let count = match second.checked_sub(begin) {
        Some(bytes) if bytes > 0 && bytes % 8 == 0 && bytes / 8 <= MOST_BLOCKS => bytes / 8,
        _ if (1..=second).contains(&third) && second <= MOST_BLOCKS => third,
        _ => return None,
    };
    Some((memory.words(begin, count)?, count))
}
