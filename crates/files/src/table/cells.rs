//! Splits a record into its cells (RFC 4180).

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

/// The cells of one record after another, in buffers that are used again.
pub struct Cells {
    reader: Reader,
    text: Vec<u8>,
    ends: Vec<usize>,
}

impl Cells {
    pub fn new(separator: u8) -> Self {
        Self { reader: ReaderBuilder::new().delimiter(separator).build(), text: Vec::new(), ends: vec![0; 64] }
    }

    /// The cells of a record.
    ///
    /// # Errors
    /// It has a carriage return outside quotes.
    pub fn split(&mut self, record: &str) -> Result<Vec<&str>, &'static str> {
        self.reader.reset();
        self.text.resize(record.len(), 0);
        let mut input = record.as_bytes();
        let (mut written, mut count) = (0, 0);
        loop {
            let (done, read, wrote, ended) =
                self.reader.read_record(input, &mut self.text[written..], &mut self.ends[count..]);
            input = &input[read..];
            written += wrote;
            count += ended;
            match done {
                // The reader takes an empty input for the end.
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputEndsFull => self.ends.resize(self.ends.len() * 2, 0),
                ReadRecordResult::OutputFull => self.text.resize(self.text.len() + record.len() + 1, 0),
                ReadRecordResult::Record | ReadRecordResult::End => break,
            }
        }
        if !input.is_empty() {
            return Err("has a carriage return in the middle");
        }
        let mut start = 0;
        let cells = self.ends[..count].iter().map(|end| {
            let cell = &self.text[start..*end];
            start = *end;
            str::from_utf8(cell).map_err(|_| "is not UTF-8")
        });
        cells.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_split_at_the_separator_outside_quotes() {
        let mut cells = Cells::new(b';');
        for (record, expected) in [
            ("a;b", &["a", "b"][..]),
            ("\"a;\"\"b\";;", &["a;\"b", "", ""]),
            ("\"a\nb\";ö", &["a\nb", "ö"]),
            ("5\" disk;x", &["5\" disk", "x"]),
            (";", &["", ""]),
            ("a", &["a"]),
        ] {
            assert_eq!(cells.split(record).unwrap(), expected, "{record:?}");
        }
        let many = ";".repeat(999);
        assert_eq!(cells.split(&many).unwrap().len(), 1000);
        assert!(cells.split("a;b\rc").is_err());
        assert_eq!(cells.split("\"a\rb\";c").unwrap(), ["a\rb", "c"]);
    }
}
