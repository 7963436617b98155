//! Files that are replaced whole.

use std::fs::File;
use std::io;
use std::path::Path;

/// Writes a file whole or not at all: what `write` writes goes to a file beside it, which takes its name once all of it is on
/// the disk. When this returns, the new name is on the disk, too. A reader finds the old content or the new one at any time.
///
/// # Errors
/// When it can't be written; what was there before stays.
pub fn replace(path: &Path, write: impl FnOnce(&mut File) -> io::Result<()>) -> io::Result<()> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let pending = path.with_file_name(format!(".{name}.pending"));
    let written = || {
        let mut file = File::create(&pending)?;
        write(&mut file)?;
        file.sync_all()?;
        std::fs::rename(&pending, path)
    };
    written().inspect_err(|_| {
        // The next attempt writes over what is left, if it can't be removed either.
        let _ = std::fs::remove_file(&pending);
    })?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn a_file_is_replaced_whole_and_a_failed_attempt_leaves_the_one_before() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("receipt.json");
        replace(&path, |file| file.write_all(b"first")).unwrap();
        let failed = replace(&path, |file| {
            file.write_all(b"half of the sec")?;
            assert_eq!(std::fs::read(&path)?, b"first", "nobody sees a half");
            Err(io::Error::other("the disk is full"))
        });
        assert_eq!(failed.unwrap_err().to_string(), "the disk is full");
        assert_eq!(std::fs::read(&path).unwrap(), b"first");
        replace(&path, |file| file.write_all(b"second")).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"second");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
    }
}
