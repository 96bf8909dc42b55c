//! Names of functions, from the tables of symbols in files.

use std::{fs::File, os::unix::fs::FileExt, path::Path};

/// Length of a symbol in a file (`Elf64_Sym`).
const SYMBOL: usize = 24;
/// Length of a section's header (`Elf64_Shdr`).
const HEADER: usize = 64;

const SYMTAB: u32 = 2;
const DYNSYM: u32 = 11;

/// Returns the names of the functions at `addresses` of an object's file: as they are in the file,
/// not as they are loaded. Unknown is `None`.
///
/// Only reads pieces of the file: it may be replaced meanwhile.
pub(super) fn names(file: &Path, addresses: &[u64]) -> Vec<Option<String>> {
    let found = File::open(file).ok().and_then(|file| {
        let sections = sections(&file)?;
        let table = sections
            .iter()
            .find(|section| section.kind == SYMTAB)
            .or_else(|| sections.iter().find(|section| section.kind == DYNSYM))?;
        let texts = sections.get(table.link as usize)?;
        let nearest = nearest(&file, table, addresses)?;
        Some(
            nearest
                .into_iter()
                .map(|symbol| name(&file, texts.offset + u64::from(symbol?.name)))
                .collect(),
        )
    });
    found.unwrap_or_else(|| vec![None; addresses.len()])
}

struct Section {
    kind: u32,
    link: u32,
    offset: u64,
    size: u64,
}

#[derive(Clone, Copy)]
struct Symbol {
    name: u32,
    start: u64,
}

fn number<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..)?.first_chunk().copied()
}

fn sections(file: &File) -> Option<Vec<Section>> {
    const MOST: u16 = 1 << 10;
    let mut head = [0_u8; 64];
    file.read_exact_at(&mut head, 0).ok()?;
    if head[..6] != *b"\x7fELF\x02\x01" {
        return None;
    }
    let at = u64::from_le_bytes(number(&head, 40)?);
    let count = u16::from_le_bytes(number(&head, 60)?).min(MOST);
    let mut bytes = vec![0; usize::from(count) * HEADER];
    file.read_exact_at(&mut bytes, at).ok()?;
    bytes
        .as_chunks::<HEADER>()
        .0
        .iter()
        .map(|header| {
            Some(Section {
                kind: u32::from_le_bytes(number(header, 4)?),
                link: u32::from_le_bytes(number(header, 40)?),
                offset: u64::from_le_bytes(number(header, 24)?),
                size: u64::from_le_bytes(number(header, 32)?),
            })
        })
        .collect()
}

/// Finds for each address the function that it is in.
fn nearest(file: &File, table: &Section, addresses: &[u64]) -> Option<Vec<Option<Symbol>>> {
    const PIECE: u64 = (SYMBOL as u64) << 12;
    const FUNCTION: u8 = 2;
    const INDIRECT: u8 = 10;
    let mut order: Vec<usize> = (0..addresses.len()).collect();
    order.sort_unstable_by_key(|at| addresses[*at]);
    let sorted: Vec<u64> = order.iter().map(|at| addresses[*at]).collect();
    let mut found = vec![None; addresses.len()];
    let mut bytes = vec![0; PIECE as usize];
    let mut at = 0;
    while at < table.size {
        let piece = &mut bytes[..PIECE.min(table.size - at) as usize];
        file.read_exact_at(piece, table.offset + at).ok()?;
        at += piece.len() as u64;
        for symbol in piece.as_chunks::<SYMBOL>().0 {
            let (start, size) =
                (u64::from_le_bytes(number(symbol, 8)?), u64::from_le_bytes(number(symbol, 16)?));
            if !matches!(symbol[4] & 0xf, FUNCTION | INDIRECT) || start == 0 {
                continue;
            }
            let name = u32::from_le_bytes(number(symbol, 0)?);
            let first = sorted.partition_point(|address| *address < start);
            // Assembly may have no size.
            let end = start.saturating_add(size.max(1));
            for (address, place) in sorted.iter().zip(&order).skip(first) {
                if *address >= end {
                    break;
                }
                found[*place] = Some(Symbol { name, start })
                    .filter(|new| {
                        found[*place].is_none_or(|known: Symbol| known.start <= new.start)
                    })
                    .or(found[*place]);
            }
        }
    }
    Some(found)
}

/// Reads the name at `at` of a file.
fn name(file: &File, at: u64) -> Option<String> {
    const MOST: usize = 4096;
    let mut bytes = vec![0; MOST];
    let read = file.read_at(&mut bytes, at).ok()?;
    let name = bytes[..read].split(|byte| *byte == 0).next()?;
    let name = str::from_utf8(name).ok().filter(|name| !name.is_empty())?;
    Some(readable(name))
}

/// Returns a name as its language writes it.
fn readable(name: &str) -> String {
    if let Ok(rust) = rustc_demangle::try_demangle(name) {
        return format!("{rust:#}");
    }
    cpp_demangle::Symbol::new(name)
        .ok()
        .and_then(|symbol| {
            symbol.demangle_with_options(&cpp_demangle::DemangleOptions::new().no_params()).ok()
        })
        .unwrap_or_else(|| name.to_owned())
}
