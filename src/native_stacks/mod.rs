//! Where native memory is allocated: samples of `malloc` and its kin, by stack.
//!
//! While somebody records, the slots through which loaded objects call the allocator lead to
//! functions of ours ([`patch`], [`hooks`]). One allocation per half a megabyte, on average, is
//! kept until it is freed ([`samples`]), with a copy of the stack that it was made on
//! ([`copies`]). A thread turns the copies that are not freed soon into lists of callers
//! ([`reader`], [`unwind`], [`rules`]), which get names when they are asked for ([`symbols`]).
//!
//! Not seen: what the C library allocates for itself (`strdup`, `getline`), what an object
//! allocates with an allocator of its own, mappings, and everything from before.

#[cfg(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"))]
mod copies;
#[cfg(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"))]
mod hooks;
#[cfg(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"))]
mod objects;
#[cfg(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"))]
mod patch;
#[cfg(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"))]
mod read_out;
#[cfg(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"))]
mod reader;
#[cfg(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"))]
mod recording;
#[cfg(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"))]
mod rules;
#[cfg(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"))]
mod samples;
#[cfg(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"))]
mod symbols;
#[cfg(not(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu")))]
mod unsupported;
#[cfg(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"))]
mod unwind;

#[cfg(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"))]
pub use recording::Recording;
#[cfg(not(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu")))]
pub use unsupported::Recording;
