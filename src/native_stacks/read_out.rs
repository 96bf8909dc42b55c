//! Turns addresses into functions and modules.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use rustc_hash::FxHashMap;

use super::{Frame, Stack, objects::Objects, symbols};

/// Names the frames of stacks: of each, its bytes, samples and addresses.
pub(super) fn stacks(objects: &Objects, stacks: &[(u64, u32, Arc<[u64]>)]) -> Vec<Stack> {
    let mut wanted: FxHashMap<usize, Vec<u64>> = FxHashMap::default();
    for address in stacks.iter().flat_map(|(.., addresses)| &**addresses) {
        if let Some(object) = objects.of(*address) {
            wanted.entry(object).or_default().push(*address);
        }
    }
    let mut frames: FxHashMap<u64, Frame> = FxHashMap::default();
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
        let names = symbols::names(&file, &in_file);
        let module = module_of(&file);
        for ((address, offset), function) in addresses.iter().zip(in_file).zip(names) {
            frames.insert(*address, Frame { function, module: module.clone(), offset });
        }
    }
    stacks
        .iter()
        .map(|(bytes, samples, addresses)| Stack {
            bytes: *bytes,
            samples: *samples,
            frames: addresses.iter().filter_map(|address| frames.get(address).cloned()).collect(),
        })
        .collect()
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
