//! V8's C++ functions by their mangled names.

use std::ffi::c_int;

use crate::symbols::address;

/// Frames of a stack that V8 notes: the first of an application's was the 62nd at most.
const DEPTH: c_int = 64;
/// No collection when it is started, and none for what is read.
const NO_FLAGS: c_int = 0;

/// What sampling takes.
#[derive(Clone, Copy)]
pub(super) struct Functions {
    current: extern "C" fn() -> u64,
    profiler: extern "C" fn(u64) -> u64,
    start: extern "C" fn(u64, u64, c_int, c_int) -> bool,
    stop: extern "C" fn(u64),
    profile: Option<extern "C" fn(u64) -> u64>,
    object_id: Option<extern "C" fn(u64, u64) -> u32>,
}

/// The virtual functions of an `AllocationProfile`, in their order: the root of its tree, the
/// samples, and two destructors, of which the second frees its memory.
#[repr(C)]
struct Methods {
    root: extern "C" fn(u64) -> u64,
    _samples: usize,
    _destroy: usize,
    delete: extern "C" fn(u64),
}

impl Functions {
    /// The functions of the running binary; `None` where one is missing.
    pub(super) fn find() -> Option<Self> {
        let current = address(c"_ZN2v87Isolate10GetCurrentEv")?;
        let profiler = address(c"_ZN2v87Isolate15GetHeapProfilerEv")?;
        let start =
            address(c"_ZN2v812HeapProfiler25StartSamplingHeapProfilerEmiNS0_13SamplingFlagsE")?;
        let stop = address(c"_ZN2v812HeapProfiler24StopSamplingHeapProfilerEv")?;
        let profile = address(c"_ZN2v812HeapProfiler20GetAllocationProfileEv");
        let object_id = address(c"_ZN2v812HeapProfiler11GetObjectIdENS_5LocalINS_5ValueEEE");
        // SAFETY: the mangled names say the parameters; a method's first is its object.
        unsafe {
            Some(Self {
                current: std::mem::transmute::<*mut libc::c_void, extern "C" fn() -> u64>(current),
                profiler: std::mem::transmute::<*mut libc::c_void, extern "C" fn(u64) -> u64>(
                    profiler,
                ),
                start: std::mem::transmute::<
                    *mut libc::c_void,
                    extern "C" fn(u64, u64, c_int, c_int) -> bool,
                >(start),
                stop: std::mem::transmute::<*mut libc::c_void, extern "C" fn(u64)>(stop),
                profile: profile.map(|it| {
                    std::mem::transmute::<*mut libc::c_void, extern "C" fn(u64) -> u64>(it)
                }),
                object_id: object_id.map(|it| {
                    std::mem::transmute::<*mut libc::c_void, extern "C" fn(u64, u64) -> u32>(it)
                }),
            })
        }
    }

    /// The isolate that runs on this thread, and its profiler; `None` where none does.
    pub(super) fn isolate(&self) -> Option<(u64, u64)> {
        let isolate = (self.current)();
        if isolate == 0 {
            return None;
        }
        let profiler = (self.profiler)(isolate);
        (profiler != 0).then_some((isolate, profiler))
    }

    /// Begins to sample; false where somebody does already.
    pub(super) fn start(&self, profiler: u64, interval: u64) -> bool {
        (self.start)(profiler, interval, DEPTH, NO_FLAGS)
    }

    /// Returns the id that V8's snapshots have for the object behind a handle; `None` if this
    /// binary cannot say.
    pub(super) fn object_id(&self, profiler: u64, handle: u64) -> Option<u32> {
        self.object_id.map(|object_id| object_id(profiler, handle))
    }

    /// Calls `with` with the root of V8's profile of the samples; `None` if there is none.
    pub(super) fn with_profile<T>(&self, profiler: u64, with: impl FnOnce(u64) -> T) -> Option<T> {
        let profile = self.profile.map(|profile| profile(profiler)).filter(|it| *it != 0)?;
        // SAFETY: V8 has just made the object, whose first word is the address of its virtual
        // functions, of which there are four.
        let methods: &Methods = unsafe { *(profile as *const &Methods) };
        let result = with((methods.root)(profile));
        (methods.delete)(profile);
        Some(result)
    }

    /// Ends sampling, whoever has begun it.
    pub(super) fn stop(&self, profiler: u64) {
        (self.stop)(profiler);
    }
}
