//! A file on its way to its final name.

use super::OutputFile;
use super::folder::{OutputFolder, sync};
use crate::error::unusable;
use bystander_core::text::hex;
use bystander_pipeline::Failure;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// An open draft: counts and hashes what is written.
#[derive(Debug)]
pub(crate) struct Draft {
    file: BufWriter<File>,
    pending: Pending,
    /// Where it will stand, below the output folder.
    target: String,
    /// The same, as errors name it.
    path: PathBuf,
    digest: Sha256,
    bytes: u64,
}

impl Draft {
    /// Begins the file that will stand at `target`.
    pub(crate) fn create(folder: &OutputFolder, target: String) -> Result<Self, Failure> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        // No reader takes it for the real one: it stands in a dot-folder and ends in another word.
        let name = format!("{}.partial", NEXT.fetch_add(1, Ordering::Relaxed));
        let pending = Pending(folder.pending().join(name));
        let file = File::create(&pending.0).map_err(|error| unusable("write", &pending.0, &error))?;
        let file = BufWriter::with_capacity(1 << 16, file);
        let path = folder.root().join(&target);
        Ok(Self { file, pending, target, path, digest: Sha256::new(), bytes: 0 })
    }

    /// Where it will stand.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Ends the draft.
    pub(crate) fn finish(mut self, rows: u64) -> Result<Finished, Failure> {
        self.file.flush().map_err(|error| unusable("write", &self.path, &error))?;
        let sha256 = hex(&self.digest.finalize());
        let file = OutputFile { path: self.target, rows, bytes: self.bytes, sha256 };
        Ok(Finished { file, pending: self.pending })
    }
}

impl Write for Draft {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.digest.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// A whole draft.
#[derive(Debug)]
pub(crate) struct Finished {
    file: OutputFile,
    pending: Pending,
}

impl Finished {
    pub(crate) fn target(&self) -> &str {
        &self.file.path
    }
}

/// A draft's path; what still stands there when it is dropped is removed.
#[derive(Debug)]
struct Pending(PathBuf);

impl Drop for Pending {
    fn drop(&mut self) {
        // It is gone when it was published. What can't be removed now is when the folder is opened again.
        let _ = fs::remove_file(&self.0);
    }
}

/// Gives all drafts their final names, durably, and removes `stale` ones. No name is given before all bytes are on the
/// disk. Replacing one file after the other (`bystander_pipeline::replace`) would wait for the disk once per file.
pub(crate) fn publish(
    folder: &OutputFolder,
    drafts: Vec<Finished>,
    stale: &[String],
) -> Result<Vec<OutputFile>, Failure> {
    let parent = |path: &str| path.rsplit_once('/').map_or("", |(parent, _)| parent).to_owned();
    sync(&drafts.iter().map(|draft| draft.pending.0.clone()).collect::<Vec<_>>())?;
    let mut touched = BTreeSet::new();
    for draft in &drafts {
        let parent = parent(draft.target());
        folder.make(&parent, &mut touched)?;
        touched.insert(folder.root().join(parent));
    }
    let mut published = Vec::with_capacity(drafts.len());
    for Finished { file, pending } in drafts {
        let target = folder.root().join(&file.path);
        fs::rename(&pending.0, &target).map_err(|error| unusable("write", &target, &error))?;
        published.push(file);
    }
    for path in stale {
        let target = folder.root().join(path);
        fs::remove_file(&target).map_err(|error| unusable("remove", &target, &error))?;
        touched.insert(folder.root().join(parent(path)));
    }
    sync(&touched.into_iter().collect::<Vec<_>>())?;
    Ok(published)
}
