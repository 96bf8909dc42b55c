//! Files that come and go whole: snapshots are read, unpacked if need be, and what is written
//! has its name only when all of it is there.

mod feed;
mod progress;
mod read;
mod whole_file;

pub use progress::{OnProgress, Progress};
pub use read::{read_into, read_snapshot, read_stream};
pub use whole_file::WholeFile;
