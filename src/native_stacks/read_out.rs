//! Turns addresses into functions and modules.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use rustc_hash::FxHashMap;

use super::{objects::Objects, symbols};
use crate::report::{NativeFrame, NativeStack};

/// Names the frames of stacks: of each, its bytes, samples and addresses. Those that read alike
/// become one; the order is by bytes.
pub(super) fn stacks(objects: &Objects, stacks: &[(u64, u32, Arc<[u64]>)]) -> Vec<NativeStack> {
    let mut wanted: FxHashMap<usize, Vec<u64>> = FxHashMap::default();
    for address in stacks.iter().flat_map(|(.., addresses)| &**addresses) {
        if let Some(object) = objects.of(*address) {
            wanted.entry(object).or_default().push(*address);
        }
    }
    let mut frames: FxHashMap<u64, NativeFrame> = FxHashMap::default();
    for (object, mut addresses) in wanted {
        addresses.sort_unstable();
        addresses.dedup();
        let object = &objects.all[object];
        let file = if object.path.as_os_str().is_empty() {
            std::env::current_exe().unwrap_or_default()
        } else {
            object.path.clone()
        };
        let in_file: Vec<u64> =
            addresses.iter().map(|address| address.wrapping_sub(object.base as u64)).collect();
        let module = module_of(&file);
        for (address, function) in addresses.iter().zip(symbols::names(&file, &in_file)) {
            frames.insert(*address, NativeFrame { function, module: module.clone() });
        }
    }
    let mut read: Vec<NativeStack> = Vec::new();
    let mut known: FxHashMap<Vec<NativeFrame>, usize> = FxHashMap::default();
    for (bytes, samples, addresses) in stacks {
        let mut named: Vec<NativeFrame> =
            addresses.iter().filter_map(|address| frames.get(address).cloned()).collect();
        // What V8 runs JavaScript by says nothing.
        while named.last().is_some_and(is_from_javascript) {
            named.pop();
        }
        let at = *known.entry(named).or_insert_with_key(|frames| {
            read.push(NativeStack { bytes: 0, samples: 0, frames: frames.clone() });
            read.len() - 1
        });
        read[at].bytes += bytes;
        read[at].samples += samples;
    }
    read.sort_by_key(|stack| std::cmp::Reverse(stack.bytes));
    read
}

/// Whether a frame is V8's way from JavaScript to native code.
fn is_from_javascript(frame: &NativeFrame) -> bool {
    frame.function.as_ref().is_some_and(|name| name.starts_with("Builtins_"))
}

/// Returns an object's name: that of its file, after its package if it is in one.
fn module_of(file: &Path) -> String {
    let name = file.file_name().unwrap_or(file.as_os_str()).to_string_lossy().into_owned();
    let parts: Vec<&str> = file.iter().filter_map(|part| part.to_str()).collect();
    let Some(at) = parts.iter().rposition(|part| *part == "node_modules") else { return name };
    let scoped = parts.get(at + 1).is_some_and(|part| part.starts_with('@'));
    let package: PathBuf = parts[at + 1..].iter().take(1 + usize::from(scoped)).collect();
    format!("{} {name}", package.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_is_named_after_its_package_and_file() {
        for (file, module) in [
            ("/usr/lib/libvips.so.42", "libvips.so.42"),
            ("/app/node_modules/sharp/build/sharp.node", "sharp sharp.node"),
            (
                "/app/node_modules/.pnpm/a@1/node_modules/@img/sharp-linux-x64/lib/sharp.node",
                "@img/sharp-linux-x64 sharp.node",
            ),
        ] {
            assert_eq!(module_of(Path::new(file)), module);
        }
    }
}
