//! Resolves the addresses in scripts and source maps on this machine.
//!
//! They are URLs, or relative to one: percent-encoded, with `/` between names, and
//! `file:///C:/app.js` for a file on a drive.

use std::{
    borrow::Cow,
    path::{Path, PathBuf},
};

use percent_encoding::percent_decode_str;

const FILE: &str = "file://";

/// Returns the file behind a script's name; `None` if it is not a file of this machine.
pub(super) fn local_path(file: &str) -> Option<PathBuf> {
    let path = if is_file_url(file) { file_url_path(file, cfg!(windows))? } else { file.into() };
    Path::new(&*path).is_absolute().then(|| PathBuf::from(path.into_owned()))
}

/// Returns the file at `address`, as given by a script or map in `folder`.
pub(super) fn relative_path(folder: &Path, address: &str) -> Option<PathBuf> {
    if is_file_url(address) {
        return local_path(address);
    }
    Some(folder.join(&*decoded(address)))
}

/// Returns the name of a source as a person knows it: a path, or an address other than a
/// file's, such as `webpack://shop/src/cart.ts`. `root` is the map's `sourceRoot`, and
/// `folder` contains the map.
pub(super) fn source_name(folder: &Path, root: &str, source: &str) -> String {
    let slash = if root.is_empty() || root.ends_with('/') { "" } else { "/" };
    let source: Cow<'_, str> = match source {
        source if root.is_empty() || is_absolute(source) => source.into(),
        source => format!("{root}{slash}{source}").into(),
    };
    if is_file_url(&source) {
        return file_url_path(&source, cfg!(windows)).map_or(source.to_string(), Cow::into_owned);
    }
    if source.contains("://") {
        return source.into_owned();
    }
    let source = decoded(&source);
    if is_absolute(&source) {
        return source.into_owned();
    }
    let mut path = folder.to_owned();
    for part in source.split('/') {
        match part {
            ".." => {
                path.pop();
            }
            "." | "" => {}
            part => path.push(part),
        }
    }
    path.to_string_lossy().into_owned()
}

fn is_file_url(address: &str) -> bool {
    address.get(..FILE.len()).is_some_and(|scheme| scheme.eq_ignore_ascii_case(FILE))
}

fn is_absolute(source: &str) -> bool {
    source.starts_with('/') || source.contains("://") || has_drive(source)
}

/// Whether a path begins with a drive, like `C:/`.
fn has_drive(path: &str) -> bool {
    matches!(path.as_bytes(), [letter, b':', b'/' | b'\\', ..] if letter.is_ascii_alphabetic())
}

/// Returns the path in a `file:` URL; `None` for one on another machine.
fn file_url_path(url: &str, windows: bool) -> Option<Cow<'_, str>> {
    let rest = &url[FILE.len()..];
    let (host, path) = rest.split_at(rest.find('/')?);
    let path = decoded(path);
    match host {
        "" | "localhost" if windows && path.get(1..).is_some_and(has_drive) => {
            Some(path[1..].to_owned().into())
        }
        "" | "localhost" => Some(path),
        // A share: `//server/share/app.js`.
        host if windows => Some(format!("//{host}{path}").into()),
        _ => None,
    }
}

/// Decodes percent-encoding; text that would not be valid UTF-8 stays as it is.
fn decoded(text: &str) -> Cow<'_, str> {
    percent_decode_str(text).decode_utf8().unwrap_or(Cow::Borrowed(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_urls_are_paths() {
        let path = |url, windows| file_url_path(url, windows).map(Cow::into_owned);
        let unix = |url| path(url, false);
        assert_eq!(
            unix("file:///srv/my%20app/caf%C3%A9.mjs").as_deref(),
            Some("/srv/my app/café.mjs")
        );
        assert_eq!(unix("file://localhost/srv/app.mjs").as_deref(), Some("/srv/app.mjs"));
        assert_eq!(unix("file://server/share/app.mjs"), None);
        assert_eq!(unix("file:///srv/100%25.mjs").as_deref(), Some("/srv/100%.mjs"));
        assert_eq!(unix("file:///srv/%ff.mjs").as_deref(), Some("/srv/%ff.mjs"), "not UTF-8");
        let windows = |url| path(url, true);
        assert_eq!(windows("file:///C:/my%20app/x.mjs").as_deref(), Some("C:/my app/x.mjs"));
        assert_eq!(windows("file://server/share/x.mjs").as_deref(), Some("//server/share/x.mjs"));
    }

    #[cfg(unix)]
    #[test]
    fn scripts_are_looked_for_where_they_are() {
        let path = |file| local_path(file).map(|path| path.to_string_lossy().into_owned());
        assert_eq!(path("file:///srv/my%20app/x.mjs").as_deref(), Some("/srv/my app/x.mjs"));
        // A path is not a URL.
        assert_eq!(path("/srv/my%20app/x.js").as_deref(), Some("/srv/my%20app/x.js"));
        assert_eq!(path("node:internal/timers"), None);
        assert_eq!(path("evalmachine.<anonymous>"), None);
        let map = |address| {
            relative_path(Path::new("/srv/app/dist"), address)
                .map(|path| path.to_string_lossy().into_owned())
        };
        assert_eq!(map("my%20x.js.map").as_deref(), Some("/srv/app/dist/my x.js.map"));
        assert_eq!(map("file:///maps/my%20x.js.map").as_deref(), Some("/maps/my x.js.map"));
    }

    #[cfg(unix)]
    #[test]
    fn sources_are_resolved_by_their_root_and_the_folder_of_the_map() {
        let name = |root, source| source_name(Path::new("/srv/shop/dist"), root, source);
        assert_eq!(name("", "../src/cart.ts"), "/srv/shop/src/cart.ts");
        assert_eq!(name("../src", "cart.ts"), "/srv/shop/src/cart.ts");
        assert_eq!(name("../src/", "./cart.ts"), "/srv/shop/src/cart.ts");
        assert_eq!(name("/code/src", "cart.ts"), "/code/src/cart.ts");
        assert_eq!(name("file:///code/my%20src", "cart.ts"), "/code/my src/cart.ts");
        assert_eq!(name("webpack://shop", "src/cart.ts"), "webpack://shop/src/cart.ts");
        assert_eq!(name("", "webpack://shop/./src/cart.ts"), "webpack://shop/./src/cart.ts");
        assert_eq!(name("", "../src/my%20cart.ts"), "/srv/shop/src/my cart.ts");
        for absolute in ["/code/cart.ts", "C:/code/cart.ts", "https://code/cart.ts"] {
            assert_eq!(name("/root", absolute), absolute);
        }
    }
}
