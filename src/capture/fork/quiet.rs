//! Whether this is a moment at which the process's other threads sleep.
//!
//! A V8 helper that runs at the fork may hold a lock, or owe the isolate the
//! end of a job; the child then leaves with a reserved code. Asking first costs
//! microseconds and saves most of these failures.

use std::{fs, io::Read};

/// Whether every thread but the caller and `except` sleeps.
///
/// `true` also when it cannot be told: this is a preference, not a condition.
pub fn others_sleep(except: &[i32]) -> bool {
    let Ok(threads) = fs::read_dir("/proc/self/task") else { return true };
    let me = own_thread();
    threads
        .flatten()
        .filter_map(|thread| thread.file_name().to_str()?.parse().ok())
        .filter(|thread| *thread != me && !except.contains(thread))
        .all(|thread: i32| state(thread).is_none_or(|state| state == b'S'))
}

/// The kernel's number of the calling thread.
pub fn own_thread() -> i32 {
    // The function of that name is missing in glibc before 2.30.
    // SAFETY: gettid takes nothing and cannot fail; its answer is an int.
    unsafe { libc::syscall(libc::SYS_gettid) as i32 }
}

/// The state letter: the field after the name, which stands in parentheses and
/// may contain any of them.
fn state(thread: i32) -> Option<u8> {
    let mut stat = [0; 512];
    let mut file = fs::File::open(format!("/proc/self/task/{thread}/stat")).ok()?;
    let length = file.read(&mut stat).ok()?;
    let name_ends = stat[..length].iter().rposition(|byte| *byte == b')')?;
    stat.get(name_ends + 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{sync::mpsc, thread};

    #[test]
    fn a_waiting_thread_sleeps_and_this_one_runs() {
        let (tell_tid, tid) = mpsc::channel();
        let (end, wait) = mpsc::channel::<()>();
        let waiting = thread::spawn(move || {
            tell_tid.send(own_thread()).expect("the test listens");
            let _ = wait.recv();
        });
        let tid = tid.recv().expect("it says its number");
        // It needs a moment from telling to waiting; then it sleeps for good.
        while state(tid) != Some(b'S') {
            thread::yield_now();
        }
        assert_eq!(state(own_thread()), Some(b'R'));
        drop(end);
        waiting.join().expect("it only waited");
    }
}
