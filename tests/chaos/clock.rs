//! The machine's clock is set forward and back under running instances.

use crate::feeder::Feeder;
use crate::instances::Instances;
use crate::recovery::Progress;
use crate::verdict::assert_exact;
use crate::world::{PARTITIONS, job, options};
use bystander_testkit::{Isolation, kafka_or_skip};
use std::fs;
use std::os::unix::fs::{FileExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

/// Within what brokers accept of a record's time: an hour ahead, by default.
const STEP: i64 = 50 * 60;

/// Adds what a file says to the clock of a process. The clock that only goes forward is left alone, as it is when a
/// machine's clock is set.
const SHIM: &str = r#"
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>
static volatile int64_t *seconds;
__attribute__((constructor)) static void find(void) {
    const char *name = getenv("CLOCK_FILE");
    int file = name ? open(name, O_RDONLY) : -1;
    void *found = file < 0 ? MAP_FAILED : mmap(0, 8, PROT_READ, MAP_SHARED, file, 0);
    seconds = found == MAP_FAILED ? 0 : found;
}
int clock_gettime(clockid_t clock, struct timespec *now) {
    int failed = syscall(SYS_clock_gettime, clock, now);
    if (!failed && seconds && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) now->tv_sec += *seconds;
    return failed;
}
int gettimeofday(struct timeval *now, void *zone) {
    struct timespec exact;
    (void)zone;
    if (clock_gettime(CLOCK_REALTIME, &exact)) return -1;
    now->tv_sec = exact.tv_sec;
    now->tv_usec = exact.tv_nsec / 1000;
    return 0;
}
time_t time(time_t *now) {
    struct timespec exact;
    clock_gettime(CLOCK_REALTIME, &exact);
    if (now) *now = exact.tv_sec;
    return exact.tv_sec;
}
/* A wait until a time of day. The kernel's ends by the clock as it is set meanwhile, and so does this. */
int pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex, const struct timespec *until) {
    for (;;) {
        struct timespec now, slice;
        clock_gettime(CLOCK_REALTIME, &now);
        int64_t left = (until->tv_sec - now.tv_sec) * INT64_C(1000000000) + until->tv_nsec - now.tv_nsec;
        if (left <= 0) return ETIMEDOUT;
        if (left > 20000000) left = 20000000;
        clock_gettime(CLOCK_MONOTONIC, &slice);
        slice.tv_nsec += left;
        if (slice.tv_nsec >= 1000000000) { slice.tv_sec++; slice.tv_nsec -= 1000000000; }
        int ended = pthread_cond_clockwait(condition, mutex, CLOCK_MONOTONIC, &slice);
        if (ended != ETIMEDOUT) return ended;
    }
}
/* By which the client library waits; the C library's types are the same. */
int cnd_timedwait(cnd_t *condition, mtx_t *mutex, const struct timespec *until) {
    int ended = pthread_cond_timedwait((pthread_cond_t *)condition, (pthread_mutex_t *)mutex, until);
    return ended == 0 ? thrd_success : ended == ETIMEDOUT ? thrd_timedout : thrd_error;
}
"#;

/// The clock of processes that are started by [`Clock::binary`].
struct Clock {
    file: fs::File,
    binary: PathBuf,
}

impl Clock {
    fn new(folder: &Path) -> Self {
        let (source, library) = (folder.join("clock.c"), folder.join("clock.so"));
        fs::write(&source, SHIM).unwrap();
        let made =
            Command::new("cc").args(["-shared", "-fPIC", "-O1", "-o"]).arg(&library).arg(&source).status();
        assert!(made.unwrap().success(), "cc is there: it links the product");
        let offset = folder.join("clock");
        fs::write(&offset, 0i64.to_ne_bytes()).unwrap();
        let binary = folder.join("bystander-with-clock");
        let script = format!(
            "#!/bin/sh\nCLOCK_FILE={} LD_PRELOAD={} exec {} \"$@\"\n",
            offset.display(),
            library.display(),
            env!("CARGO_BIN_EXE_bystander")
        );
        fs::write(&binary, script).unwrap();
        fs::set_permissions(&binary, fs::Permissions::from_mode(0o755)).unwrap();
        Self { file: fs::OpenOptions::new().write(true).open(offset).unwrap(), binary }
    }

    fn set(&self, seconds: i64) {
        self.file.write_all_at(&seconds.to_ne_bytes(), 0).unwrap();
    }
}

#[test]
fn a_clock_that_is_set_forward_and_back_loses_doubles_and_stops_nothing() {
    let name = "a_clock_that_is_set_forward_and_back_loses_doubles_and_stops_nothing";
    let cluster = kafka_or_skip!(name, options());
    let job = job(&cluster, &cluster, 2);
    let folder = tempfile::tempdir().unwrap();
    let clock = Clock::new(folder.path());
    let feeder = Feeder::start(&job);
    let mut instances = Instances::start_by(&job, 1, Some(clock.binary.clone()));
    let progress = Progress::new(&job, 2 * PARTITIONS as usize);
    progress.everywhere("work begins", &mut instances, &Default::default());
    for seconds in [STEP, -STEP, STEP, 0] {
        clock.set(seconds);
        // Twice: the first commit may have begun before the step.
        for _ in 0..2 {
            let since = progress.now();
            progress.everywhere(&format!("work at {seconds} s"), &mut instances, &since);
        }
    }
    // One more instance takes shards over with a clock that is behind.
    clock.set(-STEP);
    instances.kill(0);
    instances.add();
    let since = progress.now();
    progress.everywhere("a takeover", &mut instances, &since);
    feeder.stop();
    instances.end();
    assert_exact(&job);

    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as i64;
    let written = cluster.consume(&job.plan.comparisons, Isolation::Committed).unwrap();
    let ahead = written.iter().map(|record| record.timestamp - now).max().unwrap();
    let behind = written.iter().map(|record| now - record.timestamp).max().unwrap();
    let most = STEP * 1_000 - 600_000;
    assert!(ahead > most && behind > most, "the clock was set: {ahead} and {behind} ms");
}
