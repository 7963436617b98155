//! Lines of a file, plain or compressed, a buffer at a time.

use crate::error::unusable;
use crate::text::{self, Encoding, Flat, Utf16};
use bystander_pipeline::Failure;
use flate2::bufread::MultiGzDecoder;
use memchr::memchr;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

/// Longest line; a JSON event of the largest size, escaped by kcat, is far below.
pub(crate) const LONGEST_LINE: usize = 32 << 20;
/// What is read at once.
const BUFFER: usize = 1 << 20;

const GZIP: &[u8] = &[0x1f, 0x8b];
const ZSTD: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];
/// First bytes of what isn't read, what it is, and what to do.
const UNREAD: [(&[u8], &str, &str); 3] = [
    (b"BZh", "compressed with bzip2", "unpack it with bunzip2, or compress it with gzip or zstd"),
    (
        &[0xfd, b'7', b'z', b'X', b'Z'],
        "compressed with xz",
        "unpack it with unxz, or compress it with gzip or zstd",
    ),
    (b"PK\x03\x04", "a zip archive", "unpack it, and name the file inside"),
];
/// How much of a file tells how it is written.
const HEAD: u64 = 256;
const BYTE_ORDER_MARK: &[u8] = &[0xef, 0xbb, 0xbf];

/// Goes through a file line by line.
pub(crate) struct Lines {
    path: PathBuf,
    source: Box<dyn Read + Send>,
    compressed: bool,
    /// Whether a line is a value of an array, or one that takes several lines of the file.
    spread: bool,
    buffer: Vec<u8>,
    /// The current line, without its end.
    line: (usize, usize),
    /// What was read and isn't passed yet.
    rest: (usize, usize),
    /// Number of the line after the current one, from 0.
    next: u64,
}

impl Lines {
    /// Opens the file; whether it is compressed is told by its first bytes.
    ///
    /// # Errors
    /// When it can't be read.
    pub(crate) fn open(path: &Path) -> Result<Self, Failure> {
        let failed = |error: &std::io::Error| unusable("read", path, error);
        let file = File::open(path).map_err(|error| failed(&error))?;
        let mut file = BufReader::with_capacity(1 << 17, file);
        let magic = file.fill_buf().map_err(|error| failed(&error))?;
        let (gzip, zstd) = (magic.starts_with(GZIP), magic.starts_with(ZSTD));
        if let Some((_, name, fix)) = UNREAD.iter().find(|(other, ..)| magic.starts_with(other)) {
            return Err(Failure::lasting(format!("{} is {name}, which isn't read", path.display()), *fix));
        }
        let source: Box<dyn Read + Send> = if gzip {
            Box::new(MultiGzDecoder::new(file))
        } else if zstd {
            Box::new(zstd::Decoder::with_buffer(file).map_err(|error| failed(&error))?)
        } else {
            Box::new(file)
        };
        let mut lines = Self {
            path: path.to_owned(),
            source,
            compressed: gzip || zstd,
            spread: false,
            buffer: vec![0; BUFFER],
            line: (0, 0),
            rest: (0, 0),
            next: 0,
        };
        lines.decode()?;
        Ok(lines)
    }

    /// Puts readers before the source that make lines of UTF-8 of it, as its first bytes ask for.
    fn decode(&mut self) -> Result<(), Failure> {
        let head = self.peek()?;
        if let Encoding::Utf16 { big_endian, marked } = text::encoding(&head) {
            let mut source = std::mem::replace(&mut self.source, Box::new(std::io::empty()));
            let mark = source.read_exact(&mut [0; 2][..if marked { 2 } else { 0 }]);
            mark.map_err(|error| self.unreadable(&error))?;
            self.source = Box::new(Utf16::new(source, big_endian));
        }
        let head = self.peek()?;
        self.spread = text::is_spread(&head);
        if self.spread {
            let mut source = std::mem::replace(&mut self.source, Box::new(std::io::empty()));
            if head.starts_with(BYTE_ORDER_MARK) {
                source
                    .read_exact(&mut [0; BYTE_ORDER_MARK.len()])
                    .map_err(|error| self.unreadable(&error))?;
            }
            self.source = Box::new(Flat::new(source));
        }
        Ok(())
    }

