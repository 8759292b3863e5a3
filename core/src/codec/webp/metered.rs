//! A file as decoders of other crates read it, each byte counted as work.

use std::io::{self, BufRead, Cursor, Read, Seek, SeekFrom};

use crate::budget::Budget;

/// What a time of reading counts beside the bytes.
const READ: u64 = 4;

/// A file as another crate's decoder reads it, every byte and every read counted. Once the steps are used up, reads
/// fail; [`Budget::check_work`] then tells why.
pub(crate) struct Metered<'d, 'b> {
    file: Cursor<&'d [u8]>,
    budget: &'b Budget,
}

impl<'d, 'b> Metered<'d, 'b> {
    pub(crate) fn new(data: &'d [u8], budget: &'b Budget) -> Self {
        Self { file: Cursor::new(data), budget }
    }

    fn count(&self, bytes: usize) -> io::Result<()> {
        self.budget.work(READ + bytes as u64).map_err(|_| io::Error::other("out of work"))
    }
}

impl Read for Metered<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.count(read)?;
        Ok(read)
    }
}

impl BufRead for Metered<'_, '_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.count(0)?;
        self.file.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        // There is no error to give here: the next read has it.
        drop(self.count(amount));
        self.file.consume(amount);
    }
}

impl Seek for Metered<'_, '_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

#[cfg(test)]
mod tests {
    use thumbox_protocol::{Format, Limits};

    use super::*;

    #[test]
    fn a_file_may_be_read_some_times_and_not_for_ever() {
        let data = [7; 10_000];
        let budget = Budget::new(Limits::DEFAULT);
        budget.allow_work(Format::WebP, 1, data.len() as u64);
        let mut file = Metered::new(&data, &budget);
        let mut times = 0;
        let error = loop {
            let mut copy = Vec::new();
            match file.rewind().and_then(|()| file.read_to_end(&mut copy)) {
                Ok(length) => assert_eq!(length, data.len()),
                Err(error) => break error,
            }
            times += 1;
        };
        assert_eq!((error.kind(), times), (io::ErrorKind::Other, 38));
        let error = budget.check_work().unwrap_err();
        assert!(error.code().number() == 303 && error.to_string().contains("385536"), "{error}");
    }

    #[test]
    fn buffered_reading_counts_as_much() {
        let data = [7; 1000];
        let budget = Budget::new(Limits::DEFAULT);
        budget.allow_work(Format::WebP, 1, data.len() as u64);
        let mut file = Metered::new(&data, &budget);
        while file.fill_buf().is_ok() {
            file.consume(1000);
            file.rewind().unwrap();
        }
        assert!(budget.check_work().is_err());
    }
}
