//! The folder that a run writes into: drafts in `.pending/`, which no reader looks into, then final names.

use crate::error::unusable;
use bystander_pipeline::Failure;
use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::thread;

/// Where drafts stand.
const PENDING: &str = ".pending";
/// Held for as long as the folder is open.
const LOCK: &str = "lock";

/// An output folder, held by this process alone.
#[derive(Debug)]
pub struct OutputFolder {
    root: PathBuf,
    /// Unlocked when it is dropped, or when the process dies.
    _lock: File,
}

impl OutputFolder {
    /// Opens the folder, which is made if it isn't there, and removes drafts that a killed run left behind.
    ///
    /// # Errors
    /// When it can't be made or written to, or another process has it open.
    pub fn open(root: impl Into<PathBuf>) -> Result<Self, Failure> {
        let root = root.into();
        let pending = root.join(PENDING);
        fs::create_dir_all(&pending).map_err(|error| unusable("make", &pending, &error))?;
        let lock_path = pending.join(LOCK);
        let lock = OpenOptions::new().create(true).truncate(false).write(true).open(&lock_path);
        let lock = lock.map_err(|error| unusable("write", &lock_path, &error))?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => Failure::lasting(
                format!("another process writes into {}", root.display()),
                "wait until it ends, or choose another folder",
            ),
            TryLockError::Error(error) => unusable("lock", &lock_path, &error),
        })?;
        let folder = Self { root, _lock: lock };
        folder.remove_drafts()?;
        Ok(folder)
    }

    /// The folder itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn pending(&self) -> PathBuf {
        self.root.join(PENDING)
    }

    /// Makes the folder at `relative`; folders whose entries that changed go to `touched`.
    pub(crate) fn make(&self, relative: &str, touched: &mut BTreeSet<PathBuf>) -> Result<(), Failure> {
        let mut parent = self.root.clone();
        for part in relative.split('/') {
            let folder = parent.join(part);
            match fs::create_dir(&folder) {
                Ok(()) => drop(touched.insert(parent)),
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists && folder.is_dir() => {}
                Err(error) => return Err(unusable("make", &folder, &error)),
            }
            parent = folder;
        }
        Ok(())
    }

    /// The folders `relative/dt=…` that are there.
    pub(crate) fn days(&self, relative: &str) -> Result<Vec<String>, Failure> {
        let folder = self.root.join(relative);
        let failed = |error: &std::io::Error| unusable("read", &folder, error);
        let entries = match fs::read_dir(&folder) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(|error| failed(&error))?,
        };
        let mut days = Vec::new();
        for entry in entries {
            let name = entry.map_err(|error| failed(&error))?.file_name();
            if let Some(name) = name.to_str().filter(|name| name.starts_with("dt=")) {
                days.push(format!("{relative}/{name}"));
            }
        }
        Ok(days)
    }

    fn remove_drafts(&self) -> Result<(), Failure> {
        let pending = self.pending();
        let failed = |error: std::io::Error| unusable("clear", &pending, &error);
        for entry in fs::read_dir(&pending).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            if entry.file_name() != LOCK {
                fs::remove_file(entry.path()).map_err(failed)?;
            }
        }
        Ok(())
    }
}

/// Most files that are brought onto the disk at a time.
const AT_A_TIME: usize = 16;

/// Makes the contents of files and the entries of folders durable. Many wait together: a file system commits them
/// once, and one by one a piece of many days would wait longer for the disk than it was scored.
pub(crate) fn sync(paths: &[PathBuf]) -> Result<(), Failure> {
    let one = |path: &PathBuf| {
        let synced = File::open(path).and_then(|file| file.sync_all());
        synced.map_err(|error| unusable("sync", path, &error))
    };
    let share = paths.len().div_ceil(AT_A_TIME).max(1);
    thread::scope(|scope| {
        let threads = paths.chunks(share).map(|some| scope.spawn(move || some.iter().try_for_each(one)));
        let threads: Vec<_> = threads.collect();
        let joined = |thread: thread::ScopedJoinHandle<'_, _>| {
            thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        };
        threads.into_iter().try_for_each(joined)
    })
}
