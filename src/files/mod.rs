//! Files that are complete or absent: reads snapshots, decompressing them if needed, and
//! writes files that get their name only once they are complete.

mod feed;
mod progress;
mod read;
mod reader;
mod text;
mod whole_file;
mod zstd;

pub use progress::{OnProgress, Progress};
pub use read::{feed_from, read_into, read_snapshot, read_stream};
pub use reader::Reader;
pub use text::read_text;
pub use whole_file::WholeFile;
