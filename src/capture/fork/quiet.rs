//! Checks whether the process's other threads are asleep.
//!
//! A V8 helper that runs at the fork may hold a lock, or have a job to finish for
//! the isolate; the child then exits with a reserved code. Checking first costs
//! microseconds and avoids most of these failures.

use std::{fs, io::Read};

/// Returns whether every thread but the caller and `except` sleeps.
///
/// Also `true` when that is unknown: this is a preference, not a requirement.
pub fn others_sleep(except: &[i32]) -> bool {
    let Ok(threads) = fs::read_dir("/proc/self/task") else { return true };
    let me = own_thread();
    threads
        .flatten()
        .filter_map(|thread| thread.file_name().to_str()?.parse().ok())
        .filter(|thread| *thread != me && !except.contains(thread))
        .all(|thread: i32| state(thread).is_none_or(|state| state == b'S'))
}

/// Returns the kernel's number of the calling thread.
pub fn own_thread() -> i32 {
    // glibc has no such function before 2.30.
    // SAFETY: gettid takes nothing and cannot fail; its answer is an int.
    unsafe { libc::syscall(libc::SYS_gettid) as i32 }
}

/// Returns the state letter: the field after the name, which is in parentheses and
/// may contain parentheses itself.
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
        // It takes a moment to start waiting; then it stays asleep.
        while state(tid) != Some(b'S') {
            thread::yield_now();
        }
        assert_eq!(state(own_thread()), Some(b'R'));
        drop(end);
        waiting.join().expect("it only waited");
    }
}