    /// The first bytes of the source, which are read again afterwards.
    fn peek(&mut self) -> Result<Vec<u8>, Failure> {
        let mut head = Vec::new();
        let read = self.source.by_ref().take(HEAD).read_to_end(&mut head);
        read.map_err(|error| self.unreadable(&error))?;
        let rest = std::mem::replace(&mut self.source, Box::new(std::io::empty()));
        self.source = Box::new(std::io::Cursor::new(head.clone()).chain(rest));
        Ok(head)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn is_compressed(&self) -> bool {
        self.compressed
    }

    /// Number of lines passed, the current one among them.
    pub(crate) fn passed(&self) -> u64 {
        self.next
    }

    /// The current line, without its end.
    pub(crate) fn line(&self) -> &[u8] {
        &self.buffer[self.line.0..self.line.1]
    }

    /// `file:line` of the current line, as editors count, or the number of its value in an array.
    pub(crate) fn place(&self) -> String {
        let sign = if self.spread { " value " } else { ":" };
        format!("{}{sign}{}", self.path.display(), self.next)
    }

    /// Goes to the next line; `false` at the end.
    ///
    /// # Errors
    /// When the file can't be read on, or the line is too long.
    pub(crate) fn advance(&mut self) -> Result<bool, Failure> {
        let mut searched = self.rest.0;
        loop {
            if let Some(at) = memchr(b'\n', &self.buffer[searched..self.rest.1]) {
                self.pass(searched + at, searched + at + 1);
                return Ok(true);
            }
            let unfinished = self.rest.1 - self.rest.0;
            if self.fill()? == 0 {
                if self.rest.0 == self.rest.1 {
                    return Ok(false);
                }
                self.pass(self.rest.1, self.rest.1);
                return Ok(true);
            }
            searched = self.rest.0 + unfinished;
        }
    }

    /// Goes on until `lines` lines are passed; `false` when there are fewer.
    ///
    /// # Errors
    /// As [`advance`](Self::advance).
    pub(crate) fn skip_to(&mut self, lines: u64) -> Result<bool, Failure> {
        while self.next < lines {
            if !self.advance()? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Makes what ends at `end` the current line; the next begins at `next`.
    fn pass(&mut self, end: usize, next: usize) {
        let mut start = self.rest.0;
        if self.next == 0 && self.buffer[start..end].starts_with(BYTE_ORDER_MARK) {
            start += BYTE_ORDER_MARK.len();
        }
        let carriage = end > start && self.buffer[end - 1] == b'\r';
        self.line = (start, end - usize::from(carriage));
        self.rest.0 = next;
        self.next += 1;
    }

    /// Reads on behind what is unfinished; gives how much.
    fn fill(&mut self) -> Result<usize, Failure> {
        let unfinished = self.rest.1 - self.rest.0;
        if self.rest.0 > 0 {
            self.buffer.copy_within(self.rest.0..self.rest.1, 0);
            self.rest = (0, unfinished);
        }
        if unfinished == self.buffer.len() {
            if unfinished >= LONGEST_LINE {
                let what = format!(
                    "{}:{} is longer than {} MiB",
                    self.path.display(),
                    self.next + 1,
                    LONGEST_LINE >> 20
                );
                return Err(Failure::lasting(
                    what,
                    "name a file with one JSON event a line, or an array of them",
                ));
            }
            self.buffer.resize(2 * unfinished, 0);
        }
        let read = loop {
            match self.source.read(&mut self.buffer[self.rest.1..]) {
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                read => break read,
            }
        };
        let read = read.map_err(|error| self.unreadable(&error))?;
        self.rest.1 += read;
        Ok(read)
    }

    fn unreadable(&self, error: &std::io::Error) -> Failure {
        if self.compressed && error.raw_os_error().is_none() {
            let what =
                format!("{} can't be unpacked behind line {}: {error}", self.path.display(), self.next);
            return Failure::lasting(what, "it is cut short or damaged: fetch or write it again");
        }
        unusable("read", &self.path, error)
    }
}

impl std::fmt::Debug for Lines {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lines").field("path", &self.path).field("next", &self.next).finish_non_exhaustive()
    }
}
