//! A wall clock that is wrong, for one child process: a C library in front of the system's.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// Shifts what programs read as the time of day; the monotonic clock stays.
const SOURCE: &str = r#"
#define _GNU_SOURCE
#include <dlfcn.h>
#include <sys/time.h>
#include <time.h>

int clock_gettime(clockid_t clock, struct timespec *now) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = dlsym(RTLD_NEXT, "clock_gettime");
    int failed = real(clock, now);
    if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE) now->tv_sec += SHIFT;
    return failed;
}

int gettimeofday(struct timeval *now, void *zone) {
    (void)zone;
    struct timespec real;
    int failed = clock_gettime(CLOCK_REALTIME, &real);
    now->tv_sec = real.tv_sec;
    now->tv_usec = real.tv_nsec / 1000;
    return failed;
}

time_t time(time_t *now) {
    struct timespec real;
    clock_gettime(CLOCK_REALTIME, &real);
    if (now) *now = real.tv_sec;
    return real.tv_sec;
}
"#;

/// Builds the library in `folder` with the C compiler that the workspace needs anyway.
pub(crate) fn build(folder: &Path, seconds: i64) -> PathBuf {
    let (source, library) = (folder.join("clock.c"), folder.join("clock.so"));
    let written = fs::write(&source, SOURCE);
    written.unwrap_or_else(|error| panic!("{}: {error}", source.display()));
    let built = Command::new("cc")
        .args(["-shared", "-fPIC", &format!("-DSHIFT=({seconds})"), "-o"])
        .args([&library, &source])
        .arg("-ldl")
        .status();
    assert!(
        built.is_ok_and(|status| status.success()),
        "cc cannot build {}",
        source.display()
    );
    library
}
