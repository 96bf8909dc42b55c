//! The relocations of loaded objects: which slot is for which function.
//!
//! Every loaded object calls the C library through slots that the loader fills.

use std::{ffi::CStr, mem::size_of, slice};

/// Entries of an object's dynamic section, from the ELF specification.
mod tag {
    pub(super) const PLTRELSZ: u64 = 2;
    pub(super) const STRTAB: u64 = 5;
    pub(super) const SYMTAB: u64 = 6;
    pub(super) const RELA: u64 = 7;
    pub(super) const RELASZ: u64 = 8;
    pub(super) const STRSZ: u64 = 10;
    pub(super) const JMPREL: u64 = 23;
}

/// Objects whose own slots are not patched: they implement what the others call.
const LEFT_ALONE: [&str; 7] =
    ["libc.so", "libc-", "libc.musl", "libpthread", "ld-linux", "ld-musl", "linux-vdso"];

/// What a slot is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A function that is called through the slot (`JUMP_SLOT`).
    Call,
    /// An address that code loads (`GLOB_DAT`).
    Address,
    /// An address in the program's own data.
    Data,
}

impl Kind {
    /// From the processors' ABI supplements. On other processors nothing is found.
    fn of(relocation: u32) -> Option<Self> {
        #[cfg(target_arch = "x86_64")]
        const TYPES: [u32; 3] = [7, 6, 1]; // R_X86_64_JUMP_SLOT, _GLOB_DAT, _64
        #[cfg(target_arch = "aarch64")]
        const TYPES: [u32; 3] = [1026, 1025, 257]; // R_AARCH64_JUMP_SLOT, _GLOB_DAT, _ABS64
        #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
        const TYPES: [u32; 0] = [];
        let kinds = [Self::Call, Self::Address, Self::Data];
        TYPES.iter().zip(kinds).find(|(number, _)| **number == relocation).map(|(_, kind)| kind)
    }
}

/// One slot that refers to a symbol.
#[derive(Clone, Copy, Debug)]
pub struct Relocation<'a> {
    /// What it is.
    pub kind: Kind,
    /// Where the slot is.
    pub address: usize,
    /// The object's names from this symbol's on.
    names: &'a [u8],
}

impl<'a> Relocation<'a> {
    /// Returns the name of the symbol.
    pub fn name(&self) -> &'a [u8] {
        self.names.split(|byte| *byte == 0).next().unwrap_or_default()
    }

    /// Whether the symbol has this name: quicker than to find its end.
    pub fn is_named(&self, name: &[u8]) -> bool {
        self.names.starts_with(name) && self.names.get(name.len()) == Some(&0)
    }
}

/// The relocations of one object.
#[derive(Debug)]
pub struct Relocations<'a> {
    base: usize,
    tables: [&'a [libc::Elf64_Rela]; 2],
    symbols: *const libc::Elf64_Sym,
    names: &'a [u8],
}

impl<'a> Relocations<'a> {
    /// Reads the object's dynamic section.
    ///
    /// # Safety
    ///
    /// The object must be loaded, with its segments mapped as its headers say.
    pub unsafe fn of(object: &'a libc::dl_phdr_info) -> Option<Self> {
        let base = object.dlpi_addr as usize;
        // SAFETY: as the caller promises.
        let headers =
            unsafe { slice::from_raw_parts(object.dlpi_phdr, usize::from(object.dlpi_phnum)) };
        let dynamic = headers.iter().find(|header| header.p_type == libc::PT_DYNAMIC)?;
        let count = dynamic.p_memsz as usize / size_of::<[u64; 2]>();
        let at = (base + dynamic.p_vaddr as usize) as *const [u64; 2];
        // SAFETY: the dynamic segment is mapped, aligned, and so long.
        let entries = unsafe { slice::from_raw_parts(at, count) };
        let value = |wanted: u64| {
            entries.iter().take_while(|e| e[0] != 0).find(|e| e[0] == wanted).map(|e| e[1] as usize)
        };
        // glibc has made the pointers absolute, musl leaves them as in the file.
        let address = |wanted| value(wanted).map(|at| if at < base { base + at } else { at });
        let table = |at, length| {
            let length = value(length).unwrap_or(0) / size_of::<libc::Elf64_Rela>();
            // SAFETY: the table is mapped, aligned, and so long.
            address(at).map_or(&[][..], |at| unsafe {
                slice::from_raw_parts(at as *const libc::Elf64_Rela, length)
            })
        };
        // SAFETY: the string table is mapped, and so long.
        let names = unsafe {
            slice::from_raw_parts(address(tag::STRTAB)? as *const u8, value(tag::STRSZ)?)
        };
        Some(Self {
            base,
            tables: [table(tag::JMPREL, tag::PLTRELSZ), table(tag::RELA, tag::RELASZ)],
            symbols: address(tag::SYMTAB)? as *const libc::Elf64_Sym,
            names,
        })
    }

    /// Calls `with` for each slot. Does not allocate.
    pub fn each(&self, mut with: impl FnMut(Relocation<'a>)) {
        for relocation in self.tables.iter().copied().flatten() {
            // ELF64_R_TYPE and ELF64_R_SYM.
            let (kind, symbol) = (relocation.r_info as u32, (relocation.r_info >> 32) as usize);
            let Some(kind) = Kind::of(kind) else { continue };
            if kind == Kind::Data && relocation.r_addend != 0 {
                continue;
            }
            // SAFETY: a relocation's symbol lies in the object's symbol table.
            let name = unsafe { (*self.symbols.add(symbol)).st_name } as usize;
            let Some(names) = self.names.get(name..) else { continue };
            with(Relocation { kind, address: self.base + relocation.r_offset as usize, names });
        }
    }
}

/// Returns the path of a loaded object; empty for the program itself.
pub fn path_of(object: &libc::dl_phdr_info) -> &[u8] {
    if object.dlpi_name.is_null() {
        return &[];
    }
    // SAFETY: the loader's names are C strings that live as long as the object.
    unsafe { CStr::from_ptr(object.dlpi_name) }.to_bytes()
}

/// Whether an object is the C library, or the loader.
pub fn is_the_c_library(object: &libc::dl_phdr_info) -> bool {
    let name = path_of(object);
    let file = name.rsplit(|byte| *byte == b'/').next().unwrap_or(name);
    LEFT_ALONE.iter().any(|left| file.starts_with(left.as_bytes()))
}
