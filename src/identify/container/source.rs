//! A file that is read a little of, here and there.

use std::io::{Read, Seek, SeekFrom};

/// Reads at given places of a file, up to a number of bytes and of reads in all: what a header says of sizes and
/// places is foreign.
#[derive(Debug)]
pub(super) struct Source<F> {
    file: F,
    length: u64,
    bytes_left: usize,
    reads_left: usize,
}

/// How many bytes are read of one file.
pub(super) const MAX_BYTES: usize = 1024 * 1024;
/// How many times something is read of one file.
const MAX_READS: usize = 512;

impl<F: Read + Seek> Source<F> {
    /// `None` when the file has no length.
    pub(super) fn new(mut file: F) -> Option<Self> {
        let length = file.seek(SeekFrom::End(0)).ok()?;
        Some(Self { file, length, bytes_left: MAX_BYTES, reads_left: MAX_READS })
    }

    /// The file's length in bytes.
    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// Up to `length` bytes from `offset` on: fewer at the file's end and when enough has been read. Nothing is
    /// made room for that is not there.
    pub(super) fn read(&mut self, offset: u64, length: u64) -> Option<Vec<u8>> {
        self.reads_left = self.reads_left.checked_sub(1)?;
        let there = self.length.checked_sub(offset)?;
        let wanted = usize::try_from(length.min(there)).unwrap_or(usize::MAX).min(self.bytes_left);
        let mut bytes = Vec::with_capacity(wanted);
        self.file.seek(SeekFrom::Start(offset)).ok()?;
        let file: &mut dyn Read = &mut self.file;
        file.take(u64::try_from(wanted).ok()?).read_to_end(&mut bytes).ok()?;
        self.bytes_left -= bytes.len().min(self.bytes_left);
        Some(bytes)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    #[test]
    fn it_reads_what_is_there_and_no_more_than_it_may() {
        let mut source = Source::new(Cursor::new(vec![7; 2 * MAX_BYTES])).expect("a source");
        assert_eq!(source.read(0, 3), Some(vec![7; 3]));
        assert_eq!(source.read(2 * MAX_BYTES as u64 - 1, u64::MAX), Some(vec![7]));
        assert_eq!(source.read(u64::MAX, 1), None);
        assert_eq!(source.read(0, u64::MAX).map(|bytes| bytes.len()), Some(MAX_BYTES - 4));
        assert_eq!(source.read(0, 1), Some(Vec::new()));
        for _ in 0..MAX_READS {
            source.read(0, 1);
        }
        assert_eq!(source.read(0, 1), None);
    }
}
